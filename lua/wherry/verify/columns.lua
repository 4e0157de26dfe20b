-- columns.lua: checks of a column of the target: not_null, json.
local emits = require "wherry.resolve.emits"
local foreign_rows = require "wherry.engine.foreign_rows"
local json = require "wherry.core".json
local names = require "wherry.names"
local progress = require "wherry.progress"
local tables = require "wherry.verify.tables"
local value = require "wherry.verify.value"

local columns = {}

local SHOWN = 5 -- rows that are named

local grouped = progress.grouped

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
---@return wherry.CheckOutcome
function columns.not_null(context, given, column)
    local tbl = tables.find(context, given)
    local quoted = tables.column(context, tbl, column)
    local name = ("not null: %s.%s"):format(given, column)
    local condition = quoted .. " IS NULL"
    local count = context.target:value(("SELECT count(*) FROM %s WHERE %s"):format(tbl.sql, condition))
    if count == 0 then
        return { name = name, passed = true, detail = "no NULL" }
    end
    return { name = name, passed = false, detail = ("%s row%s of %s with NULL in %s (%s)"):format(grouped(count),
        count == 1 and "" or "s", tbl.sql, column, examples(context, tbl, condition)) }
end

-- Documents that a careless conversion makes, by the SQL that finds them: a null that is a value, and a document that
-- is written into a string.
local FAULTS = {
    { sql = "TYPEOF(COLUMN) = 'null'", source = "null",
        text = "%s row%s with a JSON null in %s, where the source has %s (%s)" },
    { sql = [[CASE TYPEOF(COLUMN) WHEN 'string' THEN (COLUMN #>> '{}') ~ '^\s*[\[{"].*[\]}"]\s*$' END]],
        source = "string", text = "%s row%s with JSON that is encoded twice in %s, where the source has %s (%s)" },
}
local TYPEOF = { json = "json_typeof", jsonb = "jsonb_typeof" }

local function condition_of(fault, quoted, type_name)
    local is_json = TYPEOF[type_name] ~= nil
    local words = { TYPEOF = is_json and TYPEOF[type_name] or TYPEOF.json,
        COLUMN = is_json and quoted or quoted .. "::json" }
    return (fault.sql:gsub("%u+", function(word) return words[word] end))
end

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

local function json_of(context, given, column)
    local tbl = tables.find(context, given)
    local quoted, type_name = tables.column(context, tbl, column)
    local outcome = { name = ("json: %s.%s"):format(given, column), differences = {} }
    local count, bad_count, bad
    if TYPEOF[type_name] then
        count = context.target:value(("SELECT count(%s) FROM %s"):format(quoted, tbl.sql))
    else
        count, bad_count, bad = bad_text(context, tbl, quoted)
    end
    if bad then
        outcome.passed, outcome.detail = false, ("%s of %s values are no JSON; the first is %s"):format(
            grouped(bad_count), grouped(count), bad)
        return outcome
    end
    local allowed = source_faults(context, tbl, column)
    for _, fault in ipairs(FAULTS) do
        local condition = condition_of(fault, quoted, type_name)
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

-- All columns of documents that the loaded tables have.
local function json_of_all(context)
    local outcome, seen, count = { name = "json", differences = {} }, {}, 0
    for _, tbl in ipairs(emits.all(context.resolved)) do
        for _, name in ipairs(seen[tbl.target_sql] and {} or tables.of_types(context, tbl.target_sql, TYPEOF)) do
            local one = json_of(context, tbl.source, name)
            count = count + 1
            if not one.passed then
                table.insert(outcome.differences, ("%s: %s"):format(tbl.target_sql, one.detail))
                table.move(one.differences, 1, #one.differences, #outcome.differences + 1, outcome.differences)
            end
        end
        seen[tbl.target_sql] = true
    end
    outcome.passed = not outcome.differences[1]
    outcome.detail = table.remove(outcome.differences, 1) or ("%s column%s"):format(grouped(count),
        count == 1 and "" or "s")
    return outcome
end

---check.json: each value of a column is JSON, no NULL has become JSON's null, and nothing is encoded twice.
---@param context wherry.VerifyContext
---@param given? string all columns json and jsonb of the loaded tables without it
---@param column? string the target's
---@return wherry.CheckOutcome
function columns.json(context, given, column)
    return given == nil and column == nil and json_of_all(context) or json_of(context, given, column)
end

return columns
