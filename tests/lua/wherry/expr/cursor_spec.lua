-- A place in a list of tokens.
local cursor_of = require "wherry.expr.cursor"
local lex = require "wherry.expr.lex"

describe("a cursor", function()
    local Cursor = cursor_of.class { word = true, quoted = true }

    local function at(sql)
        return setmetatable({ sql = sql, tokens = assert(lex.tokens(sql)), at = 1 }, Cursor)
    end

    it("looks, takes and expects", function()
        local cursor = at "NOT NULL ( \"a b\" )"
        assert.is_true(cursor:looking_at("NOT", "NULL"))
        assert.is_nil(cursor:accept "NULL")
        assert.equal("NOT", cursor:accept("NOT").text)
        cursor:next()
        cursor:expect "("
        assert.equal("a b", cursor:name())
        cursor:expect ")"
        assert.is_nil(cursor:peek())
    end)

    it("says what was expected and where", function()
        local cursor = at "a + 'x'"
        cursor:next()
        local _, raised = pcall(cursor.expect, cursor, "-")
        assert.same({ message = 'expected - at "+"', position = 3 }, raised)
        cursor:next()
        _, raised = pcall(cursor.name, cursor) -- a string is no name for this class
        assert.equal("expected a name at \"'x'\"", raised.message)
        cursor:next()
        _, raised = pcall(cursor.expect, cursor, "b")
        assert.same({ message = "expected b at the end", position = 8 }, raised)
    end)

    it("keeps classes apart", function()
        local other = cursor_of.class { string = true }
        function other.only_here() end
        assert.is_nil(Cursor.only_here)
    end)
end)
