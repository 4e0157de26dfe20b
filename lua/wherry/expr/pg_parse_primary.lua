-- The innermost parts of PostgreSQL's expressions: literals, names, calls, CASE, ARRAY, ROW, and what follows them
-- directly (casts, subscripts, fields).
local type_name = require "wherry.expr.pg_type_name"

local primary = {}

local CURRENT = {
    CURRENT_TIMESTAMP = "TIMESTAMP", CURRENT_DATE = "DATE", CURRENT_TIME = "TIME", LOCALTIMESTAMP = "LOCALTIMESTAMP",
    LOCALTIME = "LOCALTIME",
}

local SESSION = { CURRENT_USER = true, CURRENT_ROLE = true, SESSION_USER = true, USER = true, CURRENT_CATALOG = true,
    CURRENT_SCHEMA = true }

local function number(token)
    local value = token.text:find("^%d+$") and math.tointeger(tonumber(token.text))
    if value then
        return { t = "integer", value = value, text = token.text }
    end
    return { t = "real", value = tonumber(token.text) + 0.0, text = token.text }
end

local function case(cursor)
    local node = { t = "case", branches = {} }
    if not cursor:looking_at("WHEN") then
        node.operand = cursor:expression(1)
    end
    while cursor:accept("WHEN") do
        local when = cursor:expression(1)
        cursor:expect("THEN")
        node.branches[#node.branches + 1] = { when = when, result = cursor:expression(1) }
    end
    if cursor:accept("ELSE") then
        node.otherwise = cursor:expression(1)
    end
    cursor:expect("END")
    if #node.branches == 0 then
        cursor:fail("WHEN")
    end
    return node
end

local function elements(cursor)
    local values = {}
    if not cursor:looking_at("]") then
        repeat
            if cursor:accept("[") then
                values[#values + 1] = elements(cursor)
            else
                values[#values + 1] = cursor:expression(1)
            end
        until not cursor:accept(",")
    end
    cursor:expect("]")
    return { t = "array", values = values }
end

local function call(name, arguments)
    return { t = "function", name = name, schema = "pg_catalog", arguments = arguments, star = false, distinct = false }
end

-- Calls in the standard's own notation, as PostgreSQL 14 and later print them; a plain call of such a function has its
-- name in quotes there. Each gives nil where a comma or the end shows a plain call, whose first argument it has read.
local standard = {}

function standard.EXTRACT(cursor)
    if (cursor.tokens[cursor.at + 1] or {}).upper ~= "FROM" then
        return nil
    end
    local token = cursor:next()
    cursor:next()
    return call("extract", { { t = "string", value = token.value }, cursor:expression(1) })
end

-- IN would be taken for the operator, so the substring is read up to what binds tighter.
function standard.POSITION(cursor)
    local wanted = cursor:expression(7)
    if not cursor:accept("IN") then
        return nil, wanted
    end
    return call("strpos", { cursor:expression(1), wanted })
end

function standard.SUBSTRING(cursor)
    local arguments = { cursor:expression(1) }
    if not cursor:looking_at("FROM") and not cursor:looking_at("FOR") then
        return nil, arguments[1]
    end
    if cursor:accept("FROM") then
        arguments[2] = cursor:expression(1)
    end
    if cursor:accept("FOR") then
        arguments[2] = arguments[2] or { t = "integer", value = 1, text = "1" }
        arguments[3] = cursor:expression(1)
    end
    return call("substring", arguments)
end

function standard.OVERLAY(cursor)
    local arguments = { cursor:expression(1) }
    if not cursor:accept("PLACING") then
        return nil, arguments[1]
    end
    arguments[2] = cursor:expression(1)
    cursor:expect("FROM")
    arguments[3] = cursor:expression(1)
    if cursor:accept("FOR") then
        arguments[4] = cursor:expression(1)
    end
    return call("overlay", arguments)
end

function standard.TRIM(cursor)
    local side = cursor:accept("LEADING") or cursor:accept("TRAILING") or cursor:accept("BOTH")
    local name = not side and "btrim" or ({ LEADING = "ltrim", TRAILING = "rtrim", BOTH = "btrim" })[side.upper]
    local characters = not cursor:looking_at("FROM") and cursor:expression(1) or nil
    cursor:expect("FROM")
    return call(name, { cursor:expression(1), characters })
end

-- A call with its arguments between commas; `first`: an argument that has been read already.
local function plain_call(cursor, name, schema, first)
    local node = { t = "function", name = name, schema = schema, arguments = { first }, star = false, distinct = false }
    if first and not cursor:accept(",") then
        cursor:expect(")")
        return node
    elseif cursor:accept("*") then
        node.star = true
    elseif not cursor:looking_at(")") then
        node.distinct = cursor:accept("DISTINCT") ~= nil
        repeat
            node.variadic = cursor:accept("VARIADIC") ~= nil or nil
            if cursor:looking_at("=>") or (cursor.tokens[cursor.at + 1] or {}).text == "=>" then
                cursor:fail("an argument without a name")
            end
            node.arguments[#node.arguments + 1] = cursor:expression(1)
        until not cursor:accept(",")
    end
    cursor:expect(")")
    return node
end

-- A name: of a column, with its table or not, or of a function that is called.
local function named(cursor)
    local first = cursor:next()
    local parts = { first.value }
    local last = first
    while cursor:looking_at(".") do
        cursor:next()
        last = cursor:peek()
        parts[#parts + 1] = cursor:name()
    end
    if cursor:accept("(") then
        local name, schema = parts[#parts], parts[#parts - 1]
        local read, argument = nil, nil
        if #parts == 1 and first.kind == "word" and standard[first.upper] then
            read, argument = standard[first.upper](cursor)
        end
        if read then
            cursor:expect(")")
        end
        return read or plain_call(cursor, name, schema, argument)
    end
    if #parts == 1 and first.upper == "VALUE" then
        return { t = "value" }
    end
    return { t = "column", name = parts[#parts], table = parts[#parts - 1], schema = parts[#parts - 2],
        quoted = last.kind == "quoted" and '"' or nil }
end

local function keyword(cursor, token)
    if token.upper == "NULL" then
        cursor:next()
        return { t = "null" }
    elseif token.upper == "TRUE" or token.upper == "FALSE" then
        cursor:next()
        return { t = "boolean", value = token.upper == "TRUE" }
    elseif CURRENT[token.upper] then
        cursor:next()
        local node = { t = "current", which = CURRENT[token.upper] }
        if cursor:accept("(") then
            local precision = cursor:next()
            node.precision = precision and math.tointeger(tonumber(precision.text))
            cursor:expect(")")
        end
        return node
    elseif SESSION[token.upper] and not cursor:looking_at(token.upper, "(") then
        cursor:next()
        return { t = "session", which = token.upper }
    elseif token.upper == "CASE" then
        cursor:next()
        return case(cursor)
    elseif cursor:looking_at("ARRAY", "[") then
        cursor:next()
        cursor:next()
        return elements(cursor)
    elseif cursor:looking_at("ROW", "(") then
        cursor:next()
        cursor:next()
        local values = cursor:looking_at(")") and {} or cursor:list()
        cursor:expect(")")
        return { t = "row", values = values }
    elseif token.upper == "SELECT" then
        cursor:fail("an expression without a query")
    end
    return named(cursor)
end

local function innermost(cursor)
    local token = cursor:peek()
    if not token then
        cursor:fail("an expression")
    elseif token.kind == "number" then
        return number(cursor:next())
    elseif token.kind == "string" then
        cursor:next()
        return { t = "string", value = token.value, backslash = token.prefix == "" and
            token.value:find("\\", 1, true) ~= nil or nil }
    elseif token.kind == "bits" then
        cursor:next()
        return { t = "bits", value = token.value, hex = token.prefix == "X" }
    elseif token.kind == "word" then
        return keyword(cursor, token)
    elseif token.kind == "quoted" then
        return named(cursor)
    end
    cursor:expect("(")
    local list = cursor:list()
    cursor:expect(")")
    return #list == 1 and list[1] or { t = "row", values = list }
end

local function subscript(cursor, operand)
    local node = { t = "subscript", operand = operand }
    if not cursor:looking_at(":") then
        node.index = cursor:expression(1)
    end
    if cursor:accept(":") then
        node.slice = true
        node.upper = not cursor:looking_at("]") and cursor:expression(1) or nil
    end
    cursor:expect("]")
    return node
end

---Reads an innermost part with the casts, subscripts and fields that follow it.
---@param cursor wherry.PgCursor
---@return table node
function primary.read(cursor)
    local node = innermost(cursor)
    while true do
        if cursor:accept("::") then
            node = { t = "pg_cast", operand = node, type = type_name.read(cursor) }
        elseif cursor:accept("[") then
            node = subscript(cursor, node)
        elseif cursor:looking_at(".") then
            cursor:next()
            node = { t = "field", operand = node, name = cursor:name() }
        else
            return node
        end
    end
end

return primary
