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

    local UNREAD = [[CREATE TYPE mood AS ENUM ('sad', 'ok');
        CREATE TABLE t(id int PRIMARY KEY, n numeric(6, 3), at date, j jsonb, words text[], span int4range,
            took interval, host inet, feels mood, stamp timestamptz, r float8, d numeric, days daterange);
        INSERT INTO t VALUES (1, 1.5, 'infinity', '[true]', '{a}', '[1,5)', '1 day', '10.0.0.1', 'ok', '-infinity',
            'NaN', 'NaN', '[2020-01-01,infinity)'), (2, 2.5, '0044-03-15 BC', '{"a": 1}', '{}', 'empty', '0', '::1',
            'sad', '0001-01-01 BC', '-infinity', 1.50, '(,)'), (3, 3.5, '2020-01-01', '[true]', '{a,NULL}', '[1,5)',
            '1 mon 2 days', '10.0.0.0/8', 'ok', '2020-01-01', 0.5, 3, '[2020-01-01,2020-02-01)')]]

    it("compares rows that can't be read back as they are stored", function()
        local found, made = compared(UNREAD)
        local line = found.tables[1]
        assert.same({ "verified", "same", 2 }, { found.state, line.state, line.unread })
        assert.matches("^2 rows can't be read back, compared as stored: value does not fit ", line.note)
        assert.is_nil(made.but)
    end)

    -- Of rows that PostgreSQL has otherwise: one that could be read, and one that could not.
    for _, column in ipairs { "n", "at", "j", "words", "span", "took", "host", "feels", "stamp", "r", "days" } do
        for id, readable in pairs { [3] = 1, [1] = 0 } do
            it(("finds a value that can't be read any more, %s of row %d"):format(column, id), function()
                local line = compared(UNREAD, ("PRAGMA ignore_check_constraints = 1; UPDATE t SET %s = %s || '/0' "
                    .. "WHERE id = %d"):format(column, column, id)).tables[1]
                assert.same({ "differs", readable, 1, 0 }, { line.state, line.missing, line.extra, line.different })
                assert.is_nil(line.unread)
                assert.same({ "extra", ("id=%d"):format(id), readable }, { line.differences[1].kind,
                    line.differences[1].row:match "^id=%d+", line.more })
                assert.matches(("^%d rows of the file can't be read back, and 2 rows of PostgreSQL; they are "
                    .. "not the same; one of the file is id=%d, rowid=%d: value does not fit "):format(2 + readable, id,
                    id), line.note)
            end)
        end
    end

    it("finds one of the rows that can't be read back gone", function()
        local line = compared(UNREAD, "DELETE FROM t WHERE id = 2").tables[1]
        assert.same({ "differs", 1, 0, 0 }, { line.state, line.missing, line.extra, line.different })
    end)

    it("finds one of the rows that can't be read back in another's place", function()
        local line = compared(UNREAD:gsub("id int PRIMARY KEY", "id int"), [[DELETE FROM t WHERE id = 2;
            INSERT INTO t SELECT * FROM t WHERE id = 1]]).tables[1]
        assert.same({ "differs", 3 }, { line.state, line.rows_target })
    end)

    it("finds one of the rows that can't be read back made one that can", function()
        local line = compared(UNREAD, "UPDATE t SET at = '2020-01-01', stamp = '2020-01-01' WHERE id = 1").tables[1]
        assert.equal("differs", line.state)
    end)

    it("finds others beside rows that can't be read back", function()
        local line = compared(UNREAD, "UPDATE t SET n = 4 WHERE id = 3").tables[1]
        assert.same({ "differs", 0, 0, 1, 2 }, { line.state, line.missing, line.extra, line.different, line.unread })
        assert.same({ "different", "id=3", "n", 0 }, { line.differences[1].kind, line.differences[1].key,
            line.differences[1].columns[1].column, line.more })
        assert.equal(1, #line.differences)
    end)

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
        assert.matches("^1 row can't be read back, compared as stored: ", found.tables[1].note)
        assert.equal("x", found.left_out[1].column)
        assert.matches("^public.t.x %(SQLite's file", made.but)
    end)
end)
