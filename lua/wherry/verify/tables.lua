-- tables.lua: which table a check means, and the checks of a table's rows: counts, not_null, json.
local failure = require "wherry.failure"
local foreign_rows = require "wherry.engine.foreign_rows"
local json = require "wherry.core".json
local match = require "wherry.match"
local names = require "wherry.names"
local progress = require "wherry.progress"
local value = require "wherry.verify.value"

local tables = {}

local SHOWN = 5 -- rows that are named

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
        for _, tbl in ipairs(context.resolved.tables) do
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

-- The columns of a target table; raises where one is not among them.
local function check_column(context, tbl, given)
    local name, known = text_of(given, "column"), {}
    for row in context.target:rows([[SELECT attname::text AS name FROM pg_catalog.pg_attribute
        WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum]], tbl.sql) do
        known[#known + 1] = row.name
        if row.name == name then
            return names.quote_pg(name)
        end
    end
    failure.raise("usage", ("%s has no column %q"):format(tbl.sql, name),
        match.suggestion(name, known) or "its columns: " .. table.concat(known, ", "))
end

-- --- counts ---

local ZERO = { filtered = 0, rejected = 0, merged = 0, emitted = 0, updated = 0, skipped = 0 }

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
    part(counts.emitted, "%s emitted by other tables")
    return passed + counts.emitted - counts.updated - counts.skipped, table.concat(parts, ", ")
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
    for i, tbl in ipairs(group.tables) do
        local inserted, text = expected_of(context, tbl)
        expected, texts[i] = expected + inserted, tbl.source .. ": " .. text
    end
    local first = group.tables[1]
    local before, counts = math.tointeger(tonumber(first.before or "0")), context.counts[first.read.table] or ZERO
    local hooked = counts.hooked or 0 -- of the target, which each of the tables has
    expected = expected + before + hooked
    texts[#texts + 1] = hooked ~= 0 and ("%s by before_load and after_load"):format(grouped(hooked)) or nil
    local there = context.target:value("SELECT count(*) FROM " .. group.rows_sql)
    if there == expected then
        return nil, there
    end
    return ("%s holds %s rows, and %s are expected (%s%s)"):format(group.sql, grouped(there), grouped(expected),
        before > 0 and ("%s rows before the run; "):format(grouped(before)) or "", table.concat(texts, "; ")), there
end

---check.counts: the rows of the source, without those that the plan leaves out, against those of the target.
---@param context wherry.VerifyContext
---@param given string|nil nil: all tables of the plan
---@return wherry.Outcome
function tables.counts(context, given)
    local list = context.resolved.tables
    if given ~= nil then
        local found = tables.find(context, given)
        if not found.entry then
            failure.raise("usage", ("the plan does not load %s"):format(found.sql), "count it by check.equal")
        end
        list = {}
        for _, tbl in ipairs(context.resolved.tables) do
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

-- --- values of a column ---

-- The first rows that a condition takes, as messages name them.
local function examples(context, tbl, condition)
    local shown, order = "r.ctid::text", "1"
    if tbl.entry then
        shown, order = foreign_rows.shown_sql(tbl.entry)
    end
    local list = {}
    for row in context.target:rows(("SELECT %s AS name FROM %s AS r WHERE %s ORDER BY %s LIMIT %d"):format(shown,
        tbl.sql, condition, order, SHOWN)) do
        list[#list + 1] = row.name
    end
    return table.concat(list, "; ")
end

---check.not_null: no row of the target has a NULL there.
---@param context wherry.VerifyContext
---@param given string
---@param column string the target's
---@return wherry.Outcome
function tables.not_null(context, given, column)
    local tbl = tables.find(context, given)
    local quoted = check_column(context, tbl, column)
    local name = ("not null: %s.%s"):format(given, column)
    local condition = quoted .. " IS NULL"
    local count = context.target:value(("SELECT count(*) FROM %s WHERE %s"):format(tbl.sql, condition))
    if count == 0 then
        return { name = name, passed = true, detail = "no NULL" }
    end
    return { name = name, passed = false, detail = ("%s row%s of %s with NULL in %s (%s)"):format(grouped(count),
        count == 1 and "" or "s", tbl.sql, column, examples(context, tbl, condition)) }
end

-- Documents that a careless conversion makes, by the SQL that finds them in a column of jsonb: a null that is a value,
-- and a document that is written into a string.
local FAULTS = {
    { sql = "jsonb_typeof(%s::jsonb) = 'null'", source = "null",
        text = "%s row%s with a JSON null in %s, where the source has %s (%s)" },
    { sql = "jsonb_typeof(%s::jsonb) = 'string' AND (%s::jsonb #>> '{}') ~ '^\\s*[\\[{\"].*[\\]}\"]\\s*$'",
        source = "string", text = "%s row%s with JSON that is encoded twice in %s, where the source has %s (%s)" },
}

-- How many documents of the source are a null, or a string that is itself a document: those may arrive as they are.
local function source_faults(context, tbl, column)
    local counts = { null = 0, string = 0 }
    for _, pair in ipairs(tbl.entry and tbl.entry.columns or {}) do
        if pair.target == column and not pair.sql and not pair.fold then
            for row in context:source_of(tbl.entry):rows(([[SELECT %s AS cell FROM %s
                WHERE typeof(%s) = 'text' AND ltrim(%s, char(9, 10, 13, 32)) GLOB '["n]*']]):format(
                names.quote_sqlite(pair.source), names.quote_sqlite(tbl.entry.own or tbl.entry.source),
                names.quote_sqlite(pair.source), names.quote_sqlite(pair.source))) do
                local ok, document = pcall(json.decode, row.cell)
                local kind = ok and (document == json.null and "null" or type(document) == "string"
                    and document:find '^%s*[%[{"].*[%]}"]%s*$' and "string") or nil
                if kind then
                    counts[kind] = counts[kind] + 1
                end
            end
        end
    end
    return counts
end

-- The first text of a column that is no JSON.
local function bad_text(context, tbl, quoted)
    local at, bad = 0, nil
    local count = 0
    for row in context.target:rows(("SELECT %s::text AS cell FROM %s WHERE %s IS NOT NULL"):format(quoted, tbl.sql,
        quoted)) do
        at = at + 1
        local ok, why = pcall(json.decode, row.cell)
        if not ok then
            count, bad = count + 1, bad or ("%s: %s"):format(value.shown(row.cell),
                (tostring(why):gsub("^w%.json%.decode: the text is not JSON: ", "")))
        end
    end
    return at, count, bad
end

---check.json: each value of a column is JSON, no NULL has become JSON's null, and nothing is encoded twice.
---@param context wherry.VerifyContext
---@param given string
---@param column string the target's
---@return wherry.Outcome
function tables.json(context, given, column)
    local tbl = tables.find(context, given)
    local quoted = check_column(context, tbl, column)
    local outcome = { name = ("json: %s.%s"):format(given, column), differences = {} }
    local count, bad_count, bad = bad_text(context, tbl, quoted)
    if bad then
        outcome.passed, outcome.detail = false, ("%s of %s values are no JSON; the first is %s"):format(
            grouped(bad_count), grouped(count), bad)
        return outcome
    end
    local allowed = source_faults(context, tbl, column)
    for _, fault in ipairs(FAULTS) do
        local condition = fault.sql:gsub("%%s", (quoted:gsub("%%", "%%%%")))
        local found = context.target:value(("SELECT count(*) FROM %s WHERE %s"):format(tbl.sql, condition))
        if found > allowed[fault.source] then
            table.insert(outcome.differences, fault.text:format(grouped(found), found == 1 and "" or "s", column,
                grouped(allowed[fault.source]), examples(context, tbl, condition)))
        end
    end
    outcome.passed = not outcome.differences[1]
    outcome.detail = table.remove(outcome.differences, 1) or ("%s document%s"):format(grouped(count),
        count == 1 and "" or "s")
    return outcome
end

return tables
