-- Operators: which operand belongs to which, as SQLite's grammar has it.
local parentheses = require "tests.support.parentheses"
local parse = require "wherry.expr.parse"
local sqlite = require "wherry.expr.sqlite"

local function shape(text)
    return parentheses(sqlite.expression, assert(parse.expression(text)))
end

local function shapes(cases)
    for _, case in ipairs(cases) do
        assert.equal(case[2], shape(case[1]))
    end
end

describe("operators", function()
    it("bind as in SQLite, from the left", function()
        shapes {
            { "a OR b AND c OR d", "((a) OR ((b) AND (c))) OR (d)" },
            { "a = b < c", "(a) = ((b) < (c))" },
            { "a < b & c", "(a) < ((b) & (c))" },
            { "a & b + c", "(a) & ((b) + (c))" },
            { "a + b * c", "(a) + ((b) * (c))" },
            { "a * b || c", "(a) * ((b) || (c))" },
            { "a || b -> c ->> d", "(((a) || (b)) -> (c)) ->> (d)" },
            { "a - b - c", "((a) - (b)) - (c)" },
            { "a / b % c", "((a) / (b)) % (c)" },
            { "a == b != c IS d", "(((a) = (b)) <> (c)) IS (d)" },
            { "a | b << c", "((a) | (b)) << (c)" },
        }
    end)

    it("put signs and ~ above everything, COLLATE next", function()
        shapes {
            { "-a COLLATE x", "(-(a)) COLLATE X" },
            { "a || b COLLATE x", "(a) || ((b) COLLATE X)" },
            { "-a -> b", "(-(a)) -> (b)" },
            { "- ~ + a", "-(~(+(a)))" },
            { "a COLLATE 'rtrim' COLLATE \"y\"", "((a) COLLATE RTRIM) COLLATE Y" },
            { "- NOT a = b", "-(NOT ((a) = (b)))" },
        }
    end)

    it("put NOT below comparisons, wherever it stands", function()
        shapes {
            { "NOT a = b AND c", "(NOT ((a) = (b))) AND (c)" },
            { "a = NOT b = c", "(a) = (NOT ((b) = (c)))" },
            { "1 + NOT 2 NOT NULL", "(1) + (NOT ((2) IS NOT NULL))" },
            { "NOT NOT a LIKE b", "NOT (NOT ((a) LIKE (b)))" },
        }
    end)

    it("read the NULL tests", function()
        shapes {
            { "a = b ISNULL", "((a) = (b)) IS NULL" },
            { "a NOTNULL NOT NULL", "((a) IS NOT NULL) IS NOT NULL" },
            { "a IS NULL", "(a) IS NULL" },
            { "a IS NOT NULL = b", "((a) IS NOT NULL) = (b)" },
            { "a IS NOT b", "(a) IS NOT (b)" },
            { "a IS NOT DISTINCT FROM b", "(a) IS (b)" },
            { "a IS DISTINCT FROM NULL", "(a) IS NOT NULL" },
            { "a IS NOT NOT b", "(a) IS NOT (NOT (b))" },
            { "a IS NULL + 1", "(a) IS ((NULL) + (1))" },
        }
    end)

    it("let LIKE's pattern and ESCAPE reach over stronger operators", function()
        shapes {
            { "a LIKE b || c ESCAPE d < e", "(a) LIKE ((b) || (c)) ESCAPE ((d) < (e))" },
            { "a NOT LIKE b LIKE c ESCAPE d", "((a) NOT LIKE (b)) LIKE (c) ESCAPE (d)" },
            { "a LIKE NOT b LIKE c ESCAPE d ESCAPE e", "(a) LIKE (NOT ((b) LIKE (c) ESCAPE (d))) ESCAPE (e)" },
            { "a GLOB b AND c NOT MATCH d OR e REGEXP f",
                "(((a) GLOB (b)) AND ((c) NOT MATCH (d))) OR ((e) REGEXP (f))" },
        }
    end)

    it("give BETWEEN its AND", function()
        shapes {
            { "a BETWEEN b AND c AND d", "((a) BETWEEN (b) AND (c)) AND (d)" },
            { "a BETWEEN b = c AND d < e = f", "((a) BETWEEN ((b) = (c)) AND ((d) < (e))) = (f)" },
            { "a BETWEEN b BETWEEN c AND d AND e", "(a) BETWEEN ((b) BETWEEN (c) AND (d)) AND (e)" },
            { "a = b NOT BETWEEN c AND d BETWEEN e AND f",
                "(((a) = (b)) NOT BETWEEN (c) AND (d)) BETWEEN (e) AND (f)" },
            { "a BETWEEN NOT b AND NOT c", "(a) BETWEEN (NOT (b)) AND (NOT (c))" },
        }
        assert.is_nil(parse.expression "a BETWEEN b OR c AND d")
    end)

    it("read IN with lists, selects and tables", function()
        shapes {
            { "a = b IN (1, 2)", "((a) = (b)) IN (1, 2)" },
            { "a NOT IN ()", "(a) NOT IN ()" },
            { "a IN t AND b IN s.t OR c NOT IN f(1, d)",
                "(((a) IN t) AND ((b) IN s.t)) OR ((c) NOT IN f(1, d))" },
            { "(a, b) IN (VALUES (1, 2))", "((a, b)) IN (VALUES (1, 2))" },
        }
        assert.equal("select", parse.expression("a IN (SELECT 1)").select.t)
        assert.equal("select", parse.expression("a IN (WITH q AS (SELECT 1) SELECT * FROM q)").select.t)
        -- SQLite 3.40 takes one more pair of parentheses as a single value.
        assert.equal("scalar", parse.expression("a IN ((SELECT 1))").list[1].t)
    end)

    it("turn NOT EXISTS into one node", function()
        assert.is_true(parse.expression("NOT EXISTS (SELECT 1)").negated)
        assert.equal("NOT ((EXISTS (SELECT 1)) = (1))", shape "NOT EXISTS (SELECT 1) = 1")
        assert.equal("unary", parse.expression("NOT NOT EXISTS (SELECT 1)").t)
    end)

    it("refuse what SQLite refuses", function()
        for _, text in ipairs({ "a NOT b", "a +", "= b", "a = = b", "a LIKE b ESCAPE c ESCAPE d", "a COLLATE", "a IS",
            "a BETWEEN b", "a IN", "a IN (", "a IN (1,)", "a NOT", "a COLLATE select", "a b c" }) do
            assert.is_nil((parse.expression(text)), text)
        end
    end)
end)
