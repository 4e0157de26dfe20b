-- A file compared with the schema that it was made of.
local back_resolve = require "wherry.back.resolve"
local comparison = require "wherry.back.comparison"
local core = require "wherry.core"
local engine = require "wherry.back.engine"
local h = require "tests.support.harness"
local reading = require "wherry.back.reading"

local function nothing() end

describe("back.comparison", function()
    after_each(h.cleanup)

    -- A file made of tables, compared behind what `change` does to it.
    local function compared(sql, change)
        local database, path = h.database(), h.subdirectory "back" .. "/out.db"
        h.sql(database, sql)
        local options = { source = h.url(database), path = path, schema = "public", journal = "wherry", only = {},
            skip = {}, log = nothing, progress = nothing }
        local made = engine.run(options)
        assert.same({ "verified", 0 }, { made.status, made.exit }, made.error and made.error.message)
        if change then
            h.sqlite(path, change)
        end
        local session <close> = setmetatable({ session = engine.open(options) }, { __close = function(self)
            self.session:close()
        end })
        reading.begin(session.session, "public")
        local file <close> = core.snapshot.open(path, { lanes = 2 })
        local resolved = back_resolve.run(session.session, { schema = "public", journal = "wherry", only = {},
            skip = {} })
        local found = comparison.run(comparison.context(resolved.tables, { schema = "public", file = file,
            session = session.session, log = nothing, progress = nothing }))
        return found, made
    end

    local TABLES = [[CREATE TABLE t(id bigint PRIMARY KEY, n numeric, d numeric(8, 2), r float8, j jsonb, k json,
            at timestamptz, b bytea, c char(4), words text[], r4 float4);
        INSERT INTO t VALUES (1, 1.50, 3, '-0', '{"b": 1, "a": [1.0]}', '{"b": 1,  "a":2}', now(), '\x00ff', 'a',
            '{x,NULL}', 0.1), (2, 12345678901234567890.10, 0, 2, 'null', 'null', '2020-01-01', '', '', '{}', '-0'),
            (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
        CREATE TABLE log(line text); INSERT INTO log VALUES ('a'), ('a'), (NULL);
        CREATE TABLE none(id int)]]

    it("is the same with all kinds of values", function()
        local found = compared(TABLES)
        assert.equal("verified", found.state)
        local lines = {}
        for i, line in ipairs(found.tables) do
            lines[i] = ("%s of %s %s %d %d"):format(line.table, line.source[1], line.state, line.rows_source,
                line.rows_target)
        end
        table.sort(lines)
        assert.same({ "main.log of public.log same 3 3", "main.none of public.none same 0 0",
            "main.t of public.t same 3 3" }, lines)
    end)

    local UNREAD = [[CREATE TABLE t(id int PRIMARY KEY, n numeric(6, 3), at date);
        INSERT INTO t VALUES (1, 1.5, 'infinity'), (2, 2.5, '0044-03-15 BC'), (3, 3.5, '2020-01-01')]]

    it("takes rows that can't be read back as they are, where PostgreSQL has such values", function()
        local line = compared(UNREAD).tables[1]
        assert.same({ "same", 2 }, { line.state, line.unread })
    end)

    for _, change in ipairs { "n = '3/500'", "at = '2020-01/01'" } do
        it("finds a row that can't be read any more, " .. change, function()
            local line = compared(UNREAD, ("UPDATE t SET %s WHERE id = 3"):format(change)).tables[1]
            assert.same({ "differs" }, { line.state, line.unread })
        end)
    end

    it("names rows of the file that are others", function()
        local found = compared(TABLES, [[UPDATE t SET b = x'01ff' WHERE id = 1; DELETE FROM t WHERE id = 2;
            INSERT INTO log VALUES ('b')]])
        assert.equal("differs", found.state)
        local of = {}
        for _, line in ipairs(found.tables) do
            of[line.table] = line
        end
        assert.same({ 1, 0, 1 }, { of["main.t"].missing, of["main.t"].extra, of["main.t"].different })
        assert.same({ 0, 1, 0 }, { of["main.log"].missing, of["main.log"].extra, of["main.log"].different })
        for _, one in ipairs(of["main.t"].differences) do
            if one.kind == "different" then
                assert.same({ "id=1", "b", "00ff", "01ff" }, { one.key, one.columns[1].column,
                    one.columns[1].source.text, one.columns[1].target.text })
            end
        end
    end)

    it("says what it can't read back, and leaves xml out", function()
        local found, made = compared [[CREATE TABLE t(id int PRIMARY KEY, d date, x xml);
            INSERT INTO t VALUES (1, '2020-01-01', '<a/>'), (2, '0044-03-15 BC', NULL)]]
        assert.same({ "same", 1 }, { found.tables[1].state, found.tables[1].unread })
        assert.matches("^1 row can't be read back: ", found.tables[1].note)
        assert.equal("x", found.left_out[1].column)
        assert.matches("^main.t %(1 row can't be read back: .*%), public.t.x %(SQLite's file", made.but)
    end)
end)
