-- Schema models made by hand, for specs of what is decided from them; and queries that answer without a database.
local model = require "wherry.schema.model"

local models = {}

local TYPES = {
    int8 = { oid = 20, name = "int8", typmod = -1, display = "bigint" },
    text = { oid = 25, name = "text", typmod = -1, display = "text" },
    bool = { oid = 16, name = "bool", typmod = -1, display = "boolean" },
    tsquery = { oid = 3615, name = "tsquery", typmod = -1, display = "tsquery" },
}

-- A column from "name", or from { "name", field = value, ... }.
local function column(given, dialect)
    local fields = type(given) == "table" and given or { given }
    local made = { name = fields[1], declared = "", not_null = false }
    for key, value in pairs(fields) do
        if type(key) == "string" then
            made[key] = value
        end
    end
    if dialect == "pg" then
        made.type = TYPES[made.type or "text"]
    end
    return made
end

local function tables_of(m, list, dialect)
    for _, given in ipairs(list) do
        local columns = {}
        for i, one in ipairs(given.columns or { "id" }) do
            columns[i] = column(one, dialect)
        end
        local fields = {}
        for key, value in pairs(given) do
            fields[key] = value
        end
        fields.columns = columns
        m.tables[#m.tables + 1] = model.new_table(fields)
    end
    return m
end

---A SQLite model: tables are { name =, columns = { "a", { "b", generated = "stored" } }, foreign_keys = .. }.
---@param list table[]
---@param more? table further fields of the model
---@return wherry.Model
function models.source(list, more)
    local m = tables_of(model.new "sqlite", list, "sqlite")
    for _, t in ipairs(m.tables) do
        t.rowid_name = not t.without_rowid and t.rowid_name or "rowid"
    end
    for key, value in pairs(more or {}) do
        m[key] = value
    end
    return m
end

---A PostgreSQL model of the schema public, owned by the current role, with all rights, unless fields say otherwise.
---@param list table[]
---@param more? table
---@return wherry.Model
function models.target(list, more)
    local m = tables_of(model.new "pg", list, "pg")
    for _, t in ipairs(m.tables) do
        for key, value in pairs { schema = "public", kind = "r", owned = true, can_insert = true, can_select = true,
            rls_in_force = false, insert_triggers = {} } do
            if t[key] == nil then
                t[key] = value
            end
        end
    end
    for key, value in pairs(more or {}) do
        m[key] = value
    end
    return m
end

---A foreign key on one column.
---@param name string
---@param child_column string
---@param parent string
---@param more? table
---@return table
function models.key(name, child_column, parent, more)
    local key = { name = name, columns = { child_column }, parent = parent, parent_columns = { "id" },
        definition = ("FOREIGN KEY (%s) REFERENCES %s(id)"):format(child_column, parent), references_ok = true }
    for field, value in pairs(more or {}) do
        key[field] = value
    end
    return key
end

---A query that answers by the first of `answers` whose pattern its text contains, and remembers what it was asked.
---@param answers table<integer, { [1]: string, [2]: table[] }>
---@return fun(sql: string): table[]
---@return string[] asked
function models.query(answers)
    local asked = {}
    return function(sql)
        asked[#asked + 1] = sql
        for _, answer in ipairs(answers) do
            if sql:find(answer[1], 1, true) then
                return answer[2]
            end
        end
        return {}
    end, asked
end

---The rights of a role that may do everything, as preflight asks for them.
models.ALL_RIGHTS = { database = "app", can_create = "t", schema_usage = "t", schema_create = "t" }

---Options for resolving: rows by table of the source and of the target, rights of the role.
---@param given { source_rows?: table<string, table[]>, target_rows?: table<string, table[]>, rights?: table }
---@return wherry.ResolveOptions
function models.options(given)
    local function rows_of(rows, quote)
        return function(sql)
            sql = sql:gsub("FROM ONLY ", "FROM ")
            for name, list in pairs(rows or {}) do
                if sql:find("FROM " .. quote(name), 1, true) then
                    return list
                end
            end
            return {}
        end
    end
    local target_rows = rows_of(given.target_rows, function(name)
        return "public." .. name
    end)
    return {
        source_query = rows_of(given.source_rows, function(name)
            return '"' .. name .. '"'
        end),
        target_query = function(sql)
            if sql:find "current_user AS role" then
                return { { role = "app_user" } }
            elseif sql:find "can_create" then
                return { given.rights or models.ALL_RIGHTS }
            end
            return target_rows(sql)
        end,
        has_codec = function(type)
            return type.oid ~= TYPES.tsquery.oid
        end,
        census = function()
            return {}
        end,
    }
end

---Findings as texts "code table.column", in their order.
---@param findings wherry.Finding[]
---@return string[]
function models.codes(findings)
    local list = {}
    for i, finding in ipairs(findings) do
        list[i] = finding.code .. " " .. (finding.table or "-") .. (finding.column and "." .. finding.column or "")
    end
    return list
end

---Objects and receipts as texts "kind name: outcome, note".
---@param objects wherry.Object[]
---@return string[]
function models.receipts(objects)
    local list = {}
    for i, object in ipairs(objects) do
        list[i] = ("%s %s: %s%s"):format(object.kind, object.name, object.outcome,
            object.note and ", " .. object.note or "")
    end
    return list
end

return models
