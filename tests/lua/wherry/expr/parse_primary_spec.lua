-- Literals, names, CASE, CAST, RAISE and subqueries.
local parse = require "wherry.expr.parse"

local function tree(text)
    return assert(parse.expression(text))
end

describe("literals", function()
    it("are read with their class and value", function()
        assert.same({ t = "null" }, tree "null")
        assert.same({ t = "integer", value = 12, text = "0012" }, tree "0012")
        assert.same({ t = "integer", value = -1, text = "0xFFFFFFFFFFFFFFFF" }, tree "0xFFFFFFFFFFFFFFFF")
        assert.same({ t = "integer", value = 31, text = "0X00000000000000000001f" }, tree "0X00000000000000000001f")
        assert.same({ t = "real", value = 100000.0, text = "1e5" }, tree "1e5")
        assert.same({ t = "real", value = 0.5, text = ".5" }, tree ".5")
        assert.same({ t = "real", value = 5.0, text = "5." }, tree "5.")
        assert.same({ t = "string", value = "it's" }, tree "'it''s'")
        assert.same({ t = "blob", value = "\0\xffA" }, tree "x'00fF41'")
        assert.same({ t = "blob", value = "" }, tree "X''")
        assert.same({ t = "boolean", value = true }, tree "True")
        assert.same({ t = "boolean", value = false }, tree "FALSE")
        assert.same({ t = "current", which = "TIMESTAMP" }, tree "current_timestamp")
        assert.same({ t = "variable", text = ":x" }, tree ":x")
    end)

    it("know the edge of 64 bits", function()
        assert.equal(math.maxinteger, tree("9223372036854775807").value)
        assert.same({ t = "real", value = 2.0 ^ 63, text = "9223372036854775808" }, tree "9223372036854775808")
        local least = { t = "integer", value = math.mininteger, text = "-9223372036854775808" }
        assert.same(least, tree "-9223372036854775808")
        assert.same(least, tree "- (9223372036854775808)")
        assert.equal("unary", tree("-9223372036854775808.0").t)
        assert.equal("unary", tree("-9223372036854775809").t)
        assert.equal("unary", tree("- +9223372036854775808").t)
        local node, message = parse.expression "0x10000000000000000"
        assert.is_nil(node)
        assert.matches("more than 64 bits", message)
    end)
end)

describe("names", function()
    it("are columns with table and schema, and their quotes", function()
        assert.same({ t = "column", name = "a" }, tree "a")
        assert.same({ t = "column", name = "a b", quoted = '"' }, tree '"a b"')
        assert.same({ t = "column", schema = "s", table = "t t", name = "c", quoted = "[" }, tree "s.'t t'.[c]")
        assert.same({ t = "column", table = "t", name = "c", quoted = "`" }, tree "`t`.`c`")
        assert.same({ t = "column", table = "t", name = "true" }, tree "t.true")
        assert.same({ t = "column", name = "true", quoted = '"' }, tree '"true"')
    end)

    it("may be keywords that the grammar does not need there", function()
        for _, word in ipairs({
            "key", "replace", "desc", "end", "action", "row", "rows", "left", "cross", "like",
            "match", "if", "filter", "over", "window", "indexed", "recursive", "first", "generated", "with", "offset",
            "of",
        }) do
            assert.same({ t = "column", name = word }, tree(word))
        end
        assert.equal("function", tree("like(1, 2)").t)
        assert.equal("function", tree("replace(a, b, c)").t)
        assert.same({ t = "column", table = "t", name = "cast" }, tree "t.cast")
    end)

    it("are no reserved words", function()
        for _, word in ipairs({
            "select", "cast", "raise", "from", "order", "table", "case", "not", "in", "index",
            "to", "t.select", "t.", "a.b.c.d", "current_time(1)", "'abc'(1)", "''.", ".",
        }) do
            assert.is_nil((parse.expression(word)), word)
        end
    end)
end)

describe("CASE, CAST, RAISE and subqueries", function()
    it("are read", function()
        assert.same({
            t = "case", operand = { t = "column", name = "a" }, otherwise = { t = "null" },
            branches = {
                { when = { t = "column", name = "b" }, result = { t = "column", name = "c" } },
                { when = { t = "column", name = "d" }, result = { t = "column", name = "end" } },
            },
        }, tree "CASE a WHEN b THEN c WHEN d THEN end ELSE NULL END")
        assert.is_nil((parse.expression "CASE END"))
        assert.is_nil((parse.expression "CASE a ELSE b END"))

        assert.equal("unsigned big int", tree("CAST(a AS unsigned big int)").type)
        assert.equal("DECIMAL(10, -2)", tree("CAST(a AS DECIMAL(10, -2))").type)
        assert.equal("", tree("CAST(a AS)").type)
        assert.is_nil((parse.expression "CAST(a AS x(y))"))

        assert.same({ t = "raise", action = "IGNORE" }, tree "RAISE(IGNORE)")
        assert.same({ t = "raise", action = "ABORT", message = "no" }, tree "raise(abort, 'no')")
        assert.same({ t = "raise", action = "FAIL", message = "no" }, tree 'RAISE(FAIL, "no")')
        assert.equal("binary", tree("RAISE(ROLLBACK, 'a' || b)").expression.t)
        assert.is_nil((parse.expression "RAISE(REPLACE, 'x')"))

        assert.equal("select", tree("(SELECT 1)").select.t)
        assert.equal("select", tree("(((VALUES (1))))").select.t)
        assert.equal("row", tree("(1, 2)").t)
        assert.equal("integer", tree("((1))").t)
        assert.same({ t = "exists", negated = false, select = tree("(SELECT 1)").select }, tree "EXISTS (SELECT 1)")
        assert.is_nil((parse.expression "()"))
    end)
end)
