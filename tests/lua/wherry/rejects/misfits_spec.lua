-- Rows that a key does not allow, by real rows of a run: which ones go, which one stays, when none may.
local core = require "wherry.core"
local journal_of = require "wherry.journal"
local misfits = require "wherry.rejects.misfits"
local read = require "wherry.resolve.read"
local run_case = require "tests.support.run_case"
local Target = require "tests.support.target"

describe("misfits.clear", function()
    local case, session, journal, source, work
    local TYPES = { id = { 23, "int4" }, parent = { 23, "int4" }, name = { 25, "text" } }
    local DUPLICATE, ORPHAN = { sqlstate = "23505" }, { sqlstate = "23503" }
    setup(function() case = run_case.start() end)
    teardown(function() case:stop() end)
    before_each(function()
        session = case.target:session()
        journal = journal_of.open(session, "wherry")
    end)
    after_each(function() source:close() end)

    local function load_table(name, columns)
        local t, list = { name = name, columns = {}, rowid_alias = "id", rowid_name = "rowid" }, {}
        for i, column in ipairs(columns) do
            t.columns[i] = { name = column }
            list[i] = { source = column, target = column, cell = i, codec = true, not_null = false, type = {
                oid = TYPES[column][1], name = TYPES[column][2], typmod = -1, display = TYPES[column][2] } }
        end
        return { source = name, target = { schema = "public", name = name }, target_sql = "public." .. name,
            columns = list, read = read.spec(t, columns), binary = true, copy_sql = "COPY", sequences = {},
            misfits = "reject" }
    end

    local PARENT = { kind = "foreign key", name = "c_p", target = "public.c", state = "todo", outcome = "exact",
        sql = "ALTER TABLE public.c ADD CONSTRAINT c_p FOREIGN KEY (parent) REFERENCES public.p (id)",
        key = { columns = { "parent" }, parent = "p", parent_columns = { "id" } } }
    local GRANDPARENT = { kind = "foreign key", name = "d_c", target = "public.d", state = "todo", outcome = "exact",
        sql = "ALTER TABLE public.d ADD CONSTRAINT d_c FOREIGN KEY (parent) REFERENCES public.c (id)",
        key = { columns = { "parent" }, parent = "c", parent_columns = { "id" } } }

    local function unique(fields)
        local key = { terms = { '"name"' }, columns = { "name" }, where = fields and fields.where }
        return { kind = "unique", name = "p_name", target = "public.p", state = "todo", outcome = "exact",
            sql = "ALTER TABLE public.p ADD UNIQUE (name)", key = key }
    end

    -- A run that has loaded p(id, name), c(id, parent), d(id, parent), rows as given, by one step.
    local function loaded(rows, objects)
        local tables = { load_table("p", { "id", "name" }), load_table("c", { "id", "parent" }),
            load_table("d", { "id", "parent" }) }
        local statements, there = {}, {}
        for _, tbl in ipairs(tables) do
            local second = tbl.columns[2]
            statements[#statements + 1] = ("CREATE TABLE %s(id INTEGER PRIMARY KEY, %s)"):format(tbl.source,
                second.source)
            session:query(("CREATE TABLE %s (id int PRIMARY KEY, %s %s)"):format(tbl.target_sql, second.target,
                second.type.name))
            if rows[tbl.source] then
                statements[#statements + 1] = ("INSERT INTO %s VALUES %s"):format(tbl.source, rows[tbl.source])
                there[#there + 1] = { ("INSERT INTO %s VALUES %s"):format(tbl.target_sql, rows[tbl.source]) }
            end
        end
        source = core.snapshot.open(case:source(table.concat(statements, ";")))
        local resolved = Target.resolved({}, objects, { tables = tables, mode = "existing" })
        local run = Target.begin(journal, resolved)
        there[#there + 1] = { "UPDATE wherry.slice SET state = 'done', read = 4, passed = 4, xid = txid_current()" }
        session:step("SELECT 1", {}, there)
        work = { journal = journal, run = run, resolved = resolved, source = source }
    end

    local function ids(name)
        return session:query(("SELECT coalesce(string_agg(id::text, ' ' ORDER BY id), '') AS v FROM public.%s"):format(
            name))[1].v
    end

    local function rejects()
        local list = {}
        for i, row in ipairs(session:query [[SELECT source_table || ' ' || key_text AS v FROM wherry.reject
            ORDER BY source_table, key]]) do
            list[i] = row.v
        end
        return table.concat(list, ", ")
    end

    local NAMES = { p = "(1, 'x'), (2, 'y'), (3, 'x'), (5, 'x'), (6, NULL), (7, NULL)" }

    it("keeps the row of the lowest key, and says of the others which it is", function()
        loaded(NAMES, { unique() })
        assert.equal(2, misfits.clear(work, unique(), DUPLICATE))
        assert.equal("1 2 6 7", ids "p")
        assert.equal("p id=3, p id=5", rejects())
        local row = session:query("SELECT * FROM wherry.reject ORDER BY id")[1]
        assert.same({ "name", '{"class":"text","text":"x"}', "23505" }, { row.column_name, row.value, row.sqlstate })
        assert.equal('it has the same "name" as the row id=1, which is kept (unique p_name)', row.reason)
        assert.matches("retry", row.hint, 1, true)
        assert.equal(0, misfits.clear(work, unique(), DUPLICATE))
    end)

    it("looks at no row that an index leaves out", function()
        loaded(NAMES, { unique { where = "id <> 1" } })
        assert.equal(1, misfits.clear(work, unique(), DUPLICATE))
        assert.equal("1 2 3 6 7", ids "p")
    end)

    local FAMILY = { p = "(1, 'x')", c = "(1, 1), (2, 9), (3, NULL)", d = "(1, 1), (2, 2), (3, 3), (4, 8)" }

    it("moves rows without a parent, and those that refer to them", function()
        loaded(FAMILY, { PARENT, GRANDPARENT })
        assert.equal(3, misfits.clear(work, PARENT, ORPHAN))
        assert.same({ "1", "1 3", "1 3" }, { ids "p", ids "c", ids "d" })
        assert.equal("c id=2, d id=2, d id=4", rejects())
        local row = session:query("SELECT * FROM wherry.reject WHERE source_table = 'c'")[1]
        assert.same({ "parent", '{"class":"integer","text":"9"}', "23503" },
            { row.column_name, row.value, row.sqlstate })
        assert.equal("no row of public.p has its parent (foreign key c_p)", row.reason)
    end)

    it("follows a table's references to itself to their end", function()
        local own = { kind = "foreign key", name = "c_c", target = "public.c", state = "todo", outcome = "exact",
            sql = "ALTER TABLE public.c ADD CONSTRAINT c_c FOREIGN KEY (parent) REFERENCES public.c (id)",
            key = { columns = { "parent" }, parent = "c", parent_columns = { "id" } } }
        loaded({ c = "(1, NULL), (2, 1), (3, 9), (4, 3), (5, 4), (6, 6)" }, { own })
        assert.equal(3, misfits.clear(work, own, ORPHAN))
        assert.same({ "1 2 6", "c id=3, c id=4, c id=5" }, { ids "c", rejects() })
    end)

    it("moves none where a row is in a table that rejects none", function()
        loaded(FAMILY, { PARENT, GRANDPARENT })
        work.resolved.tables[3].misfits = nil
        assert.equal(0, misfits.clear(work, PARENT, ORPHAN))
        assert.same({ "1", "1 2 3", "1 2 3 4", "" }, { ids "p", ids "c", ids "d", rejects() })
    end)

    it("moves none of tables whose rows may be older than the run", function()
        loaded(NAMES, { unique() })
        for _, word in ipairs { "keep", "update" } do
            work.resolved.tables[1].on_conflict = word
            assert.equal(0, misfits.clear(work, unique(), DUPLICATE))
            assert.equal("1 2 3 5 6 7", ids "p")
        end
    end)

    it("moves none where a row among them is somebody else's", function()
        loaded(NAMES, { unique() })
        session:query "UPDATE public.p SET name = name WHERE id = 5"
        assert.equal(0, misfits.clear(work, unique(), DUPLICATE))
        assert.equal("1 2 3 5 6 7", ids "p")
    end)

    it("moves none where that were more than the plan allows", function()
        loaded(NAMES, { unique() })
        for limit, words in pairs { ["1"] = "more than 1 rows would be rejected",
            ["40%"] = "more than 40% of the rows of p would be rejected" } do
            work.max_bad = limit
            local fault = Target.fault(misfits.clear, work, unique(), DUPLICATE)
            assert.same({ "value", "p" }, { fault.kind, fault.table })
            assert.matches(words, fault.message, 1, true)
            assert.equal("1 2 3 5 6 7", ids "p")
        end
        work.max_bad = "50%"
        assert.equal(2, misfits.clear(work, unique(), DUPLICATE))
    end)

    it("has nothing to do with other faults, and with keys that it knows nothing of", function()
        loaded(NAMES, { unique() })
        assert.equal(0, misfits.clear(work, unique(), { sqlstate = "23514" }))
        local other = unique()
        other.name = "other"
        assert.equal(0, misfits.clear(work, other, DUPLICATE))
        work.resolved.objects[1].key = nil
        assert.equal(0, misfits.clear(work, unique(), DUPLICATE))
        assert.equal("1 2 3 5 6 7", ids "p")
    end)
end)
