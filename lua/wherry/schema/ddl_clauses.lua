-- The clauses of CREATE TABLE: column constraints and table constraints, over a cursor on tokens.
local cursor_of = require "wherry.expr.cursor"

local clauses = {}

---@class wherry.ddl.Cursor : wherry.Cursor
---@field tokens wherry.Token[]
local Cursor = cursor_of.class { word = true, quoted = true, string = true }

---@param sql string
---@param tokens wherry.Token[]
---@return wherry.ddl.Cursor
function clauses.cursor(sql, tokens)
    return setmetatable({ sql = sql, tokens = tokens, at = 1 }, Cursor)
end

-- The text from one token to another.
function Cursor:text(first, last)
    return self.sql:sub(first.first, last.last)
end

-- Passes over balanced parentheses; returns the closing one.
function Cursor:skip_parentheses()
    self:expect("(")
    local depth = 1
    while depth > 0 do
        local token = self:next()
        if not token then
            self:fail(")")
        end
        if token.kind == "operator" and token.text == "(" then
            depth = depth + 1
        elseif token.kind == "operator" and token.text == ")" then
            depth = depth - 1
        end
    end
    return self.tokens[self.at - 1]
end

-- The expression inside parentheses, as it is written.
local function parenthesized(cursor)
    local opening = cursor:peek()
    local closing = cursor:skip_parentheses()
    return (cursor.sql:sub(opening.last + 1, closing.first - 1):gsub("^%s+", ""):gsub("%s+$", ""))
end

local function conflict(cursor)
    if cursor:looking_at("ON", "CONFLICT") then
        cursor:next()
        cursor:next()
        return cursor:next().upper
    end
    return nil
end

local function direction(cursor)
    local desc = cursor:accept("DESC") ~= nil
    cursor:accept("ASC")
    if cursor:accept("NULLS") then
        cursor:next()
    end
    return desc
end

