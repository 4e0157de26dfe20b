-- SELECT as SQLite's text: common table expressions, sources, windows.
local expression = require "wherry.expr.sqlite.expression"
local name = require "wherry.expr.sqlite.name"

local select = {}

local function alias(node)
    return node.alias and " AS " .. name.quote(node.alias) or ""
end

local function bound(node)
    if node.kind == "preceding" or node.kind == "following" then
        return expression.print(node.expr) .. " " .. node.kind:upper()
    end
    return node.kind:upper()
end

local function frame(node)
    local text = node.to and "BETWEEN " .. bound(node.from) .. " AND " .. bound(node.to) or bound(node.from)
    return node.unit .. " " .. text .. (node.exclude and " EXCLUDE " .. node.exclude or "")
end

---A window's definition in its parentheses.
---@param window table
---@return string
function expression.window(window)
    local parts = { window.base and name.quote(window.base) }
    if window.partition_by then
        parts[#parts + 1] = "PARTITION BY " .. expression.list(window.partition_by)
    end
    if window.order_by then
        parts[#parts + 1] = "ORDER BY " .. expression.terms(window.order_by)
    end
    if window.frame then
        parts[#parts + 1] = frame(window.frame)
    end
    return "(" .. table.concat(parts, " ") .. ")"
end

local JOINS = { inner = "JOIN", left = "LEFT JOIN", right = "RIGHT JOIN", full = "FULL JOIN", cross = "CROSS JOIN" }

local function join(node)
    local text = select.source(node.left)
    if node.comma then
        text = text .. ", "
    else
        text = text .. (node.natural and " NATURAL " or " ") .. JOINS[node.kind] .. " "
    end
    local right = select.source(node.right)
    if node.right.t == "join" and not node.right.alias then
        right = "(" .. right .. ")"
    end
    text = text .. right
    if node.on then
        text = text .. " ON " .. expression.print(node.on)
    elseif node.using then
        text = text .. " USING " .. name.list(node.using)
    end
    return text
end

---What stands behind FROM.
---@param node table
---@return string
function select.source(node)
    if node.t == "join" then
        local text = join(node)
        return node.alias and "(" .. text .. ")" .. alias(node) or text
    elseif node.t == "subquery" then
        return "(" .. select.print(node.select) .. ")" .. alias(node)
    end
    local text = name.qualified(node.schema, node.name)
    if node.arguments then
        text = text .. "(" .. expression.list(node.arguments) .. ")"
    end
    return text .. alias(node)
end

---The columns of a SELECT or RETURNING.
---@param columns table[]
---@return string
function select.columns(columns)
    local texts = {}
    for i, column in ipairs(columns) do
        if column.star then
            texts[i] = column.table and name.quote(column.table) .. ".*" or "*"
        else
            texts[i] = expression.print(column.expr) .. alias(column)
        end
    end
    return table.concat(texts, ", ")
end

local function values(core)
    local rows = {}
    for i, row in ipairs(core.rows) do
        rows[i] = "(" .. expression.list(row) .. ")"
    end
    return "VALUES " .. table.concat(rows, ", ")
end

local function core_text(core)
    if core.t == "values" then
        return values(core)
    end
    local parts = { "SELECT " .. (core.distinct and "DISTINCT " or "") .. select.columns(core.columns) }
    local function add(keyword, text)
        parts[#parts + 1] = keyword .. " " .. text
    end
    if core.from then
        add("FROM", select.source(core.from))
    end
    if core.where then
        add("WHERE", expression.print(core.where))
    end
    if core.group_by then
        add("GROUP BY", expression.list(core.group_by))
    end
    if core.having then
        add("HAVING", expression.print(core.having))
    end
    if core.windows then
        local windows = {}
        for i, entry in ipairs(core.windows) do
            windows[i] = name.quote(entry.name) .. " AS " .. expression.window(entry.window)
        end
        add("WINDOW", table.concat(windows, ", "))
    end
    return table.concat(parts, " ")
end

---WITH and its tables, with a space behind; empty when there is none.
---@param with table?
---@return string
function select.with(with)
    if not with then
        return ""
    end
    local tables = {}
    for i, entry in ipairs(with.tables) do
        local hint = entry.materialized and "MATERIALIZED " or entry.materialized == false and "NOT MATERIALIZED " or ""
        local columns = entry.columns and " " .. name.list(entry.columns) or ""
        tables[i] = name.quote(entry.name) .. columns .. " AS " .. hint .. "(" .. select.print(entry.select) .. ")"
    end
    return "WITH " .. (with.recursive and "RECURSIVE " or "") .. table.concat(tables, ", ") .. " "
end

---ORDER BY, LIMIT and OFFSET of a node, with a space before; empty when there is none.
---@param node table
---@return string
function select.tail(node)
    return (node.order_by and " ORDER BY " .. expression.terms(node.order_by) or "")
        .. (node.limit and " LIMIT " .. expression.print(node.limit) or "")
        .. (node.offset and " OFFSET " .. expression.print(node.offset) or "")
end

---@param node table
---@return string
function select.print(node)
    local parts = { core_text(node.cores[1]) }
    for i, operator in ipairs(node.operators) do
        parts[#parts + 1] = operator
        parts[#parts + 1] = core_text(node.cores[i + 1])
    end
    return select.with(node.with) .. table.concat(parts, " ") .. select.tail(node)
end

expression.select = select.print

return select
