-- Random expressions, as wild as SQLite takes them: the translation never fails, and what it passes as exact gives
-- SQLite's class and value in every row.
local differential = require "tests.support.differential"
local random_expression = require "tests.support.random_expression"

local SEED, COUNT = 20240229, 500

describe("a random expression", function()
    local both, names = nil, {}
    setup(function()
        local columns = {}
        for i, column in ipairs { { "i", "integer" }, { "j", "integer" }, { "r", "real" }, { "s", "real" },
            { "x", "text" }, { "y", "text" }, { "z", "text", "NOCASE" }, { "w", "text", "RTRIM" }, { "b", "blob" },
            { "f", "boolean" }, { "n", "number" } } do
            names[i] = column[1]
            columns[i] = { name = column[1], kind = column[2], collation = column[3] }
        end
        both = differential.open(columns)
    end)
    teardown(function() both:close() end)

    for depth = 1, 3 do
        it(("of depth %d is never translated wrongly as exact"):format(depth), function()
            local generator = random_expression.new(SEED + depth, names)
            local expressions = {}
            while #expressions < COUNT // depth do
                local expression = generator:next(depth)
                if pcall(both.ask_sqlite, both, expression) then -- some are errors in SQLite (an overflow of abs)
                    expressions[#expressions + 1] = expression
                end
            end
            local problems, counts = both:problems(expressions, "any")
            assert.same({}, problems)
            assert.equal(0, counts.unparsed)
            assert.is_true(counts.exact > #expressions // 5, ("only %d are exact"):format(counts.exact))
        end)
    end
end)
