-- Random SQL of SQLite's grammar, the same for the same seed: operands, operators and parentheses as they come, so that
-- the precedence of every operator stands next to every other's.

local Grammar = {}
Grammar.__index = Grammar

---The tables that generated text is about.
Grammar.SCHEMA = [[
CREATE TABLE t(a, i INTEGER, r REAL, s TEXT, n TEXT COLLATE NOCASE, b BLOB, "key" NUMERIC, "two words" TEXT);
CREATE TABLE u(k INTEGER PRIMARY KEY, w, z TEXT UNIQUE, left INT);
INSERT INTO t VALUES (1, 2, 0.5, 'abc', 'ABC', x'616263', 7, 'x'), (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
 (-3, 0, -1e10, '12', 'a_c', x'', 0.25, '%'), ('q', -5, 2.0, '', 'aBc', x'00ff', '5x', 'Abc');
INSERT INTO u VALUES (1, 1, 'abc', 3), (2, NULL, '12', 0), (7, 'q', NULL, NULL);
]]

---@param seed integer
function Grammar.new(seed)
    return setmetatable({ state = seed, budget = 0 }, Grammar)
end

---A number from 1 to n.
function Grammar:number(n)
    self.state = (self.state * 6364136223846793005 + 1442695040888963407)
    return (self.state >> 33) % n + 1
end

function Grammar:chance(percent)
    return self:number(100) <= percent
end

function Grammar:pick(list)
    return list[self:number(#list)]
end

local LITERALS = {
    "NULL", "0", "1", "2", "-1", "5", "0x1F", "1e1", ".5", "2.", "9223372036854775807", "9223372036854775808",
    "-9223372036854775808", "- 9223372036854775808", "0xffffffffffffffff", "'abc'", "'ABC'", "'1'", "'%b%'", "'it''s'",
    "''", "x'616263'", "X''", "TRUE", "FALSE", "'a*'", '"no such"',
}
local COLUMNS = {
    "a", "i", "r", "s", "n", "b", "key", "t.a", "t.i", "main.t.s", '"two words"', "[key]", "`r`", "T.N", "'t'.i", '"a"',
}
local BINARY = {
    "||", "->", "->>", "*", "/", "%", "+", "-", "&", "|", "<<", ">>", "<", "<=", ">", ">=", "=", "==", "<>", "!=",
    "AND", "OR", "IS", "IS NOT", "IS DISTINCT FROM", "IS NOT DISTINCT FROM", "and", "or", "is not", "LIKE", "NOT LIKE",
    "GLOB", "not glob",
}
local CALLS = {
    "abs", "lower", "coalesce", "length", "typeof", "ifnull", "nullif", "max", "min", "substr", "instr", "replace",
    "iif", "round", "like", "glob", "hex", '"upper"', "trim", "char", "quote",
}
local ARGUMENTS = {
    abs = 1, lower = 1, coalesce = 3, length = 1, typeof = 1, ifnull = 2, nullif = 2, max = 2, min = 3, substr = 2,
    instr = 2, replace = 3, iif = 3, round = 1, like = 2, glob = 2, hex = 1, ['"upper"'] = 1, trim = 1, char = 1,
    quote = 1,
}

function Grammar:list(n)
    local list = {}
    for i = 1, n do
        list[i] = self:expression()
    end
    return table.concat(list, ", ")
end

local SHAPES = {}

function SHAPES.binary(g)
    return g:expression() .. " " .. g:pick(BINARY) .. " " .. g:expression()
end

SHAPES.binary_again, SHAPES.binary_once_more = SHAPES.binary, SHAPES.binary

function SHAPES.parentheses(g)
    return "(" .. g:expression() .. ")"
end

function SHAPES.prefix(g)
    return g:pick({ "-", "+ ", "~", "NOT ", "- ", "not " }) .. " " .. g:expression()
end

function SHAPES.postfix(g)
    return g:expression() .. g:pick({ " ISNULL", " NOTNULL", " NOT NULL", " IS NULL", " IS NOT NULL",
        " COLLATE nocase", " COLLATE BINARY", " collate 'rtrim'" })
end

function SHAPES.between(g)
    return g:expression() .. g:pick({ " BETWEEN ", " NOT BETWEEN " }) .. g:expression() .. " AND " .. g:expression()
end

function SHAPES.escape(g)
    return g:expression() .. g:pick({ " LIKE ", " NOT LIKE " }) .. g:expression() .. " ESCAPE "
        .. g:pick({ "'\\'", "'%'", "'x' COLLATE nocase", "substr('abc', 1, 1)" })
end

function SHAPES.member(g)
    return g:expression() .. g:pick({ " IN ", " NOT IN ", " in " }) .. g:pick({
        "(" .. g:list(g:number(3)) .. ")", "()", "(SELECT " .. g:expression() .. ")", "(SELECT u.k FROM u)",
        "(VALUES (1), ('abc'))", "(" .. g:expression() .. ")",
    })
end

function SHAPES.case(g)
    local text = "CASE " .. (g:chance(40) and g:expression() .. " " or "")
    for _ = 1, g:number(2) do
        text = text .. "WHEN " .. g:expression() .. " THEN " .. g:expression() .. " "
    end
    return text .. (g:chance(60) and "ELSE " .. g:expression() .. " " or "") .. "END"
end

function SHAPES.cast(g)
    return "CAST(" .. g:expression() .. " AS " .. g:pick({ "TEXT", "integer", "real", "blob", "numeric", "VARCHAR(10)",
        "DECIMAL(10, -2)", "unsigned big int", "" }) .. ")"
end

function SHAPES.call(g)
    local name = g:pick(CALLS)
    return name .. g:pick({ "(", " (" }) .. g:list(ARGUMENTS[name]) .. ")"
end

function SHAPES.scalar(g)
    return g:pick({ "(SELECT ", "EXISTS (SELECT ", "NOT EXISTS(SELECT " }) .. g:expression()
        .. g:pick({ "", " FROM u", " FROM u WHERE u.k = " .. g:expression(), " LIMIT 1" }) .. ")"
end

function SHAPES.row(g)
    return "(" .. g:list(2) .. ") " .. g:pick({ "=", "<", "IS", "<>", "IS NOT" }) .. " (" .. g:list(2) .. ")"
end

local SHAPE_NAMES = {
    "binary", "binary_again", "binary_once_more", "parentheses", "prefix", "postfix", "between", "escape", "member",
    "case", "cast", "call", "scalar", "row",
}

---An expression; its size is bounded by the budget that is left.
---@return string
function Grammar:expression()
    self.budget = self.budget - 1
    if self.budget <= 0 or self:chance(15) then
        return self:pick(self:chance(50) and COLUMNS or LITERALS)
    end
    return SHAPES[self:pick(SHAPE_NAMES)](self)
end

---@param budget integer about how many operators it has
---@return string
function Grammar:sized(budget)
    self.budget = budget
    return self:expression()
end

local JOINS = {
    ", ", " JOIN ", " LEFT JOIN ", " left outer join ", " CROSS JOIN ", " INNER JOIN ", " NATURAL JOIN ",
    " RIGHT JOIN ", " FULL OUTER JOIN ", " NATURAL LEFT JOIN ",
}

function Grammar:source()
    local text = self:pick({ "t", "main.t", "t AS t", '"t"', "t 't'" })
    for place = 1, self:number(3) - 1 do
        local join = self:pick(JOINS)
        if join:upper():find("NATURAL") then
            text = text .. join .. "(SELECT 2 AS i, " .. place .. " AS p" .. place .. ")"
        else
            text = text .. join .. self:pick({ "u AS v" .. place, "(SELECT 1 AS y, 2) AS w" .. place,
                "json_each('[1,2]', '$') AS j" .. place, "(u AS x JOIN u AS y)" })
            text = text .. (self:chance(50) and " ON t." .. self:sized(3):gsub("^.*", "a = %0") or "")
        end
    end
    return text
end

function Grammar:window()
    local text = self:chance(50) and "PARTITION BY " .. self:sized(2) .. " " or ""
    text = text .. "ORDER BY " .. self:sized(2) .. self:pick({ "", " DESC", " ASC NULLS LAST", " NULLS FIRST" })
    return "(" .. text .. self:pick({
        "", " ROWS 1 PRECEDING", " ROWS BETWEEN 1 PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE TIES",
        " GROUPS BETWEEN CURRENT ROW AND 1 + 1 FOLLOWING EXCLUDE NO OTHERS", " RANGE UNBOUNDED PRECEDING EXCLUDE GROUP",
        " RANGE CURRENT ROW EXCLUDE CURRENT ROW",
    }) .. ")"
end

function Grammar:column()
    return self:pick({
        "t.*", "*", self:sized(4), self:sized(4) .. " AS x", self:sized(3) .. " y", self:sized(3) .. " 'z w'",
        "count(*) FILTER (WHERE " .. self:sized(2) .. ") OVER " .. self:window(), "sum(DISTINCT i)",
        "row_number() OVER win", "group_concat(s, '-') OVER (win ROWS 2 PRECEDING)", "total(" .. self:sized(3) .. ")",
    })
end

---@return string
function Grammar:core()
    if self:chance(10) then
        return "VALUES (" .. self:list(2) .. "), (" .. self:list(2) .. ")"
    end
    local columns = {}
    for i = 1, self:number(3) do
        columns[i] = self:column()
    end
    local text = "SELECT " .. self:pick({ "", "DISTINCT ", "ALL " }) .. table.concat(columns, ", ")
    text = text .. " FROM " .. self:source()
    text = text .. (self:chance(50) and " WHERE " .. self:sized(5) or "")
    text = text .. (self:chance(20) and " GROUP BY " .. self:sized(2) .. ", 1 HAVING " .. self:sized(3) or "")
    return text .. (text:find("[ (]win[ ,]") and " WINDOW win AS (PARTITION BY " .. self:sized(2) .. ")" or "")
end

---@return string
function Grammar:select()
    self.budget = 6
    local text = self:pick({
        "", "", "", "WITH q AS (SELECT 1 AS i) ", "WITH RECURSIVE q(x) AS NOT MATERIALIZED (SELECT 1 UNION ALL "
        .. "SELECT x + 1 FROM q WHERE x < 3), p AS MATERIALIZED (VALUES (2)) ",
    }) .. self:core()
    for _ = 1, self:number(4) == 1 and self:number(2) or 0 do
        text = text .. self:pick({ " UNION ", " UNION ALL ", " INTERSECT ", " EXCEPT " }) .. self:core()
    end
    if not text:find("VALUES [^)]*$") then
        text = text .. self:pick({ "", "", " ORDER BY 1 DESC", " ORDER BY " .. self:sized(2) .. " NULLS LAST, 1" })
            .. self:pick({ "", "", " LIMIT 2", " LIMIT 1 + 1 OFFSET 1", " LIMIT 1, 2" })
    end
    return text
end

---@return string
function Grammar:write()
    self.budget = 5
    local action = self:pick({ "", "", "OR IGNORE ", "OR REPLACE ", "OR FAIL ", "or rollback " })
    local with = self:pick({ "", "", "WITH q AS (SELECT 1 AS i) " })
    local where = self:chance(70) and " WHERE " .. self:sized(4) or ""
    local returning = self:pick({ "", "", " RETURNING *", " RETURNING i + 1 AS x, a" })
    return with .. self:pick({
        "INSERT " .. action .. "INTO u(k, w) VALUES (1 + 1, CASE WHEN 1 THEN 'x' END), (1, 2)",
        "REPLACE INTO u SELECT i, a, s, 1 FROM t" .. where,
        "INSERT INTO u AS x(w) SELECT i FROM t" .. (where ~= "" and where or " WHERE 1")
            .. " ON CONFLICT (k) DO UPDATE SET (w, z) = (1, excluded.z), left = x.w + 1 WHERE x.k > 1 "
            .. "ON CONFLICT DO NOTHING",
        "INSERT INTO u DEFAULT VALUES RETURNING *, k + 1 AS 'a b'",
        "UPDATE " .. action .. "t SET a = " .. self:sized(3) .. ", (i, r) = (1, 2)" .. where .. returning,
        "UPDATE u AS x SET w = q.y FROM (SELECT 1 AS y) AS q JOIN t" .. where,
        "DELETE FROM t" .. where .. returning,
    })
end

return Grammar
