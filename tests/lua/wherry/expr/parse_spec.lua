-- The parser's public functions: what they return, how they refuse, how trees are walked.
local parse = require "wherry.expr.parse"

describe("parse.expression", function()
    it("returns a tree", function()
        assert.same({
            t = "binary", op = "+", left = { t = "column", table = "t", name = "a" },
            right = { t = "integer", value = 1, text = "1" },
        }, parse.expression "t.a + 1")
    end)

    it("says where it stopped and before what", function()
        local node, message, position = parse.expression "a + * b"
        assert.is_nil(node)
        assert.equal("expected an expression at byte 5, found *", message)
        assert.equal(5, position)
        assert.same({ nil, "expected the end at byte 3, found b", 3 }, { parse.expression "a b" })
        assert.same({ nil, "expected ) at byte 3", 3 }, { parse.expression "(a" })
        assert.same({ nil, "a quote is not closed at byte 5", 5 }, { parse.expression "a = 'b" })
        assert.same({ nil, "expected an expression at byte 2", 2 }, { parse.expression " " })
    end)

    it("refuses nesting beyond its depth, in the text and in the tree, without an error of its own", function()
        for _, text in ipairs({ ("("):rep(20000), ("- "):rep(20000), ("NOT "):rep(20000), ("CASE "):rep(20000),
            ("f("):rep(20000), ("(SELECT "):rep(20000), ("a IN ("):rep(20000) }) do
            local node, message = parse.expression(text)
            assert.is_nil(node)
            assert.matches("nested deeper than 1000 levels", message)
        end
        local _, message = parse.expression("a" .. (" || a"):rep(20000))
        assert.matches("a tree of more than 2000 levels", message)
        assert.is_table(parse.expression(("("):rep(999) .. "1" .. (")"):rep(999)))
        assert.is_table(parse.expression("a" .. (" OR a"):rep(999)))
    end)
end)

describe("parse.statement", function()
    it("takes one statement and its semicolon", function()
        assert.equal("select", parse.statement "SELECT 1;".t)
        assert.equal("select", parse.statement "WITH a AS (SELECT 1) SELECT * FROM a".t)
        assert.equal("insert", parse.statement "WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a".t)
        assert.is_nil(parse.statement "SELECT 1; SELECT 2")
        assert.is_nil(parse.statement "DROP TABLE t")
        assert.is_nil(parse.statement "")
    end)
end)

describe("parse.walk", function()
    local function columns_of(node)
        local found = {}
        parse.walk(node, function(inner)
            if inner.t == "column" then
                found[#found + 1] = inner.name
            end
        end)
        return table.concat(found, " ")
    end

    it("visits every node in the order of the text", function()
        assert.equal("a b c d e f g h i j k l m", columns_of(parse.expression [[
            CASE a WHEN b THEN c ELSE d END IN (e, f LIKE g ESCAPE h) OR count(DISTINCT i) FILTER (WHERE j)
            OVER (PARTITION BY k ORDER BY l ROWS m PRECEDING)]]))
        assert.equal("a b c d e f g h i j k", columns_of(parse.statement [[
            WITH q AS (SELECT a) SELECT b, x.* FROM f(c) AS x JOIN (SELECT d) ON e WHERE f GROUP BY g HAVING h
            WINDOW w AS (ORDER BY i) UNION VALUES (j) ORDER BY k]]))
        assert.equal("a b c d e", columns_of(parse.statement [[
            INSERT INTO t VALUES (a) ON CONFLICT (b) WHERE c DO UPDATE SET x = d WHERE e]]))
        assert.equal("a b c d", columns_of(parse.create [[
            CREATE TRIGGER x BEFORE DELETE ON t WHEN a BEGIN UPDATE t SET x = b WHERE c; DELETE FROM t WHERE d; END]]))
        assert.equal("a b c", columns_of(parse.create "CREATE INDEX i ON t(a, b) WHERE c"))
    end)

    it("does not go below a node whose visit returns false", function()
        local seen = {}
        parse.walk(parse.expression "a + (SELECT b) + c", function(node)
            seen[#seen + 1] = node.t
            return node.t ~= "scalar"
        end)
        assert.equal("binary binary column scalar column", table.concat(seen, " "))
    end)
end)
