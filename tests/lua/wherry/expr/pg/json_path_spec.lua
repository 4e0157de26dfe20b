-- Paths into JSON documents: those that SQLite takes, the short forms after -> and ->>, the rest refused.
local constant = require "wherry.expr.pg.constant"
local Printer = require "wherry.expr.pg.printer"
local path = require "wherry.expr.pg.json_path"

local function printer()
    return Printer.new { use = "view", schema = "app" }
end

local function known(value, short)
    local p = printer()
    local term = constant.term(p, math.type(value) == "integer" and "integer" or "text", value)
    local ok, sql, text = pcall(path.sql, p, term, short)
    return ok and text or nil, ok and sql or sql.refusal
end

describe("a path", function()
    it("is kept as it is written", function()
        for _, text in ipairs { "$", "$.a", "$.a.b[0]", '$."a b".c', "$[#]", "$[#-2].x", "$.é_1" } do
            local found, sql = known(text)
            assert.equal(text, found)
            assert.equal("'" .. text .. "'", sql)
        end
    end)

    it("may be short after an operator", function()
        assert.equal("$.a", known("a", true))
        assert.equal("$.a.b", known("a.b", true))
        assert.equal("$[0]", known(0, true))
        assert.equal("$[12]", known("12", true))
        assert.equal("$[1].a", known("[1].a", true))
        assert.equal("$.a", known("$.a", true))
    end)

    it("is refused where SQLite takes none", function()
        for _, text in ipairs { "", "a", "$a", "$.", "$..a", "$[", "$[x]", "$[-1]", '$."a', "$.a[]" } do
            local found, reason = known(text)
            assert.is_nil(found)
            assert.equal("JSON path error near " .. text, reason)
        end
        assert.is_nil(known(5))
    end)
end)
