-- The parser against SQLite's own: what SQLite's grammar takes, the parser takes; nothing makes it raise an error.
local core = require "wherry.core"
local Grammar = require "tests.support.sql_grammar"
local corpus = require "tests.support.sql_corpus"
local keywords = require "wherry.expr.keywords"
local lex = require "wherry.expr.lex"
local parentheses = require "tests.support.parentheses"
local parse = require "wherry.expr.parse"
local process = require "tests.support.process"
local sqlite = require "wherry.expr.sqlite"
local sqlite_query = require "tests.support.sqlite_query"

local db

setup(function()
    db = core.snapshot.open(sqlite_query.database(process.directory "parser", Grammar.SCHEMA))
end)

teardown(function()
    db:close()
end)

-- What SQLite says against a text, "" when nothing.
local function complaint(sql)
    local ok, message = pcall(db.query, db, "EXPLAIN " .. sql)
    return ok and "" or tostring(message)
end

local function rows(sql)
    local lines = {}
    for _, row in ipairs(db:query(sql)) do
        lines[#lines + 1] = ("%s:%s:%s"):format(math.type(row.x), row.x, row.q)
    end
    return table.concat(lines, "\n")
end

describe("SQL by hand", function()
    it("is read as SQLite reads it", function()
        local question = "SELECT x, quote(x) AS q FROM (SELECT %s AS x FROM t)"
        for _, text in ipairs(corpus.expressions) do
            local node = assert(parse.expression(text))
            local wanted = rows(question:format(text .. "\n"))
            assert.equal(wanted, rows(question:format(sqlite.expression(node))), text)
            assert.equal(wanted, rows(question:format(parentheses(sqlite.expression, node))), text)
            assert.same(node, (parse.expression(sqlite.expression(node))))
        end
    end)

    it("is taken as SQLite takes it", function()
        for _, text in ipairs(corpus.statements) do
            assert.equal("", complaint(text), text)
            assert.equal("", complaint(sqlite.statement(assert(parse.statement(text)))), text)
        end
        for _, text in ipairs(corpus.creates) do
            assert.equal("", complaint(text), text)
            assert.equal("", complaint(sqlite.statement(assert(parse.create(text)))), text)
        end
    end)
end)

-- All keywords and some other tokens, whole and broken.
local function vocabulary()
    local words = { "(", ")", ",", ".", "*", "+", "-", "~", "=", "==", "||", "->", "1", "0x", "1e5", ".5", "'s'", '"q"',
        "[b]", "x'00'", "x'0'", "a", "t", "?1", ":v", "<>", "!", "&", "'", '"', "abs(1)", "\0", "\xff", "@",
        "NOT NULL" }
    for _, set in ipairs({ keywords.reserved, keywords.join, keywords.fallback, keywords.value }) do
        for word in pairs(set) do
            words[#words + 1] = word
        end
    end
    table.sort(words)
    return words
end

-- One or two tokens removed, replaced, inserted or exchanged.
local function mutate_tokens(grammar, text, words)
    local parts = {}
    for i, token in ipairs(assert(lex.tokens(text))) do
        parts[i] = token.text
    end
    for _ = 1, grammar:chance(70) and 1 or 2 do
        local at, other, what = grammar:number(#parts), grammar:number(#parts), grammar:number(4)
        if what == 1 then
            parts[at] = grammar:pick(words)
        elseif what == 2 then
            table.insert(parts, at, grammar:pick(words))
        elseif what == 3 then
            parts[at], parts[other] = parts[other], parts[at]
        elseif #parts > 1 then
            table.remove(parts, at)
        end
    end
    return table.concat(parts, " ")
end

local function mutate_bytes(grammar, text)
    for _ = 1, grammar:number(4) do
        local at, what = grammar:number(#text + 1), grammar:number(3)
        local inserted = what == 1 and string.char(grammar:number(256) - 1) or ""
        text = text:sub(1, at - 1) .. inserted .. text:sub(at + (what == 2 and grammar:number(9) or what - 1))
    end
    return text
end

local function generate(grammar)
    local kind = grammar:number(3)
    if kind == 1 then
        return "SELECT " .. grammar:sized(grammar:number(8)) .. " FROM t"
    end
    return kind == 2 and grammar:select() or grammar:write()
end

-- What SQLite says of grammar, and rules behind its grammar that the parser checks or that stop SQLite before it sees
-- the rest.
local REFUSALS = {
    "syntax error", "incomplete input", "unrecognized token", "JOIN clause is required", "join type",
    "hex literal too big", "columns assigned", "IN%(%.%.%.%) element has", "clause should come",
}

local function is_refused(message)
    for _, pattern in ipairs(REFUSALS) do
        if message:find(pattern) then
            return true
        end
    end
    return false
end

describe("mutated text", function()
    it("is taken when SQLite's grammar takes it", function()
        local grammar, words, taken = Grammar.new(11), vocabulary(), 0
        for _ = 1, 8000 do
            local text = mutate_tokens(grammar, generate(grammar), words)
            local node, message, position = parse.statement(text)
            if node then
                taken = taken + 1
            else
                assert.is_true(type(message) == "string" and math.type(position) == "integer", text)
                local said = complaint(text)
                local refused = is_refused(said) or text:find("\0", 1, true) ~= nil
                assert.is_true(refused, text .. "\n" .. message .. "\n" .. said)
            end
        end
        assert.is_true(taken > 500, taken)
    end)

    it("never raises an error", function()
        local grammar = Grammar.new(12)
        for _ = 1, 5000 do
            local text = mutate_bytes(grammar, generate(grammar))
            local node, message = parse.statement(text)
            assert.is_true(node ~= nil or not message:find(".lua:", 1, true), text)
            node, message = parse.create("CREATE TRIGGER x AFTER INSERT ON t BEGIN " .. text .. "; END")
            assert.is_true(node ~= nil or not message:find(".lua:", 1, true), text)
        end
    end)
end)

describe("large text", function()
    it("takes time in proportion to its length", function()
        for _, text in ipairs({
            "a IN (" .. ("12345, b, "):rep(50000) .. "1)",
            "'" .. ("x''"):rep(160000) .. "'", ("/* x */"):rep(70000) .. "1",
            "CASE " .. ("WHEN a THEN 1 "):rep(36000) .. "END", "x'" .. ("00ff"):rep(125000) .. "'", ("1"):rep(500000),
        }) do
            local started = os.clock()
            assert.is_table(parse.expression(text))
            assert.is_true(os.clock() - started < 3, #text)
        end
    end)
end)
