-- tables.lua: which table a check means, and check.counts: the numbers of rows on both sides.
local emits = require "wherry.resolve.emits"
local failure = require "wherry.failure"
local match = require "wherry.match"
local names = require "wherry.names"
local progress = require "wherry.progress"

local tables = {}

local grouped = progress.grouped

---@class wherry.CheckedTable
---@field sql string the target table, quoted
---@field entry wherry.LoadTable|nil of the plan
---@field name string as the check was given it

local function text_of(given, what)
    if type(given) ~= "string" or given == "" then
        failure.raise("usage", ("the name of a %s is expected"):format(what))
    end
    return given
end

-- A table of the target that the plan does not fill.
local function in_target(context, name)
    local schema, bare = name:match "^([^.]+)%.(.+)$"
    local found = context.target:value([[SELECT c.oid FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p', 'f', 'v', 'm')]],
        schema or context.resolved.target_schema, bare or name)
    return found and { sql = names.qualified(schema or context.resolved.target_schema, bare or name), name = name }
end

---The table that is meant: of the plan by its name in the source, else by that in the target, else one of the target.
---@param context wherry.VerifyContext
---@param given string
---@return wherry.CheckedTable
function tables.find(context, given)
    local name, known = text_of(given, "table"), {}
    for _, by in ipairs {
        function(tbl) return tbl.source end, function(tbl) return tbl.target.name end,
        function(tbl) return tbl.target.schema .. "." .. tbl.target.name end,
    } do
        for _, tbl in ipairs(emits.all(context.resolved)) do
            known[#known + 1] = by(tbl)
            if by(tbl) == name then
                return { sql = tbl.target_sql, entry = tbl, name = name }
            end
        end
    end
    local found = in_target(context, name)
    if not found then
        failure.raise("usage", ("neither the plan nor the target has a table %q"):format(name),
            match.suggestion(name, known))
    end
    return found
end

local COLUMNS = [[SELECT a.attname::text AS name, t.typname::text AS type
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    WHERE a.attrelid = $1::text::regclass AND a.attnum > 0 ORDER BY a.attnum]]

---The columns of a target table that have one of these types.
---@param context wherry.VerifyContext
---@param sql string the table
---@param types table<string, any> by name
---@return string[] names
function tables.of_types(context, sql, types)
    local list = {}
    for row in context.target:rows(COLUMNS, sql) do
        list[#list + 1] = types[row.type] and row.name or nil
    end
    return list
end

---A column of a target table, and the name of its type; raises where the table has none of that name.
---@param context wherry.VerifyContext
---@param tbl wherry.CheckedTable
---@param given string
---@return string quoted
---@return string type_name
function tables.column(context, tbl, given)
    local name, known = text_of(given, "column"), {}
    for row in context.target:rows(COLUMNS, tbl.sql) do
        known[#known + 1] = row.name
        if row.name == name then
            return names.quote_pg(name), row.type
        end
    end
    failure.raise("usage", ("%s has no column %q"):format(tbl.sql, name),
        match.suggestion(name, known) or "its columns: " .. table.concat(known, ", "))
end

-- --- counts ---

local ZERO = { filtered = 0, rejected = 0, merged = 0, updated = 0, skipped = 0 }

-- What the source says of a table now, and what the journal has of its rows.
local function expected_of(context, tbl)
    local counts = context.counts[tbl.read.table] or ZERO
    local source = context:source_of(tbl)
    local total = source:value(tbl.count_sql)
    local excluded = tbl.excluded_sql and source:value(tbl.excluded_sql) or 0
    local passed = total - excluded - counts.filtered - counts.rejected - (counts.merged or 0)
    local parts = { ("%s rows in the source"):format(grouped(total)) }
    local function part(number, text)
        parts[#parts + 1] = number ~= 0 and text:format(grouped(number)) or nil
    end
    part(excluded, "%s excluded")
    part(counts.filtered, "%s filtered")
    part(counts.rejected, "%s rejected")
    part(counts.merged or 0, "%s merged")
    part(counts.updated, "%s updated others")
    part(counts.skipped, "%s skipped")
    return passed - counts.updated - counts.skipped, table.concat(parts, ", ")
end

-- How many rows functions of the script have emitted into a table, of those that the server kept.
local function emitted_into(context, target_sql)
    local rows = 0
    for _, counts in pairs(context.counts) do
        local one = counts.emitted_into and counts.emitted_into[target_sql]
        rows = rows + (one and one.emitted - one.skipped or 0)
    end
    return rows
end

-- How many rows before_load and after_load made more or less of a table that gets emitted rows alone.
local function hooked_into(context, target_sql)
    for _, counts in pairs(context.counts) do
        if counts.hooked_into then
            return counts.hooked_into[target_sql] or 0
        end
    end
    return 0
end

-- The plan's tables by the table that they fill, in the plan's order.
local function by_target(list)
    local groups, known = {}, {}
    for _, tbl in ipairs(list) do
        local group = known[tbl.target_sql]
        if not group then
            group = { sql = tbl.target_sql, rows_sql = tbl.rows_sql or tbl.target_sql, tables = {} }
            groups[#groups + 1], known[tbl.target_sql] = group, group
        end
        group.tables[#group.tables + 1] = tbl
    end
    return groups
end

-- What is wrong with the number of rows of a target table, or nil; and the number.
local function count_group(context, group)
    local expected, texts = 0, {}
    for _, tbl in ipairs(group.tables) do
        if tbl.count_sql then -- else it gets emitted rows alone
            local inserted, text = expected_of(context, tbl)
            expected, texts[#texts + 1] = expected + inserted, tbl.source .. ": " .. text
        end
    end
    local first = group.tables[1]
    local before = math.tointeger(tonumber(first.before or "0"))
    local counts = first.count_sql and context.counts[first.read.table] or ZERO
    local hooked = counts.hooked or hooked_into(context, group.sql) -- of the target, which each of the tables has
    local emitted = emitted_into(context, group.sql)
    expected = expected + before + hooked + emitted
    texts[#texts + 1] = emitted ~= 0 and ("%s emitted by row"):format(grouped(emitted)) or nil
    texts[#texts + 1] = hooked ~= 0 and ("%s by before_load and after_load"):format(grouped(hooked)) or nil
    local there = context.target:value("SELECT count(*) FROM " .. group.rows_sql)
    if there == expected then
        return nil, there
    end
    return ("%s holds %s rows, and %s are expected (%s%s)"):format(group.sql, grouped(there), grouped(expected),
        before > 0 and ("%s rows before the run; "):format(grouped(before)) or "",
        texts[1] and table.concat(texts, "; ") or "nothing was emitted"), there
end

---check.counts: the rows of the source, without those that the plan leaves out, against those of the target.
---@param context wherry.VerifyContext
---@param given string|nil nil: all tables of the plan
---@return wherry.CheckOutcome
function tables.counts(context, given)
    local list = emits.all(context.resolved)
    if given ~= nil then
        local found = tables.find(context, given)
        if not found.entry then
            failure.raise("usage", ("the plan does not load %s"):format(found.sql), "count it by check.equal")
        end
        local all = list
        list = {}
        for _, tbl in ipairs(all) do
            list[#list + 1] = tbl.target_sql == found.sql and tbl or nil
        end
    end
    local groups, differences, rows = by_target(list), {}, 0
    for _, group in ipairs(groups) do
        local difference, there = count_group(context, group)
        differences[#differences + 1], rows = difference, rows + there
    end
    local said = ("%d table%s, %s rows"):format(#groups, #groups == 1 and "" or "s", grouped(rows))
    if differences[2] then
        return { name = "counts", passed = false, differences = differences,
            detail = ("%d of %d tables differ"):format(#differences, #groups) }
    end
    return { name = given and "counts of " .. given or "counts", passed = not differences[1],
        detail = differences[1] or said }
end

return tables
