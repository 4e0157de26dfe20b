-- Unique indexes over random expressions of random parts of the rows: where one is called exact, it takes and refuses
-- the same rows as SQLite.
local parity = require "tests.support.parity"
local harness = require "tests.support.harness"
local process = require "tests.support.process"
local random_expression = require "tests.support.random_expression"
local translated = require "tests.support.translated"

-- WHERRY_RANDOM=SEED tries other ones.
local SEED = tonumber(os.getenv "WHERRY_RANDOM" or "") or 20240229
local SHAPES = 50

local COLUMNS = {
    { "a", "text", { false, "", "a", "A", "a ", "é", "5", "05", "5.0", "-1", "x5", "1e2", "2024-01-01", " 3", "0x1" } },
    { "k", "short" }, { "b", "short" }, { "n", "integer" }, { "f", "real" }, { "u", "blob" }, { "o", "boolean" },
    { "m", "number" },
}
local TABLE = [[CREATE TABLE $(id INTEGER PRIMARY KEY, a TEXT, k TEXT COLLATE NOCASE, b TEXT COLLATE RTRIM NOT NULL,
    n INT, f REAL, u BLOB, o BOOLEAN, m NUMERIC); CREATE UNIQUE INDEX $_i ON $(%s)%s]]

describe("a unique index over random expressions", function()
    local directory

    setup(function()
        directory = translated.directory()
    end)
    teardown(function()
        translated.remove(directory)
    end)
    after_each(harness.cleanup)

    -- Shapes whose index SQLite takes.
    local function shapes()
        local known = {}
        for i, column in ipairs(COLUMNS) do
            known[i] = column[1]
        end
        local random, list = random_expression.new(SEED, known), {}
        while #list < SHAPES do
            local term = random:next(random:number(3)) .. random:pick { "", " DESC", " COLLATE NOCASE" }
            local where = random:number(3) == 1 and " WHERE " .. random:next(2) or ""
            local sql = TABLE:format(term, where)
            process.write(directory .. "/one.sql", (sql:gsub("%$", "one")) .. ";")
            if os.execute(("cd %s && sqlite3 -batch -bail :memory: < one.sql >said 2>&1"):format(directory)) then
                list[#list + 1] = { sql = sql, columns = COLUMNS, rows = 60 }
            end
        end
        return list
    end

    it("takes and refuses the same rows", function()
        local list = shapes()
        local created = translated.of(directory, parity.script(list))
        local file = directory .. "/written.db"
        harness.sqlite(file, parity.script(list))
        local database = harness.database { ctype = "C.UTF-8", icu = "en" }
        harness.sql(database, translated.script(created))
        local exact = 0
        for number, shape in ipairs(list) do
            local object = translated.find(created, "index", parity.table_name(number) .. "_i")
            if object.outcome == "exact" then
                exact = exact + 1
                assert.same({}, (parity.try(shape, number, file, database)), object.sql)
            end
        end
        assert.is_true(exact > SHAPES / 5)
    end)
end)
