-- What a journal knows of tables.
local journal_of = require "wherry.journal"
local parameters = require "wherry.back.parameters"
local pg = require "wherry.schema.pg"
local Target = require "tests.support.target"

describe("back.parameters", function()
    local target, session, journal
    setup(function() target = Target.start() end)
    teardown(function() target:stop() end)
    before_each(function()
        session = target:session()
        journal = journal_of.open(session, "wherry")
        for _, sql in ipairs {
            "CREATE TABLE public.t (a bigint PRIMARY KEY, b timestamptz, c text UNIQUE, d text, e uuid, f bool)",
            "CREATE TABLE public.u (a bigint)",
        } do
            session:query(sql)
        end
    end)

    local function model()
        return pg.read_entire(function(sql, values) return session:query(sql, values) end, "public")
    end

    local function read()
        return parameters.read(session, model(), "public", "wherry")
    end

    -- A run that loaded `columns` { source, target, display, declared, affinity, more... } into a table.
    local function loaded(source, name, columns, forms)
        local tbl = { source = source, target = { schema = "public", name = name }, target_sql = "public." .. name,
            read = { table = source }, columns = {}, sequences = {} }
        for i, one in ipairs(columns) do
            local type = { oid = 0, name = "x", typmod = -1, display = one[3], stored = one.stored, zone = one.zone,
                any_class = one.any_class }
            tbl.columns[i] = { source = one[1], target = one[2], cell = i, type = type, declared = one[4],
                affinity = one[5], collation = one.collation }
        end
        local resolved = Target.resolved({}, {}, { tables = { tbl } })
        local run = Target.begin(journal, resolved)
        for _, form in ipairs(forms or {}) do
            session:query([[INSERT INTO wherry.slice_column (slice, column_name, value_count, inexact, forms)
                SELECT max(id), $1, $2, $3, $4 FROM wherry.slice]], form)
        end
        session:query "UPDATE wherry.slice SET state = 'done'"
        session:query("UPDATE wherry.run SET state = 'done' WHERE id = $1", { run })
        return run
    end

    it("knows nothing without a journal", function()
        assert.same({ known = {}, types = {}, receipts = {}, runs = {}, replaced = {} }, read())
    end)

    it("knows names, declared types and forms of what was loaded", function()
        local run = loaded("Things", "t", {
            { "ID", "a", "bigint", "INTEGER", "integer" },
            { "when", "b", "timestamp with time zone", "BIGINT", "integer", stored = "unix_ms" },
            { "c", "c", "text", "VARCHAR(9)", "text", collation = "NOCASE" },
            { "d", "d", "text", "ANY", "blob", collation = "nocase" },
            { "e", "e", "uuid", "PRIMARY KEY", "numeric", collation = "MINE" },
        }, { { "e", 10, 3, "upper" } })
        local found = read()
        assert.same({ run }, found.runs)
        assert.equal("Things", found.known.t.name)
        local columns = found.known.t.columns
        assert.same({ name = "ID", declared = "INTEGER", affinity = "integer" }, columns.a)
        assert.same({ name = "when", declared = "BIGINT", affinity = "integer", form = "stored as unix_ms" }, columns.b)
        assert.same({ name = "c", declared = "VARCHAR(9)", affinity = "text" }, columns.c)
        assert.same({ name = "d", declared = "BLOB", affinity = "blob", collation = "NOCASE" }, columns.d)
        assert.equal('"PRIMARY KEY"', columns.e.declared)
        assert.equal("upper", columns.e.form)
        local types = found.types.t
        assert.same({ "timestamptz", "unix_ms" }, { types.b.name, types.b.stored })
        assert.equal("upper", types.e.form)
        local said = {}
        for i, receipt in ipairs(found.receipts) do
            said[i] = receipt.name .. ": " .. receipt.note:match "^[^,:]*"
        end
        assert.same({ "t.c: COLLATE NOCASE is left out",
            "t.e: 3 of 10 values that were loaded do not come back as they were (now",
            "t.e: COLLATE MINE is left out" },
            { said[1], (said[2]:gsub(" %(now.*", " (now")), said[3] })
    end)

    it("tells of values that older runs loaded in another form", function()
        local columns = { { "ID", "a", "bigint", "INTEGER", "integer" }, { "u", "e", "uuid", "TEXT", "text" } }
        local first = loaded("t", "t", columns, { { "a", 3, 1, "integer" }, { "e", 3, 0, "upper" } })
        loaded("t", "t", columns, { { "a", 2, 0, "integer" }, { "e", 2, 0, "lower" } })
        local notes = {}
        for _, receipt in ipairs(read().receipts) do
            notes[receipt.column] = receipt.note
        end
        assert.equal(("1 of 3 values that run %d loaded do not come back as they were"):format(first), notes.a)
        assert.equal(("3 of 3 values that run %d loaded do not come back as they were: a newer run loaded others in "
            .. "another form"):format(first), notes.e)
        session:query [[UPDATE wherry.run
            SET plan = replace(plan, '"tables":[{', '"tables":[{"on_conflict":"replace",')
            WHERE id = (SELECT max(id) FROM wherry.run)]]
        assert.same({}, read().receipts)
    end)

    it("takes the newest run that is done for each table", function()
        loaded("Old", "t", { { "x", "a", "bigint", "TEXT", "text" } })
        local newer = loaded("New", "t", { { "y", "a", "bigint", "INT", "integer" } })
        local last = loaded("New", "u", { { "z", "a", "bigint", "INT", "integer" } })
        local found = read()
        assert.same({ last, newer }, found.runs)
        assert.equal("y", found.known.t.columns.a.name)
        assert.equal("New", found.known.u.name)
        assert.is_nil(found.known.t.name) -- two tables cannot have the same name back
        session:query("UPDATE wherry.run SET state = 'stopped' WHERE id = $1", { newer })
        assert.equal("x", read().known.t.columns.a.name)
    end)

    it("goes by the present type where it has changed since, and leaves out what is gone", function()
        loaded("t", "t", { { "a", "a", "integer", "INTEGER", "integer" }, { "gone", "gone", "text", "TEXT", "text" } })
        local found = read()
        assert.same({ name = "a" }, found.known.t.columns.a)
        assert.is_nil(found.types.t.a)
        assert.matches("was integer when it was loaded and is bigint now", found.receipts[1].note)
        assert.is_nil(found.known.t.columns.gone)
    end)

    it("gives a name back once, where one column filled two", function()
        loaded("t", "t", { { "c", "c", "text", "TEXT", "text" }, { "c", "d", "text", "TEXT", "text" } })
        local columns = read().known.t.columns
        assert.same({ "c" }, { columns.c.name, columns.d.name })
        assert.equal("TEXT", columns.d.declared)
    end)

    it("names the right that is missing to read the journal", function()
        loaded("t", "t", { { "a", "a", "bigint", "INTEGER", "integer" } })
        session:query "CREATE ROLE reader"
        session:query "GRANT USAGE ON SCHEMA public TO reader"
        session:query "SET ROLE reader"
        local fault = Target.fault(read)
        assert.equal("environment", fault.kind)
        assert.matches("GRANT USAGE ON SCHEMA wherry TO reader", fault.hint, 1, true)
        session:query "RESET ROLE"
        session:query "GRANT USAGE ON SCHEMA wherry TO reader"
        session:query "GRANT SELECT ON ALL TABLES IN SCHEMA wherry TO reader"
        session:query "SET ROLE reader"
        assert.equal("t", read().known.t.name)
        session:query "RESET ROLE"
    end)
end)
