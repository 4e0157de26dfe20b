-- Reads the text of CREATE TABLE for what SQLite's pragmas do not tell: names of constraints, CHECKs, collations,
-- AUTOINCREMENT, generated expressions, DEFERRABLE, ON CONFLICT. SQLite has accepted the text already, so that the
-- grammar is followed only as far as it takes to find the parts.
local clauses = require "wherry.schema.ddl_clauses"
local ddl_comments = require "wherry.schema.ddl_comments"
local lex = require "wherry.expr.lex"

local ddl = {}

---@class wherry.ddl.Column
---@field name string
---@field declared string
---@field default {text: string, kind: "literal"|"name"|"expression"}?
---@field not_null {name: string?, conflict: string?}?
---@field primary_key {name: string?, desc: boolean, conflict: string?, autoincrement: boolean}?
---@field collation string?
---@field generated "stored"|"virtual"|nil
---@field expression string?
---@field comment string?

---@class wherry.ddl.Key
---@field name string?
---@field columns string[]
---@field desc boolean[]
---@field conflict string?

---@class wherry.ddl.Table
---@field name string
---@field columns wherry.ddl.Column[]
---@field primary_key wherry.ddl.Key?
---@field autoincrement boolean
---@field uniques wherry.ddl.Key[] in the order of the text
---@field foreign_keys table[] in the order of the text
---@field checks wherry.Check[]
---@field without_rowid boolean
---@field strict boolean
---@field comment string?

local TABLE_CONSTRAINT = { CONSTRAINT = true, PRIMARY = true, UNIQUE = true, CHECK = true, FOREIGN = true }

-- What ends a type name; every other word and every string belongs to it.
local AFTER_TYPE = {
    CONSTRAINT = true, DEFAULT = true, NULL = true, NOT = true, PRIMARY = true, UNIQUE = true, CHECK = true,
    REFERENCES = true, COLLATE = true, AS = true, DEFERRABLE = true, ON = true,
}

-- CREATE [TEMP|TEMPORARY] [VIRTUAL] TABLE [IF NOT EXISTS] [schema.] name
local function header(cursor, virtual)
    cursor:expect("CREATE")
    if not cursor:accept("TEMP") then
        cursor:accept("TEMPORARY")
    end
    if virtual then
        cursor:expect("VIRTUAL")
    end
    cursor:expect("TABLE")
    if cursor:accept("IF") then
        cursor:expect("NOT")
        cursor:expect("EXISTS")
    end
    local name = cursor:name()
    if cursor:accept(".") then
        name = cursor:name()
    end
    return name
end

-- The declared type as it is written; "GENERATED ALWAYS" behind it is the beginning of a clause.
local function type_name(cursor)
    local first = cursor:peek()
    local last
    while true do
        local token = cursor:peek()
        if not token or not (token.kind == "string" or token.kind == "quoted" or token.kind == "word") then
            break
        end
        if token.kind == "word" and (AFTER_TYPE[token.upper] or cursor:looking_at("GENERATED", "ALWAYS", "AS")) then
            break
        end
        last = cursor:next()
    end
    if last and cursor:looking_at("(") then
        last = cursor:skip_parentheses()
    end
    return last and cursor:text(first, last) or ""
end

local function column(cursor, found)
    local c = { name = cursor:name() }
    c.declared = type_name(cursor)
    found.columns[#found.columns + 1] = c
    clauses.of_column(cursor, c, found)
    return c
end

local function options(cursor, found)
    repeat
        if cursor:accept("WITHOUT") then
            cursor:expect("ROWID")
            found.without_rowid = true
        elseif cursor:accept("STRICT") then
            found.strict = true
        end
    until not cursor:accept(",")
    cursor:accept(";")
    if cursor:peek() then
        cursor:fail("the end")
    end
end

local function parse_table(sql)
    local cursor = clauses.cursor(sql, assert(lex.tokens(sql)))
    local found = {
        name = header(cursor, false), columns = {}, uniques = {}, foreign_keys = {}, checks = {},
        autoincrement = false, without_rowid = false, strict = false,
    }
    local opening, spans = cursor:expect("("), {}
    repeat
        local token = cursor:peek()
        local span = { first = token }
        if token and token.kind == "word" and TABLE_CONSTRAINT[token.upper] then
            clauses.of_table(cursor, found)
        else
            span.column = column(cursor, found)
        end
        span.last = cursor.tokens[cursor.at - 1]
        spans[#spans + 1] = span
    until not cursor:accept(",")
    local closing = cursor:expect(")")
    options(cursor, found)
    ddl_comments.attach(sql, found, spans, opening, closing)
    return found
end

---Reads a CREATE TABLE statement.
---@param sql string
---@return wherry.ddl.Table? found nil when the text was not understood
---@return string? message
function ddl.table(sql)
    local ok, found = pcall(parse_table, sql)
    if ok then
        return found
    end
    return nil, type(found) == "table" and found.message or tostring(found)
end

local function parse_virtual(sql)
    local cursor = clauses.cursor(sql, assert(lex.tokens(sql)))
    local found = { name = header(cursor, true), arguments = {} }
    cursor:expect("USING")
    found.module = cursor:name():lower()
    if not cursor:accept("(") then
        return found
    end
    while not cursor:looking_at(")") do
        local first, last = cursor:peek(), nil
        while cursor:peek() and not cursor:looking_at(",") and not cursor:looking_at(")") do
            if cursor:looking_at("(") then
                last = cursor:skip_parentheses()
            else
                last = cursor:next()
            end
        end
        found.arguments[#found.arguments + 1] = last and cursor:text(first, last) or ""
        if not cursor:accept(",") then
            break
        end
    end
    cursor:expect(")")
    return found
end

---Reads a CREATE VIRTUAL TABLE statement: its module in lower case and its arguments as they are written.
---@param sql string
---@return {name: string, module: string, arguments: string[]}?
---@return string? message
function ddl.virtual(sql)
    local ok, found = pcall(parse_virtual, sql)
    if ok then
        return found
    end
    return nil, type(found) == "table" and found.message or tostring(found)
end

return ddl
