-- Questions to the source's rows: conditions as SQLite takes them, and rows that PostgreSQL could not calculate with.
local names = require "wherry.names"
local questions = require "wherry.schema.questions"
local sqlite_query = require "tests.support.sqlite_query"
local translated = require "tests.support.translated"
local types = require "wherry.schema.types"

local function entry_of(columns)
    local entry = { source = { name = "t", columns = {} }, column = {}, target = { columns = {} } }
    for i, name in ipairs(columns) do
        entry.source.columns[i] = { name = name }
        entry.column[name] = { name = name, source = name, type = types.bigint, kind = "integer" }
    end
    return entry
end

describe("questions", function()
    local directory
    setup(function()
        directory = translated.directory()
    end)
    teardown(function()
        translated.remove(directory)
    end)

    it("asks for strings where double quotes name no column", function()
        assert.equal([[a IN ('x', "b")]], questions.condition(entry_of { "a", "b" }, 'a IN ("x", "b")'))
    end)

    it("asks nothing where nothing is calculated, and nothing that is too long", function()
        local entry = entry_of { "a" }
        assert.is_nil(questions.within_range(entry, "length(a) > 1 AND a IS NOT -5"))
        local condition, too_many = questions.within_range(entry, ("a + "):rep(60) .. "1")
        assert.same({ nil, true }, { condition, too_many })
    end)

    it("counts the rows that leave a range", function()
        local query = sqlite_query.open(sqlite_query.database(directory, [[CREATE TABLE t("left", r, x);
            INSERT INTO t VALUES(9223372036854775807, 1e300, 1), (-9223372036854775807 - 1, -1e300, 2), (0, 0.0, 0),
                (NULL, NULL, NULL), (-1, 1e-300, '9223372036854775807'), (7, 9e999, 'text');]]))
        local work = { options = { count_false = translated.count_false(query) } }
        local entry = entry_of { "left", "r", "x" }
        for _, case in ipairs({
            { '"left" + 1', 1 }, { '"left" - 1', 1 }, { '-"left"', 1 }, { '"left" * 2 > 5', 2 }, { '"left" / -1', 1 },
            { '"left" / 2', 0 }, { "r * 1e10", 2 }, { "r * r", 3 }, { "r - r", 1 }, { "r + 1", 0 }, { "x + 1", 1 },
            { "r / 1e30", 1 }, { "pow(r, 2)", 6 }, { "abs(x - 1) < 5 AND r + r > 1", 0 },
        }) do
            assert.equal(case[2], questions.beyond_range(work, entry, { case[1] })[1], case[1])
        end
        assert.same({ 0, 1 }, questions.beyond_range(work, entry, { "length(x)", "x + 1" }))
    end)

    it("says where it cannot be told", function()
        local work = { options = { count_false = function() return {} end } }
        assert.same({ false, 0 }, questions.beyond_range(work, entry_of { "a" }, { "a + 1", "a" }))
        assert.same({ 0 }, questions.beyond_range({ options = {} }, entry_of { "a" }, { "a + 1" }))
    end)

    it("writes names that SQLite needs quoted", function()
        local name = "a b"
        assert.matches(names.quote_sqlite(name), questions.within_range(entry_of { name }, '"a b" + 1'), 1, true)
    end)
end)
