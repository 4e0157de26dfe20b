-- What is put aside, what stays and why, and which tables wait for which; the catalog is the server's.
local aside = require "wherry.resolve.aside"
local Outcome = require "wherry.resolve.outcome"
local pg = require "wherry.schema.pg"
local preflight = require "wherry.resolve.preflight"
local Target = require "tests.support.target"

describe("aside.decide", function()
    local target, session
    setup(function() target = Target.start() end)
    teardown(function() target:stop() end)
    before_each(function() session = target:session { retry = 0 } end)

    local function query(sql, parameters)
        return session:query(sql, parameters)
    end

    -- As an application's session does it.
    local function make(sql)
        session:query "SET search_path TO public"
        session:query(sql)
        session:query "SET search_path TO pg_catalog"
    end

    -- Decides for the tables named, in this order; fields: of the plan; loads: of the load tables. Nothing is asked of
    -- the source but with a source_query. emits: the table that a table emits to.
    local function decide(list, fields, loads, source_query, emits)
        local model, context, carried = pg.read(query, "public"), { outcome = Outcome.new(), target_query = query,
            plan = { indexes = "rebuild" }, schema = "public", source_query = function() error "not asked" end }, {}
        for key, value in pairs(fields or {}) do
            context.plan[key] = value
        end
        context.source_query = source_query or context.source_query
        local by_name = {}
        for _, t in ipairs(model.tables) do
            by_name[t.name] = t
        end
        for i, name in ipairs(list) do
            for _, t in ipairs(model.tables) do
                if t.name == name then
                    carried[i] = { source = { name = "source " .. name }, target = t, entry = {},
                        emits = emits and { by_name[emits[name]] }, load = loads and loads[name] or {} }
                    preflight.foreign_keys({ outcome = context.outcome, role = "r" }, carried[i].source, t, {})
                end
            end
        end
        aside.decide(context, carried)
        local texts = {}
        for i, object in ipairs(context.outcome.objects) do
            texts[i] = ("%s %s %s%s"):format(object.state, object.kind, object.name,
                object.state == "receipt" and ": " .. object.note:gsub("^stays in place during the load: ", "") or "")
        end
        return texts, carried, context.outcome.objects
    end

    it("takes keys before indexes before foreign keys, each with what makes it again", function()
        make "CREATE TABLE c (id int PRIMARY KEY, p int, v text)"
        make "CREATE TABLE p (id int PRIMARY KEY, v text UNIQUE)"
        make "CREATE INDEX i ON c (lower(v)) WHERE p > 3"
        make "CREATE UNIQUE INDEX u ON c (v COLLATE \"C\", (p + 1))"
        make "ALTER TABLE c ADD CONSTRAINT f FOREIGN KEY (p) REFERENCES p"
        local texts, _, objects = decide { "p", "c" }
        assert.same({ "aside primary key p_pkey", "aside primary key c_pkey", "aside unique p_v_key", "aside index i",
            "aside index u", "aside foreign key f" }, texts)
        assert.same({ columns = { "v" }, terms = { "v" }, unique = true }, objects[3].key)
        assert.same({ columns = { "v" }, terms = { 'v COLLATE pg_catalog."C"', "((p + 1))" } }, objects[5].key)
        assert.equal("(p > 3)", objects[4].key.where)
        assert.equal("source c", objects[4].table)
        assert.equal("public.c", objects[4].target)
        assert.equal("ALTER TABLE ONLY public.c DROP CONSTRAINT c_pkey", objects[2].aside_sql)
        assert.equal("DROP INDEX public.i", objects[4].aside_sql)
    end)

    it("leaves what something else depends on", function()
        make "CREATE TABLE p (id int PRIMARY KEY, v text UNIQUE, w text UNIQUE)"
        make "CREATE TABLE other (p int REFERENCES p)"
        make "CREATE TABLE parted (v text REFERENCES p (v)) PARTITION BY LIST (v)"
        make "CREATE TABLE parted_1 PARTITION OF parted DEFAULT"
        assert.same({
            "receipt primary key p_pkey: the foreign key other_p_fkey of public.other refers to it",
            "aside unique p_v_key", "aside unique p_w_key", "aside foreign key parted_v_fkey",
        }, (decide { "p", "parted" }))
        make "CREATE FUNCTION f() RETURNS text BEGIN ATOMIC SELECT v FROM p GROUP BY id; END"
        assert.matches("function public.f%(%) needs it", (decide { "p", "other" })[1])
    end)

    it("leaves all of a table that is not this role's, is partitioned, or meets rows by a key", function()
        make "CREATE TABLE t (id int PRIMARY KEY)"
        make "CREATE TABLE p (id int PRIMARY KEY) PARTITION BY LIST (id)"
        assert.same({ "aside primary key t_pkey", "receipt primary key p_pkey: the table is partitioned, and its "
            .. "partitions share it" }, (decide { "t", "p" }))
        assert.same({}, (decide({ "t", "p" }, { indexes = "keep" })))
        assert.same({}, (decide({ "t" }, {}, { t = { on_conflict = "keep" } })))
        assert.same({ "aside primary key t_pkey" }, (decide({ "t" }, {}, { t = { on_conflict = "replace" } })))
        make(("CREATE ROLE r%d"):format(target.count))
        make(("GRANT USAGE ON SCHEMA public TO r%d"):format(target.count))
        make(("SET ROLE r%d"):format(target.count))
        assert.same({ "receipt primary key t_pkey: only the owner of the table can take it away" }, (decide { "t" }))
    end)

    it("leaves what the role could not make again, or would make otherwise", function()
        local role = "s" .. target.count
        make("CREATE ROLE " .. role)
        make "CREATE SCHEMA hidden"
        make "CREATE FUNCTION hidden.f(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1'"
        make "CREATE TABLE t (id int)"
        make "CREATE INDEX i ON t (hidden.f(id))"
        make "CREATE INDEX invalid ON t (id)"
        make "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'public.invalid'::regclass"
        make(("ALTER TABLE t OWNER TO %s"):format(role))
        make(("GRANT ALL ON SCHEMA public TO %s"):format(role))
        make(("SET ROLE %s"):format(role))
        assert.same({ "receipt index i: this role may not call hidden.f(integer), which it is built by",
            "receipt index invalid: it is not valid, and would be valid when it is made again" }, (decide { "t" }))
    end)

    it("leaves what refuses rows in a way of its own where rows are rejected", function()
        make "CREATE TABLE t (id int PRIMARY KEY, v text, EXCLUDE (id WITH =))"
        make "CREATE UNIQUE INDEX u ON t (v) WHERE id > 3"
        local why = "rows that it refuses are rejected one by one (on_bad = reject)"
        assert.same({ "aside primary key t_pkey", "receipt index u: " .. why,
            "receipt exclusion constraint t_id_excl: " .. why },
            (decide({ "t" }, {}, { t = { rejects = true, misfits = "reject" } })))
        assert.equal("receipt primary key t_pkey: " .. why, (decide({ "t" }, {}, { t = { rejects = true } }))[1])
    end)

    it("leaves what surely takes all rows of a table that has few of them", function()
        make "CREATE TABLE t (id int PRIMARY KEY, v text, w text UNIQUE)"
        make "CREATE INDEX i ON t (v)"
        make "CREATE INDEX e ON t (lower(v))"
        make "CREATE TABLE u (id int PRIMARY KEY REFERENCES t)"
        local columns = {}
        for i, name in ipairs { "id", "v", "w" } do
            columns[i] = { source = name, target = name, type = { name = name == "id" and "int4" or "text" } }
        end
        local loads = { t = { columns = columns }, u = { columns = columns } }
        local function source_query(sql)
            if sql:find("max(", 1, true) then
                return { { bytes = 5 } }
            end
            local many = sql:find("source u", 1, true) and sql:find("OFFSET 1000", 1, true)
            local shared = sql:find('GROUP BY CAST("w"', 1, true)
            return (many or shared) and { { n = 1 } } or {}
        end
        local few = ": the table has at most 1,000 rows, for which that takes less time than to build it after them"
        local texts, _, objects = decide({ "t", "u" }, { indexes = "auto" }, loads, source_query)
        table.sort(texts)
        assert.same({ "aside foreign key u_id_fkey", "aside index e", "aside primary key u_pkey",
            "aside unique t_w_key", "receipt index i" .. few, "receipt primary key t_pkey" .. few }, texts)
        assert.is_nil(aside.staying(objects))
        for _, text in ipairs((decide({ "t", "u" }, { indexes = "rebuild" }, loads))) do
            assert.matches("^aside ", text)
        end
    end)

    it("lets children wait for parents whose keys stay, and all for a table whose triggers fire", function()
        make "CREATE TABLE a (id int PRIMARY KEY)"
        make "CREATE TABLE b (id int PRIMARY KEY REFERENCES a)"
        make "CREATE TABLE c (id int PRIMARY KEY)"
        make "CREATE TABLE d (id int PRIMARY KEY)"
        local function after(fields)
            local _, carried = decide({ "a", "b", "c", "d" }, fields)
            local list = {}
            for i, one in ipairs(carried) do
                list[i] = table.concat(one.load.after or {}, " ")
            end
            return list
        end
        assert.same({ "", "", "", "" }, after())
        make "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
        make "CREATE TRIGGER fires BEFORE INSERT ON c FOR EACH ROW EXECUTE FUNCTION f()"
        assert.same({ "", "", "1 2", "3" }, after { triggers = "fire" })
        assert.same({ "", "", "", "" }, after { triggers = "off" })
        assert.matches("the trigger fires of public.c fires", (decide({ "a", "c" }, { triggers = "fire" }))[1])
        make("CREATE ROLE t" .. target.count)
        make("GRANT USAGE ON SCHEMA public TO t" .. target.count)
        make("SET ROLE t" .. target.count)
        assert.same({ "", "1", "", "" }, after())
    end)

    it("lets source tables that fill one table come one after the other", function()
        make "CREATE TABLE a (id int PRIMARY KEY)"
        make "CREATE TABLE b (id int PRIMARY KEY)"
        local _, carried = decide { "a", "b", "a", "a" }
        assert.same({ {}, {}, { 1 }, { 1, 3 } }, { carried[1].load.after or {}, carried[2].load.after or {},
            carried[3].load.after, carried[4].load.after })
    end)

    it("lets a table wait for what rows refer to that it emits for another one", function()
        make "CREATE TABLE a (id int PRIMARY KEY)"
        make "CREATE TABLE b (id int PRIMARY KEY)"
        make "CREATE TABLE emitted (a int REFERENCES a, b int REFERENCES b)"
        local _, carried = decide({ "a", "b" }, nil, nil, nil, { b = "emitted" })
        assert.same({ 1 }, carried[2].load.after)
    end)

    it("lets tables that emit to one table come one after the other, where rows are rejected", function()
        make "CREATE TABLE a (id int PRIMARY KEY)"
        make "CREATE TABLE b (id int PRIMARY KEY)"
        make "CREATE TABLE emitted (v text UNIQUE)"
        local function after(rejects)
            local _, carried = decide({ "a", "b" }, nil, { a = { rejects = rejects }, b = { rejects = rejects } }, nil,
                { a = "emitted", b = "emitted" })
            return carried[2].load.after
        end
        assert.same({ 1 }, after(true))
        assert.is_nil(after(nil))
    end)

    it("makes foreign keys of one name in the order in which they were made", function()
        make "CREATE TABLE p (id int PRIMARY KEY)"
        make "CREATE TABLE a (p int, q int)"
        make "CREATE TABLE b (p int)"
        make "ALTER TABLE b ADD CONSTRAINT same FOREIGN KEY (p) REFERENCES p"
        make "ALTER TABLE a ADD CONSTRAINT other FOREIGN KEY (q) REFERENCES p"
        make "ALTER TABLE a ADD CONSTRAINT same FOREIGN KEY (p) REFERENCES p"
        local _, _, objects = decide { "p", "a", "b" }
        local list = {}
        for i, object in ipairs(objects) do
            list[i] = object.name .. " " .. object.target
        end
        assert.same({ "p_pkey public.p", "other public.a", "same public.b", "same public.a" }, list)
    end)
end)

describe("aside.staying", function()
    local function stays(name, why)
        return { kind = "index", name = name, state = "receipt", outcome = "exact",
            note = why and "stays in place during the load: " .. why }
    end

    it("says of what stays in place how much it is, and why", function()
        assert.is_nil(aside.staying {})
        assert.is_nil(aside.staying { stays "a", { kind = "index", name = "b", state = "aside", note = "off" } })
        assert.equal("1 key or index stays in place during the load, which takes longer so: that is why",
            aside.staying { stays("a", "that is why"), stays "b" })
        assert.equal("2 keys and indexes stay in place during the load, which takes longer so: that is why",
            aside.staying { stays("a", "that is why"), stays("b", "that is why") })
        assert.equal("3 keys and indexes stay in place during the load, which takes longer so: --verbose says why",
            aside.staying { stays("a", "x"), stays("b", "y"), stays("c", "x") })
    end)
end)
