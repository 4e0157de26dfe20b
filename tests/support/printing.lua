-- A table as the translation knows it, and expressions over it as the printer writes them for PostgreSQL.
local parse = require "wherry.expr.parse"
local pg = require "wherry.expr.pg"
local scope = require "wherry.expr.pg.scope"
local types = require "wherry.schema.types"

local printing = {}

local COLUMNS = {
    { "id", "bigint", "integer", "INTEGER", not_null = true },
    { "a", "bigint", "integer", "INTEGER" }, { "b", "bigint", "integer", "INTEGER" },
    { "r", "double", "real", "REAL" }, { "n", "numeric", "numeric", "NUMERIC" },
    { "s", "text", "text", "TEXT" }, { "u", "text", "text", "TEXT", not_null = true },
    { "c", "text", "text", "TEXT", collation = "NOCASE" }, { "d", "text", "text", "TEXT", collation = "RTRIM" },
    { "x", "bytea", "blob", "BLOB" }, { "f", "boolean", "numeric", "BOOLEAN" },
    { "day", "text", "numeric", "DATE" },
    { "m", "text", "integer", "INTEGER", kind = "mixed" }, { "Order", "bigint", "integer", "INTEGER" },
}

---The table t with a column of each kind.
---@return wherry.Translated
function printing.entry()
    local entry = { source = { name = "t", rowid_alias = "id", columns = {} }, column = {},
        target = { schema = "public", name = "t" } }
    for i, one in ipairs(COLUMNS) do
        local name, type, affinity, declared = table.unpack(one)
        entry.source.columns[i] = { name = name, declared = declared, affinity = affinity, collation = one.collation,
            not_null = one.not_null or false }
        entry.column[name] = { source = name, name = name, type = types[type], affinity = affinity, kind = one.kind,
            not_null = one.not_null or false, identity = name == "id" }
    end
    return entry
end

---What pg.value (or another form) makes of SQLite's text.
---@param text string
---@param options { form?: string, use?: string, scope?: wherry.Scope, column?: wherry.CreatedColumn }?
---@return wherry.Printed?
---@return string? reason
function printing.print(text, options)
    options = options or {}
    local node = assert(parse.expression(text))
    return pg[options.form or "value"](node, { scope = options.scope or scope.of_table(printing.entry()),
        use = options.use or "check", schema = "public" }, options.column)
end

---The SQL of expressions and the outcome, as "sql" or "changed: sql" or "refused: reason".
---@param text string
---@param options table?
---@return string
function printing.text(text, options)
    local printed, reason = printing.print(text, options)
    if not printed then
        return "refused: " .. reason
    end
    return (printed.outcome == "exact" and "" or printed.outcome .. ": ") .. printed.sql
end

---Compares a list of { SQLite's text, PostgreSQL's }.
---@param cases string[][]
---@param options table?
---@return table wrong
function printing.wrong(cases, options)
    local wrong = {}
    for _, case in ipairs(cases) do
        local text = printing.text(case[1], options)
        if text ~= case[2] then
            wrong[#wrong + 1] = ("%s => %s, not %s"):format(case[1], text, case[2])
        end
    end
    return wrong
end

return printing
