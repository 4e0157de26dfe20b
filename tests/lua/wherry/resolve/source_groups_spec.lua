-- Groups of sources with one schema, and what the others differ in.
local Outcome = require "wherry.resolve.outcome"
local source_groups = require "wherry.resolve.source_groups"

describe("source_groups", function()
    local function file(name, schema)
        return { name = name, source_query = function() return schema end }
    end
    local A = { { type = "table", name = "t", sql = "create table t(a)" }, { type = "index", name = "i", sql = "x" } }
    local B = { { type = "table", name = "t", sql = "create table t(b)" }, { type = "view", name = "v", sql = "y" } }

    it("has the largest first, and says what the others lack, have besides, or define otherwise", function()
        local groups = source_groups.of { file("x", B), file("a", A), file("b", A) }
        assert.same({ { sources = { "a", "b" } }, { sources = { "x" }, differs = { "no index i", "another table t",
            "besides view v" } } }, groups)
        local outcome = Outcome.new()
        source_groups.tell(groups, outcome)
        assert.equal("2 of one schema: a, b", outcome.objects[1].note)
        assert.equal("1 of one schema: x; differs from group 1: no index i, another table t, besides view v",
            outcome.objects[2].note)
    end)

    it("shows the first of many", function()
        local files, outcome = {}, Outcome.new()
        for i = 1, 12 do
            files[i] = file("f" .. i, A)
        end
        source_groups.tell(source_groups.of(files), outcome)
        assert.matches("^12 of one schema: f1, .-, f8 and 4 more$", outcome.objects[1].note)
    end)
end)
