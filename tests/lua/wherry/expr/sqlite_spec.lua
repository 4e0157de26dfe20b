-- The printer to SQLite: what is printed is read as the same tree, and SQLite takes it for the same. Generated text
-- holds the parser against SQLite itself: with parentheses around every operand it has to mean what it meant without.
local core = require "wherry.core"
local Grammar = require "tests.support.sql_grammar"
local parentheses = require "tests.support.parentheses"
local parse = require "wherry.expr.parse"
local process = require "tests.support.process"
local sqlite = require "wherry.expr.sqlite"
local sqlite_query = require "tests.support.sqlite_query"

describe("the printer", function()
    it("sets parentheses where they are needed and around what NOT is applied to", function()
        for text, printed in pairs({
            ["(a + b) * (c * d)"] = "(a + b) * (c * d)", ["(a * b) + c"] = "a * b + c", ["a - (b - c)"] = "a - (b - c)",
            ["(a AND b) OR c"] = "a AND b OR c", ["a AND (b OR c)"] = "a AND (b OR c)", ["((a))"] = "a",
            ["NOT a = b"] = "NOT (a = b)", ["NOT NOT a"] = "NOT NOT a", ["(NOT a) = b"] = "(NOT a) = b",
            ["- -a"] = "- -a", ["-(-1)"] = "- -1", ["- - 9223372036854775808"] = "- -9223372036854775808",
            ["(a COLLATE nocase) || b"] = "a COLLATE NOCASE || b", ["(a || b) COLLATE x"] = "(a || b) COLLATE X",
            ["a like (b like c escape d) escape e"] = "a LIKE (b LIKE c ESCAPE d) ESCAPE e",
            ["a between (b and c) and d"] = "a BETWEEN (b AND c) AND d", ["a isnull"] = "a IS NULL",
            ["a is (not b)"] = "a IS (NOT b)", ["\"a\" == 'it''s'"] = "\"a\" = 'it''s'",
            ["not exists(select 1)"] = "NOT EXISTS (SELECT 1)", ["x'0a'"] = "X'0A'", ["t.[key]"] = "t.[key]",
        }) do
            assert.equal(printed, sqlite.expression(assert(parse.expression(text))))
        end
    end)

    it("quotes names that would be read as something else", function()
        assert.equal('SELECT a AS "select", b AS plain FROM "two words" AS "left"', sqlite.select(assert(
            parse.statement "SELECT a AS 'select', b plain FROM [two words] AS `left`")))
        assert.equal('"a""b"', sqlite.name 'a"b')
        assert.equal('"order"', sqlite.name "order")
        assert.equal('"1a"', sqlite.name "1a")
    end)

    it("writes trees that no text gave", function()
        local function printed(node)
            return sqlite.expression(node)
        end
        assert.equal("7", printed { t = "integer", value = 7 })
        assert.equal("1.0", printed { t = "real", value = 1.0 })
        assert.equal("0.1", printed { t = "real", value = 0.1 })
        assert.equal("0.30000000000000004", printed { t = "real", value = 0.1 + 0.2 })
        assert.equal("9e999", printed { t = "real", value = math.huge })
        assert.equal("-9e999", printed { t = "real", value = -math.huge })
        assert.equal("NULL", printed { t = "real", value = 0 / 0 })
        assert.equal("CAST(X'610062' AS TEXT)", printed { t = "string", value = "a\0b" })
        assert.equal('"cast"', printed { t = "column", name = "cast" })
        assert.equal('"a b"."c d"', printed { t = "column", table = "a b", name = "c d" })
        assert.equal("-9223372036854775808.0",
            printed { t = "unary", op = "-", operand = { t = "real", value = 2.0 ^ 63, text = "9223372036854775808" } })
    end)

    it("prints every statement so that it is read as the same", function()
        for _, text in ipairs({
            "WITH RECURSIVE a (x) AS MATERIALIZED (SELECT 1), b AS NOT MATERIALIZED (VALUES (1, 2), (3, 4)) "
            .. "SELECT * FROM a UNION ALL SELECT DISTINCT t.*, b AS c FROM t AS u NATURAL LEFT JOIN v "
            .. "JOIN (w CROSS JOIN x) ON y = z FULL JOIN f(1, 2) AS g USING (h, i), (SELECT 1) AS j WHERE k "
            .. "GROUP BY l, m HAVING n WINDOW o AS (p PARTITION BY q ORDER BY r DESC NULLS LAST "
            .. "GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW EXCLUDE NO OTHERS) ORDER BY s LIMIT 1 OFFSET 2",
            "INSERT OR IGNORE INTO main.t AS x (a, b) SELECT 1, 2 FROM u WHERE TRUE ON CONFLICT (a) WHERE b DO UPDATE "
            .. "SET (a, b) = (1, 2), c = d WHERE e ON CONFLICT DO NOTHING RETURNING *, a AS f",
            "WITH q AS (SELECT 1) INSERT INTO t DEFAULT VALUES",
            "UPDATE OR FAIL t AS x SET a = 1, (b, c) = (SELECT 1, 2) FROM u WHERE d RETURNING e ORDER BY f LIMIT 1",
            "DELETE FROM main.t WHERE a RETURNING b",
            "SELECT count(*) FILTER (WHERE a) OVER w, sum(DISTINCT b) OVER (w ROWS UNBOUNDED PRECEDING), c IN t, "
            .. "d IN s.f(1), group_concat(a ORDER BY b)",
        }) do
            assert.equal(text, sqlite.statement(assert(parse.statement(text))))
        end
        for _, text in ipairs({
            "CREATE VIEW v (a, b) AS SELECT 1, 2",
            "CREATE UNIQUE INDEX i ON t (a COLLATE NOCASE DESC, lower(b)) WHERE c IS NOT NULL",
            "CREATE TRIGGER x INSTEAD OF UPDATE OF a, b ON v WHEN new.a BEGIN SELECT RAISE(ABORT, 'no'); "
            .. "DELETE FROM t; END",
            "CREATE TRIGGER x AFTER DELETE ON t BEGIN SELECT RAISE(IGNORE); END",
        }) do
            assert.equal(text, sqlite.statement(assert(parse.create(text))))
        end
    end)
end)

