-- LIKE and GLOB. LIKE folds the case of ASCII letters alone, as ILIKE does under COLLATE "C".
local compare = require "wherry.expr.pg.compare"
local constant = require "wherry.expr.pg.constant"
local convert = require "wherry.expr.pg.convert"
local glob = require "wherry.expr.pg.glob"
local logic = require "wherry.expr.pg.logic"

local like = {}

local function infix(p, subject, op, pattern, nullable)
    local level = p.LEVEL.LIKE
    return p:term { sql = ("%s %s %s"):format(p:wrap(subject, level + 1), op, pattern), kind = "boolean",
        level = level, nullable = nullable }
end

-- The character after ESCAPE, nil where there is none.
local function escape_of(p, node)
    if not node.escape then
        return nil
    end
    local term = convert.as(p, p:print(node.escape), "text")
    if term.kind == "null" then
        return "", true
    elseif not term.constant or utf8.len(term.constant) ~= 1 then
        p:refuse("ESCAPE with an expression that is no single character")
    elseif term.constant == "%" or term.constant == "_" then
        p:refuse("a wildcard as the character of ESCAPE")
    end
    return term.constant, false
end

-- True where a pattern ends with an escape character that escapes nothing: SQLite matches nothing then.
local function open_escape(pattern, escape)
    local escaped = false
    for _, code in utf8.codes(pattern) do
        escaped = not escaped and utf8.char(code) == escape
    end
    return escaped
end

local function like_sql(p, node, subject, pattern)
    local escape, null = escape_of(p, node)
    if null then
        return constant.term(p, "null")
    end
    local nullable = subject.nullable or pattern.nullable
    if escape and pattern.constant == nil then
        p:note("a pattern that ends with its escape character is an error in PostgreSQL")
    elseif escape and open_escape(pattern.constant, escape) then
        return compare.unless_null(p, false, subject)
    end
    local letters = pattern.constant == nil or pattern.constant:find("%a")
    local op = (node.negated and "NOT " or "") .. (letters and "ILIKE" or "LIKE")
    local suffix = ""
    if escape and escape ~= "\\" then
        suffix = " ESCAPE " .. p:literal_text(escape)
    elseif not escape and (pattern.constant == nil or pattern.constant:find("\\", 1, true)) then
        suffix = " ESCAPE ''"
    end
    if letters and not subject.collated and not pattern.collated then
        subject = convert.under_c(p, subject)
    end
    return infix(p, subject, op, p:wrap(pattern, p.LEVEL.LIKE + 1) .. suffix, nullable), true
end

local function glob_sql(p, node, subject, pattern)
    local negated = node.negated
    if pattern.constant == nil then
        return p:term { sql = p:call("sqlite_glob", pattern.sql, subject.sql), kind = "boolean", atomic = true,
            nullable = subject.nullable or pattern.nullable }
    end
    local form, text = glob.translate(pattern.constant)
    if form == "never" then
        return compare.unless_null(p, negated, subject), true
    elseif form == "equal" then
        local level = p.LEVEL.COMPARISON
        return p:term { sql = ("%s %s %s"):format(p:wrap(subject, level + 1), negated and "<>" or "=",
            p:literal_text(text)), kind = "boolean", level = level, nullable = subject.nullable }, true
    elseif form == "like" then
        return infix(p, subject, negated and "NOT LIKE" or "LIKE", p:literal_text(text), subject.nullable), true
    end
    local level = p.LEVEL.OTHER
    return p:term { sql = ("%s %s %s"):format(p:wrap(convert.under_c(p, subject), level + 1), negated and "!~" or "~",
        p:literal_text(text)), kind = "boolean", level = level, nullable = subject.nullable }, true
end

function like.like(p, node)
    if node.op ~= "LIKE" and node.op ~= "GLOB" then
        p:refuse(("%s is a function that the application brings"):format(node.op))
    end
    local subject, pattern = p:print(node.left), p:print(node.right)
    if subject.kind == "blob" or pattern.kind == "blob" then
        p:refuse(("%s of a blob depends on how SQLite was built"):format(node.op))
    elseif subject.kind == "null" or pattern.kind == "null" then
        return constant.term(p, "null")
    end
    subject, pattern = convert.as(p, subject, "text"), convert.as(p, pattern, "text")
    local term, finished = (node.op == "LIKE" and like_sql or glob_sql)(p, node, subject, pattern)
    return node.negated and not finished and logic.negate(p, term) or term
end

return like
