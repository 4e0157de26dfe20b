-- evidence.lua: what the translation of a schema asks of the source's rows.
local failure = require "wherry.failure"
local names = require "wherry.names"
local read = require "wherry.resolve.read"

local evidence = {}

local function ask(t, where, conditions, query)
    local counts = query(read.false_sql(t, conditions, where))[1]
    local result = {}
    for i in ipairs(conditions) do
        result[i] = counts["c" .. i]
    end
    return result
end

-- A condition that can't be evaluated here (a function that only the application has) is known by that.
local function ask_each(t, where, conditions, query)
    local result = {}
    for i, condition in ipairs(conditions) do
        local fine, counts = pcall(ask, t, where, { condition }, query)
        if fine then
            result[i] = counts[1]
        elseif not failure.is(counts) or counts.kind ~= "source" then
            error(counts, 0)
        end
    end
    return result
end

---How many rows that are carried do not obey conditions: for each a count, or nil where it can't be evaluated.
---@param t wherry.Table the source's own
---@param where string|nil the plan's condition
---@param conditions string[] SQLite's text
---@param query fun(sql: string): table[]
---@return table<integer, integer>
function evidence.count_false(t, where, conditions, query)
    local fine, counts = pcall(ask, t, where, conditions, query)
    if fine then
        return counts
    elseif not failure.is(counts) or counts.kind ~= "source" then
        error(counts, 0)
    end
    return ask_each(t, where, conditions, query)
end

-- The bytes of a value as PostgreSQL gets it, nearly: numbers are shorter than it matters.
local function bytes_sql(term)
    return ("coalesce(length(CAST(%s AS BLOB)), 0)"):format(type(term) == "table" and "(" .. term.sql .. ")"
        or names.quote_sqlite(term))
end

---How many bytes columns and expressions have at most, together in one row.
---@param t wherry.Table the source's own
---@param where string|nil
---@param lists (string|{sql: string})[][] the columns and expressions of each key
---@param query fun(sql: string): table[]
---@return integer[] one a key; 0 where there are no rows, or where an expression can't be evaluated here
function evidence.longest(t, where, lists, query)
    local cells = {}
    for i, terms in ipairs(lists) do
        local parts = {}
        for k, term in ipairs(terms) do
            parts[k] = bytes_sql(term)
        end
        cells[i] = ("coalesce(max(%s), 0) AS c%d"):format(table.concat(parts, " + "), i)
    end
    local fine, rows = pcall(query, ("SELECT %s FROM %s NOT INDEXED%s"):format(table.concat(cells, ", "),
        names.quote_sqlite(t.name), where and " WHERE +(" .. where .. "\n)" or ""))
    if not fine and (not failure.is(rows) or rows.kind ~= "source") then
        error(rows, 0)
    end
    local result = {}
    for i in ipairs(lists) do
        result[i] = fine and rows[1]["c" .. i] or 0
    end
    return result
end

return evidence