-- A list of key columns in parentheses.
local function key_columns(cursor)
    local columns, desc = {}, {}
    cursor:expect("(")
    local autoincrement = false
    repeat
        columns[#columns + 1] = cursor:name()
        if cursor:accept("COLLATE") then
            cursor:name()
        end
        desc[#columns] = direction(cursor)
    until not cursor:accept(",")
    if cursor:accept("AUTOINCREMENT") then
        autoincrement = true
    end
    cursor:expect(")")
    return columns, desc, autoincrement
end

local function default(cursor)
    if cursor:looking_at("(") then
        return { text = parenthesized(cursor), kind = "expression" }
    end
    local first = cursor:peek()
    local signed = cursor:accept("-") or cursor:accept("+")
    local last = cursor:next() or cursor:fail("a default")
    local text = cursor:text(first, last)
    if not signed and (last.kind == "word" or last.kind == "quoted") then
        return { text = text, kind = "name", value = last.value, quoted = last.kind == "quoted" }
    end
    return { text = text, kind = "literal" }
end

local function deferrable(cursor, key)
    local negated = cursor:looking_at("NOT", "DEFERRABLE")
    if negated then
        cursor:next()
    end
    if not cursor:accept("DEFERRABLE") then
        return
    end
    local deferred = false
    if cursor:accept("INITIALLY") then
        deferred = cursor:accept("DEFERRED") ~= nil
        cursor:accept("IMMEDIATE")
    end
    if key then
        key.deferrable = not negated
        key.initially_deferred = deferred and not negated
    end
end

-- What follows the word REFERENCES.
local function references(cursor, key)
    key.parent = cursor:name()
    key.deferrable, key.initially_deferred = false, false
    if cursor:looking_at("(") then
        key.parent_columns = key_columns(cursor)
    end
    while true do
        if cursor:accept("MATCH") then
            key.match = cursor:name()
        elseif cursor:looking_at("ON") and not cursor:looking_at("ON", "CONFLICT") then
            cursor:next()
            cursor:next()
            if cursor:accept("SET") or cursor:accept("NO") then
                cursor:next()
            elseif not cursor:accept("CASCADE") then
                cursor:expect("RESTRICT")
            end
        else
            break
        end
    end
    if cursor:looking_at("DEFERRABLE") or cursor:looking_at("NOT", "DEFERRABLE") then
        deferrable(cursor, key)
    end
    return key
end

local function generated(cursor, column)
    column.expression = parenthesized(cursor)
    column.generated = "virtual"
    if cursor:accept("STORED") then
        column.generated = "stored"
    else
        cursor:accept("VIRTUAL")
    end
end

-- One constraint of a column; false when there is none.
local function column_constraint(cursor, column, found, name)
    if cursor:accept("DEFAULT") then
        column.default = default(cursor)
    elseif cursor:looking_at("DEFERRABLE") or cursor:looking_at("NOT", "DEFERRABLE") then
        deferrable(cursor, found.foreign_keys[#found.foreign_keys])
    elseif cursor:accept("NOT") then
        cursor:expect("NULL")
        column.not_null = { name = name, conflict = conflict(cursor) }
    elseif cursor:accept("NULL") then
        conflict(cursor)
    elseif cursor:accept("PRIMARY") then
        cursor:expect("KEY")
        local desc = direction(cursor)
        local action = conflict(cursor)
        found.autoincrement = cursor:accept("AUTOINCREMENT") ~= nil
        found.primary_key = { name = name, columns = { column.name }, desc = { desc }, conflict = action }
    elseif cursor:accept("UNIQUE") then
        local key = { name = name, columns = { column.name }, desc = { false }, conflict = conflict(cursor) }
        found.uniques[#found.uniques + 1] = key
    elseif cursor:accept("CHECK") then
        found.checks[#found.checks + 1] = { name = name, sql = parenthesized(cursor), column = column.name }
    elseif cursor:accept("REFERENCES") then
        found.foreign_keys[#found.foreign_keys + 1] = references(cursor, { name = name, columns = { column.name } })
    elseif cursor:accept("COLLATE") then
        column.collation = cursor:name():upper()
    elseif cursor:looking_at("GENERATED", "ALWAYS", "AS") then
        cursor.at = cursor.at + 3
        generated(cursor, column)
    elseif cursor:accept("AS") then
        generated(cursor, column)
    else
        return false
    end
    return true
end

---Reads all constraints of a column.
---@param cursor wherry.ddl.Cursor
---@param column wherry.ddl.Column
---@param found wherry.ddl.Table
function clauses.of_column(cursor, column, found)
    local name
    while true do
        if cursor:accept("CONSTRAINT") then
            name = cursor:name()
        elseif column_constraint(cursor, column, found, name) then
            name = nil
        else
            return
        end
    end
end

---Reads one table constraint, or several that no comma separates.
---@param cursor wherry.ddl.Cursor
---@param found wherry.ddl.Table
function clauses.of_table(cursor, found)
    local name
    while true do
        if cursor:accept("CONSTRAINT") then
            name = cursor:name()
        else
            if cursor:accept("PRIMARY") then
                cursor:expect("KEY")
                local columns, desc, autoincrement = key_columns(cursor)
                found.autoincrement = autoincrement
                found.primary_key = { name = name, columns = columns, desc = desc, conflict = conflict(cursor) }
            elseif cursor:accept("UNIQUE") then
                local columns, desc = key_columns(cursor)
                local key = { name = name, columns = columns, desc = desc, conflict = conflict(cursor) }
                found.uniques[#found.uniques + 1] = key
            elseif cursor:accept("CHECK") then
                found.checks[#found.checks + 1] = { name = name, sql = parenthesized(cursor) }
                conflict(cursor)
            elseif cursor:accept("FOREIGN") then
                cursor:expect("KEY")
                local key = { name = name, columns = key_columns(cursor) }
                cursor:expect("REFERENCES")
                found.foreign_keys[#found.foreign_keys + 1] = references(cursor, key)
            else
                return
            end
            name = nil
        end
    end
end

return clauses
