-- Double quotes around strings.
local parse = require "wherry.expr.parse"
local sqlite = require "wherry.expr.sqlite"
local strings = require "wherry.expr.strings"

it("strings.resolve makes strings of what is no column", function()
    local node = parse.expression [["status" IN ("new", 'old', "it's", [done], t."x") AND "a" = a]]
    local function is_column(name)
        return name == "status" or name == "a"
    end
    assert.equal([["status" IN ('new', 'old', 'it''s', [done], t."x") AND "a" = a]],
        sqlite.expression(strings.resolve(node, is_column)))
    assert.equal("'x'", sqlite.expression(strings.resolve(parse.expression '"x"', is_column)))
end)
