-- INSERT, UPDATE, DELETE and the CREATE statements of views, triggers and indexes as SQLite's text.
local expression = require "wherry.expr.sqlite.expression"
local name = require "wherry.expr.sqlite.name"
local select = require "wherry.expr.sqlite.select"

local statement = {}

local function target(node)
    return name.qualified(node.schema, node.table) .. (node.alias and " AS " .. name.quote(node.alias) or "")
end

local function where(condition)
    return condition and " WHERE " .. expression.print(condition) or ""
end

local function returning(node)
    return node.returning and " RETURNING " .. select.columns(node.returning) or ""
end

local function assignments(set)
    local texts = {}
    for i, entry in ipairs(set) do
        local columns = #entry.columns == 1 and name.quote(entry.columns[1]) or name.list(entry.columns)
        texts[i] = columns .. " = " .. expression.print(entry.value)
    end
    return table.concat(texts, ", ")
end

local function upsert(entry)
    local text = " ON CONFLICT"
    if entry.target then
        text = text .. " (" .. expression.terms(entry.target) .. ")" .. where(entry.target_where)
    end
    if not entry.set then
        return text .. " DO NOTHING"
    end
    return text .. " DO UPDATE SET " .. assignments(entry.set) .. where(entry.where)
end

-- Behind a select that ends in a source, ON would be read as the condition of a join.
local function rows(node)
    local text = select.print(node.select)
    local core = node.select.cores[#node.select.cores]
    local open = core.from and not core.where and not core.group_by and not core.having and not core.windows
        and not node.select.order_by and not node.select.limit
    return node.upserts and open and text .. " WHERE TRUE" or text
end

local printers = { select = select.print }

function printers.insert(node)
    local parts = { select.with(node.with), "INSERT ", node.conflict and "OR " .. node.conflict .. " " or "", "INTO ",
        target(node), node.columns and " " .. name.list(node.columns) or "" }
    if node.default_values then
        parts[#parts + 1] = " DEFAULT VALUES"
    else
        parts[#parts + 1] = " " .. rows(node)
    end
    for _, entry in ipairs(node.upserts or {}) do
        parts[#parts + 1] = upsert(entry)
    end
    parts[#parts + 1] = returning(node)
    return table.concat(parts)
end

function printers.update(node)
    local parts = { select.with(node.with), "UPDATE ", node.conflict and "OR " .. node.conflict .. " " or "",
        target(node), " SET ", assignments(node.set) }
    if node.from then
        parts[#parts + 1] = " FROM " .. select.source(node.from)
    end
    return table.concat(parts) .. where(node.where) .. returning(node) .. select.tail(node)
end

function printers.delete(node)
    return select.with(node.with) .. "DELETE FROM " .. target(node) .. where(node.where) .. returning(node)
        .. select.tail(node)
end

function printers.create_view(node)
    return "CREATE VIEW " .. name.quote(node.name) .. (node.columns and " " .. name.list(node.columns) or "") .. " AS "
        .. select.print(node.select)
end

function printers.create_index(node)
    return "CREATE " .. (node.unique and "UNIQUE " or "") .. "INDEX " .. name.quote(node.name) .. " ON "
        .. name.quote(node.table) .. " (" .. expression.terms(node.columns) .. ")" .. where(node.where)
end

function printers.create_trigger(node)
    local event = node.event
    if node.columns then
        event = event .. " OF " .. name.list(node.columns):sub(2, -2)
    end
    local parts = { ("CREATE TRIGGER %s %s %s ON %s"):format(name.quote(node.name), node.time, event,
        name.quote(node.table)) }
    parts[#parts + 1] = node.when and "WHEN " .. expression.print(node.when) or nil
    parts[#parts + 1] = "BEGIN"
    for _, entry in ipairs(node.body) do
        parts[#parts + 1] = statement.print(entry) .. ";"
    end
    parts[#parts + 1] = "END"
    return table.concat(parts, " ")
end

---@param node table a statement, CREATE statements included
---@return string
function statement.print(node)
    return printers[node.t](node)
end

return statement