describe("generated text", function()
    local db

    setup(function()
        db = core.snapshot.open(sqlite_query.database(process.directory "printer", Grammar.SCHEMA))
    end)

    teardown(function()
        db:close()
    end)

    -- The rows as one text, or nil and SQLite's message.
    local function answer(sql, columns)
        local ok, rows = pcall(db.query, db, sql)
        if not ok then
            return nil, tostring(rows)
        end
        local lines = {}
        for _, row in ipairs(rows) do
            for _, name in ipairs(columns) do
                lines[#lines + 1] = ("%s:%s"):format(math.type(row[name]), row[name])
            end
        end
        return table.concat(lines, "\n")
    end

    local function is_refused_by_grammar(message)
        return message:find("syntax error", 1, true) or message:find("incomplete input", 1, true)
            or message:find("unrecognized token", 1, true)
    end

    -- Compares what SQLite makes of a text and of its two printed forms; returns whether SQLite could answer it.
    local function compare(text, read, print, ask)
        local wanted, message = ask(text)
        if not wanted and is_refused_by_grammar(message) then
            return false
        end
        local node = assert(read(text))
        local printed = print(node)
        assert.same(node, read(printed))
        for _, again in ipairs({ printed, parentheses(print, node) }) do
            local got, failure = ask(again)
            assert.equal(wanted ~= nil, got ~= nil, text .. "\n" .. again .. "\n" .. tostring(message or failure))
            assert.equal(wanted, got, text .. "\n" .. again)
        end
        return wanted ~= nil
    end

    -- Trees of printed text differ from those of the text in what columns without alias are called.
    local function without_texts(read)
        return function(text)
            local node, message = read(text)
            local function clear(part)
                for key, value in pairs(part) do
                    if key == "text" and part.expr then
                        part.text = nil
                    elseif type(value) == "table" then
                        clear(value)
                    end
                end
            end
            clear(node or {})
            return node, message
        end
    end

    local function run(count, generate, read, print, ask)
        local answered = 0
        for _ = 1, count do
            if compare(generate(), without_texts(read), print, ask) then
                answered = answered + 1
            end
        end
        return answered / count
    end

    it("is the same expression to SQLite, of the same class and value", function()
        local grammar = Grammar.new(1)
        local share = run(4000, function() return grammar:sized(grammar:number(12)) end, parse.expression,
            sqlite.expression, function(text)
                return answer("SELECT x, quote(x) AS q FROM (SELECT " .. text .. " AS x FROM t)", { "x", "q" })
            end)
        assert.is_true(share > 0.8, share)
    end)

    local function program(text)
        return answer("EXPLAIN " .. text, { "opcode", "p1", "p2", "p3", "p4", "p5" })
    end

    it("is the same SELECT to SQLite", function()
        local grammar = Grammar.new(2)
        local share = run(1000, function() return grammar:select() end, parse.statement, sqlite.statement, program)
        assert.is_true(share > 0.3, share)
    end)

    it("is the same INSERT, UPDATE or DELETE to SQLite", function()
        local grammar = Grammar.new(3)
        local share = run(500, function() return grammar:write() end, parse.statement, sqlite.statement, program)
        assert.is_true(share > 0.8, share)
    end)
end)
