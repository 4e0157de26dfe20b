-- PostgreSQL's tokens.
local pg_lex = require "wherry.expr.pg_lex"

describe("pg_lex.tokens", function()
    local function texts(sql)
        local list = {}
        for i, token in ipairs(assert(pg_lex.tokens(sql))) do
            list[i] = token.text
        end
        return list
    end

    local function first(sql)
        return assert(pg_lex.tokens(sql))[1]
    end

    it("splits words, numbers, operators and punctuation", function()
        assert.same({ "(", "a", "~~*", "'x'", "::", "text", ")" }, texts "(a ~~* 'x'::text)")
        assert.same({ "1", "1.5", ".5", "2e10" }, texts "1 1.5 .5 2e10")
        assert.same({ "a", "->>", "b", "#>>", "c", "!~~", "d" }, texts "a ->> b #>> c !~~ d")
    end)

    it("ends an operator before a sign that does not belong to it", function()
        assert.same({ "a", "=", "-", "1" }, texts "a =-1")
        assert.same({ "a", "*", "-", "1" }, texts "a*-1")
        assert.same({ "a", "@-", "1" }, texts "a @-1")
    end)

    it("folds bare words and keeps quoted names", function()
        assert.equal("abc", first("ABC").value)
        assert.equal('A "b', first('"A ""b"').value)
    end)

    it("reads strings with and without escapes", function()
        assert.equal("it's", first("'it''s'").value)
        assert.equal("a\\b", first("'a\\b'").value)
        assert.equal("a\tb'c\\é", first("E'a\\tb\\'c\\\\\\u00e9'").value)
        assert.equal("101", first("B'101'").value)
    end)

    it("refuses what is not closed or not known", function()
        for _, sql in ipairs { "'abc", '"abc', "a -- b", "a /* b */", "E'\\", "\1" } do
            local tokens, message, position = pg_lex.tokens(sql)
            assert.is_nil(tokens, sql)
            assert.is_string(message)
            assert.is_number(position)
        end
    end)
end)
