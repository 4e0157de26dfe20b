-- Prints a SQLite model as the statements that make it.
local lex = require "wherry.expr.lex"
local model = require "wherry.schema.model"
local name = require "wherry.expr.sqlite.name"

local sqlite_ddl = {}

-- A default that needs no parentheses: a literal, a sign before a number, or one of the CURRENT words.
local function is_plain(sql)
    local tokens = lex.tokens(sql) or {}
    local first, second = tokens[1], tokens[2]
    if #tokens == 2 then
        return (first.text == "-" or first.text == "+") and second.kind == "number"
    end
    local upper = first and first.upper
    return #tokens == 1 and (first.kind == "number" or first.kind == "string" or first.kind == "blob"
        or upper == "NULL" or upper == "TRUE" or upper == "FALSE" or (upper or ""):find("^CURRENT_") ~= nil)
end

local function constraint(key)
    return key.name and ("CONSTRAINT %s "):format(name.quote(key.name)) or ""
end

local function columns_of(key)
    local parts = {}
    for i, column in ipairs(key.columns) do
        parts[i] = name.quote(column) .. (key.desc and key.desc[i] and " DESC" or "")
    end
    return "(" .. table.concat(parts, ", ") .. ")"
end

local function column_line(t, column)
    local parts = { name.quote(column.name) }
    if column.declared ~= "" then
        parts[#parts + 1] = column.declared
    end
    local key = t.primary_key
    if key and #key.columns == 1 and key.columns[1] == column.name then
        if t.rowid_alias ~= column.name and column.not_null then
            parts[#parts + 1] = "NOT NULL"
        end
        parts[#parts + 1] = constraint(key) .. "PRIMARY KEY" .. (key.desc and key.desc[1] and " DESC" or "")
            .. (t.autoincrement and " AUTOINCREMENT" or "")
    elseif column.not_null then
        parts[#parts + 1] = "NOT NULL"
    end
    if column.collation and column.collation ~= "BINARY" then
        parts[#parts + 1] = "COLLATE " .. column.collation
    end
    if column.expression then
        parts[#parts + 1] = ("GENERATED ALWAYS AS (%s) %s"):format(column.expression,
            column.generated == "virtual" and "VIRTUAL" or "STORED")
    elseif column.default then
        parts[#parts + 1] = "DEFAULT " .. (is_plain(column.default) and column.default or "(" .. column.default .. ")")
    end
    for _, check in ipairs(column.checks or {}) do
        parts[#parts + 1] = ("CHECK (%s)"):format(check)
    end
    return table.concat(parts, " ")
end

local ACTIONS = { CASCADE = true, RESTRICT = true, ["SET NULL"] = true, ["SET DEFAULT"] = true }

local function foreign_key(key)
    local parts = { ("%sFOREIGN KEY %s REFERENCES %s %s"):format(constraint(key), name.list(key.columns),
        name.quote(key.parent), name.list(key.parent_columns)) }
    if ACTIONS[key.on_delete] then
        parts[#parts + 1] = "ON DELETE " .. key.on_delete
    end
    if ACTIONS[key.on_update] then
        parts[#parts + 1] = "ON UPDATE " .. key.on_update
    end
    if key.deferrable then
        parts[#parts + 1] = "DEFERRABLE" .. (key.initially_deferred and " INITIALLY DEFERRED" or "")
    end
    return table.concat(parts, " ")
end

-- A comment behind its definition, one line.
local function comment(text)
    return text and " -- " .. text:gsub("%s+", " "):gsub("^ ", ""):gsub(" $", "") or ""
end

---The CREATE TABLE statement of a table.
---@param t wherry.Table of a SQLite model; its columns may have `checks`, conditions that stand at them
---@return string
function sqlite_ddl.table(t)
    local lines, comments = {}, {}
    for i, column in ipairs(t.columns) do
        lines[i], comments[i] = column_line(t, column), comment(column.comment)
    end
    local key = t.primary_key
    if key and #key.columns > 1 then
        lines[#lines + 1] = constraint(key) .. "PRIMARY KEY " .. columns_of(key)
    end
    for _, unique in ipairs(t.uniques) do
        lines[#lines + 1] = constraint(unique) .. "UNIQUE " .. columns_of(unique)
    end
    for _, check in ipairs(t.checks) do
        lines[#lines + 1] = ("%sCHECK (%s)"):format(constraint(check), check.sql)
    end
    for _, one in ipairs(t.foreign_keys) do
        lines[#lines + 1] = foreign_key(one)
    end
    for i, line in ipairs(lines) do
        lines[i] = "    " .. line .. (i < #lines and "," or "") .. (comments[i] or "")
    end
    local options = {}
    options[#options + 1] = t.without_rowid and "WITHOUT ROWID" or nil
    options[#options + 1] = t.strict and "STRICT" or nil
    return ("CREATE TABLE %s (%s\n%s\n)%s"):format(name.quote(t.name), comment(t.comment), table.concat(lines, "\n"),
        #options > 0 and " " .. table.concat(options, ", ") or "")
end

---The CREATE INDEX statement of an index; its columns have a name or an `expression`.
---@param t wherry.Table
---@param index wherry.Index
---@return string
function sqlite_ddl.index(t, index)
    local parts = {}
    for i, part in ipairs(index.columns) do
        parts[i] = (part.name and name.quote(part.name) or part.expression)
            .. (part.collation and " COLLATE " .. part.collation or "") .. (part.desc and " DESC" or "")
    end
    return ("CREATE %sINDEX %s ON %s (%s)%s"):format(index.unique and "UNIQUE " or "", name.quote(index.name),
        name.quote(t.name), table.concat(parts, ", "), index.predicate and " WHERE " .. index.predicate or "")
end

---All statements of a model: tables, then indexes.
---@param m wherry.Model of dialect "sqlite"
---@return string[]
function sqlite_ddl.statements(m)
    local statements = {}
    for _, t in ipairs(m.tables) do
        statements[#statements + 1] = sqlite_ddl.table(t)
    end
    for _, t in ipairs(m.tables) do
        for _, index in ipairs(t.indexes) do
            statements[#statements + 1] = sqlite_ddl.index(t, index)
        end
    end
    return statements
end

---Names that SQLite takes for different ones, in place of some that it would take for the same.
---@param taken table<string, boolean> folded names that are taken; what is chosen is added
---@param wanted string
---@param columns boolean? names of columns, which may begin with sqlite_
---@return string name
---@return string? note when it had to be changed
function sqlite_ddl.take_name(taken, wanted, columns)
    local base, note = wanted, nil
    if not columns and model.fold(wanted):find("^sqlite_") then
        base, note = "_" .. wanted, "SQLite keeps names that begin with sqlite_ for itself"
    end
    local chosen, number = base, 0
    while taken[model.fold(chosen)] do
        number = number + 1
        chosen, note = base .. number, "SQLite does not tell apart upper and lower case"
    end
    taken[model.fold(chosen)] = true
    return chosen, note and ("named %s: %s"):format(chosen, note) or nil
end

return sqlite_ddl
