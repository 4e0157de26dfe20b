-- A PostgreSQL schema as what is to be done for a SQLite file.
local h = require "tests.support.harness"
local resolve = require "wherry.back.resolve"
local Target = require "tests.support.target"

describe("back.resolve", function()
    local target, session
    setup(function() target = Target.start() end)
    teardown(function() target:stop() end)
    before_each(function() session = target:session() end)
    after_each(h.cleanup)

    local function resolved(statements, options)
        for _, sql in ipairs(statements) do
            session:query(sql)
        end
        local given = { schema = "public", journal = "wherry", only = {}, skip = {} }
        for name, value in pairs(options or {}) do
            given[name] = value
        end
        return resolve.run(session, given)
    end

    local function receipt(found, kind, name)
        for _, object in ipairs(found.objects) do
            if object.kind == kind and object.name == name then
                return object
            end
        end
        return nil
    end

    it("reads in the order of the key and writes what SQLite does not compute", function()
        local found = resolved { 'CREATE TABLE public."Or""der" (b text, "a b" integer GENERATED ALWAYS AS '
            .. '(length(b)) STORED, id bigint, "select" text, PRIMARY KEY ("select", id))' }
        assert.same({}, found.findings)
        local t = found.tables[1]
        assert.equal('SELECT b, id, "select" FROM ONLY public."Or""der" ORDER BY "select", id', t.select_sql)
        assert.equal('INSERT OR FAIL INTO "Or""der" ("b", "id", "select")', t.insert_sql)
        assert.same({ 3, 2 }, t.key_columns)
        assert.same({ "b", "text", "text", "id", "int8", "integer" }, { t.columns[1].name, t.columns[1].type.name,
            t.columns[1].affinity, t.columns[2].name, t.columns[2].type.name, t.columns[2].affinity })
        assert.matches('^CREATE TABLE "Or""der"', found.before[1])
        assert.equal('SELECT pg_catalog.count(*) AS n FROM ONLY public."Or""der"', t.count_sql)
    end)

    it("reads rows of partitions by their parent, and rows of heirs by themselves", function()
        local found = resolved {
            "CREATE TABLE public.p (a int, b text) PARTITION BY RANGE (a)",
            "CREATE TABLE public.p1 PARTITION OF public.p FOR VALUES FROM (0) TO (10)",
            "CREATE TABLE public.parent (a int)", "CREATE TABLE public.child (b int) INHERITS (public.parent)",
        }
        local from = {}
        for i, t in ipairs(found.tables) do
            from[i] = t.select_sql:match "FROM (.*)$"
        end
        assert.same({ "ONLY public.child", "public.p", "ONLY public.parent" }, from)
    end)

    it("takes a type without codec as the server's text, with a receipt", function()
        local found = resolved { "CREATE TABLE public.t (q tsquery)" }
        assert.equal("SELECT q::pg_catalog.text FROM ONLY public.t", found.tables[1].select_sql)
        assert.equal("text", found.tables[1].columns[1].type.name)
        assert.matches("no codec", receipt(found, "values", "t.q").note)
    end)

    it("makes indexes and sequences behind the load, in a file that takes them", function()
        local found = resolved { "CREATE TABLE public.t (id serial PRIMARY KEY, a text)",
            "CREATE INDEX i ON public.t (a)", "INSERT INTO public.t (a) VALUES ('x'), ('y')" }
        assert.equal(3, #found.behind)
        local file = h.source(table.concat(found.before, ";\n") .. ";INSERT INTO t VALUES (1, 'x');"
            .. table.concat(found.behind, ";\n") .. ";")
        assert.equal("2", h.sqlite(file, "SELECT seq FROM sqlite_sequence WHERE name = 't';"))
        local more = h.source(table.concat(found.before, ";\n") .. ";INSERT INTO t VALUES (7, 'x');"
            .. table.concat(found.behind, ";\n") .. ";")
        assert.equal("7", h.sqlite(more, "SELECT seq FROM sqlite_sequence WHERE name = 't';"))
        local empty = h.source(table.concat(found.before, ";\n") .. ";" .. table.concat(found.behind, ";\n") .. ";")
        assert.equal("2", h.sqlite(empty, "SELECT seq FROM sqlite_sequence WHERE name = 't';"))
    end)

    it("chooses tables, and says why the others are left out", function()
        local found = resolved({ "CREATE TABLE public.a (x int)", "CREATE TABLE public.ab (x int)",
            "CREATE TABLE public.c (x int)", "CREATE VIEW public.v AS SELECT 1 AS one" },
            { only = { "a*" }, skip = { "ab" } })
        assert.same({ "a" }, { found.tables[1].source, found.tables[2] })
        assert.matches("left out by", receipt(found, "table", "ab").note)
        assert.matches("not among", receipt(found, "table", "c").note)
        assert.equal("not_carried", receipt(found, "view", "v").outcome)
        found = resolve.run(session, { schema = "public", journal = "wherry", only = { "b" }, skip = {} })
        assert.equal("unknown_table", found.findings[1].code)
    end)

    it("refuses a schema without tables, and the journal's", function()
        assert.equal("environment", Target.fault(resolved, {}).kind)
        assert.matches("public holds no table", Target.fault(resolved, {}).message)
        assert.equal("usage", Target.fault(resolved, {}, { schema = "wherry" }).kind)
        assert.equal("no_schema", resolved({}, { schema = "elsewhere" }).findings[1].code)
    end)

    it("finds rows that this role may not read, or does not see", function()
        for _, sql in ipairs { "CREATE TABLE public.hidden (x int)", "CREATE TABLE public.rows (x int)",
            "CREATE TABLE public.seen (x int)", "ALTER TABLE public.rows ENABLE ROW LEVEL SECURITY",
            "CREATE ROLE looker", "GRANT USAGE ON SCHEMA public TO looker",
            "GRANT SELECT ON public.rows, public.seen TO looker", "SET ROLE looker" } do
            session:query(sql)
        end
        local found = resolved {}
        assert.equal(2, #found.findings)
        assert.same({ "missing_right", "hidden", "row_security", "rows" }, { found.findings[1].code,
            found.findings[1].table, found.findings[2].code, found.findings[2].table })
        assert.same({}, resolved({}, { skip = { "hidden", "rows" } }).findings)
        session:query "RESET ROLE"
    end)

    it("leaves out a condition that rows stand against, as PostgreSQL does", function()
        local found = resolved { "CREATE TABLE public.t (x int, y int)", "INSERT INTO public.t VALUES (-5, 1)",
            "ALTER TABLE public.t ADD CONSTRAINT pos CHECK (x > 0) NOT VALID",
            "ALTER TABLE public.t ADD CONSTRAINT fine CHECK (y > 0) NOT VALID" }
        assert.matches("1 rows stand against it", receipt(found, "check", "pos").note)
        assert.equal("changed", receipt(found, "check", "fine").outcome)
        assert.is_nil(found.before[1]:find("x > 0", 1, true))
        assert.is_truthy(found.before[1]:find("y > 0", 1, true))
    end)

    it("finds that nothing is left to carry", function()
        assert.equal("no_tables", resolved({ "CREATE TABLE public.t (x int)" }, { skip = { "*" } }).findings[1].code)
    end)

    it("finds a table of nothing but computed columns", function()
        local found = resolved { "CREATE TABLE public.t (x int GENERATED ALWAYS AS (1) STORED)" }
        assert.equal("no_columns", found.findings[1].code)
    end)

    it("refuses money of which the codec would take the digits for others", function()
        local given = { query = function(_, sql, values)
            return sql:find("'0'::pg_catalog.money", 1, true) and { { digits = "0" } } or session:query(sql, values)
        end }
        local statements = { "CREATE TABLE public.t (id int, m money[], n numeric)" }
        assert.same({}, resolved(statements).findings)
        local found = resolve.run(given, { schema = "public", journal = "wherry", only = {}, skip = {} }).findings
        assert.same({ 1, "money_digits", "t", "m" }, { #found, found[1].code, found[1].table, found[1].column })
    end)
end)
