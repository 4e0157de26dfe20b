-- What the translation of PostgreSQL's expressions gives: text, tree, outcome, notes, or a reason.
local back = require "wherry.expr.back"
local pg_parse = require "wherry.expr.pg_parse"
local way_back = require "tests.support.way_back"

describe("back", function()
    local function parsed(sql)
        return assert(pg_parse.expression(sql))
    end

    it("gives a condition with what is not the same", function()
        local made = back.condition(parsed "((t > 'a'::text) AND (t < 'b'::text))", way_back.options "check")
        assert.equal("t > 'a' AND t < 'b'", made.sql)
        assert.equal("boolean", made.kind)
        assert.equal("changed", made.outcome)
        assert.same({ "ordered byte by byte, not by the language" }, made.notes)
    end)

    it("refuses what is no condition, with a reason", function()
        local made, reason = back.condition(parsed "i", way_back.options "check")
        assert.is_nil(made)
        assert.equal("integer is no condition", reason)
    end)

    it("takes a mistake of its own for a reason", function()
        local broken = way_back.options("check", { column = function() error "broken" end })
        local made, reason = back.value(parsed "i", broken)
        assert.is_nil(made)
        assert.matches("a mistake in wherry.*broken", reason)
    end)

    it("has constants and NULL told", function()
        assert.equal(5, back.value(parsed "5", way_back.options "check").constant)
        assert.is_true(back.assign(parsed "NULL::text", way_back.options "default", { kind = "text" }).null)
        assert.is_nil((back.value(parsed "ARRAY[1]", way_back.options "check")))
    end)
end)
