-- query.lua: check.query: a query of the application on both sides, compared and timed.
local core = require "wherry.core"
local failure = require "wherry.failure"
local match = require "wherry.match"
local rows = require "wherry.verify.rows"
local stream = require "wherry.verify.stream"
local tolerance = require "wherry.verify.tolerance"
local value = require "wherry.verify.value"

local query = {}

local RUNS = 20 -- of a query that is timed, where the script says nothing

-- Seconds after which the source's side of such a query is not run again: p95 is about PostgreSQL.
local ENOUGH = 1

local KEYS = { "sqlite", "pg", "same", "p95", "runs", "within", "secret", "from" }
local SAME = { rows = true, value = true, set = true }

local function refuse(message, hint)
    failure.raise("usage", "check.query: " .. message, hint)
end

local function check_number(given, name, wanted)
    local number = given[name]
    if number ~= nil and not (type(number) == "number" and number > 0 and (name ~= "runs" or math.tointeger(number)))
    then
        refuse(("%s is %s"):format(name, wanted))
    end
end

local function check_options(given)
    if type(given) ~= "table" then
        refuse("a table is expected", 'check.query { "recent", sqlite = "select ...", pg = "select ..." }')
    end
    for key in pairs(given) do
        if key ~= 1 and not match.find(tostring(key), KEYS) then
            refuse(("unknown key %s"):format(tostring(key)), match.suggestion(tostring(key), KEYS)
                or "its keys: a name, " .. table.concat(KEYS, ", "))
        end
    end
    if type(given[1]) ~= "string" then
        refuse("the query has no name", 'check.query { "recent", sqlite = "select ...", pg = "select ..." }')
    end
    for _, name in ipairs { "sqlite", "pg" } do
        if type(given[name]) ~= "string" and not (name == "sqlite" and given.sqlite == nil and given.p95) then
            refuse(("%s is the text of a query"):format(name))
        end
    end
    if given.same ~= nil and not SAME[given.same] then
        refuse('same is "rows", "value" or "set"')
    end
    check_number(given, "p95", "a number of milliseconds")
    check_number(given, "runs", "a whole number")
    if given.secret ~= nil and type(given.secret) ~= "boolean" then
        refuse("secret is true or false")
    end
    if given.within and given.same == "set" then
        refuse('within says how far numbers may be apart, which a set cannot tell: same = "rows"')
    end
end

-- The first value of both sides.
local function compare_values(context)
    local source <close> = stream.open(context.source, context.source_sql)
    local target <close> = stream.open(context.target, context.target_sql)
    local here, there = source:next(), target:next()
    local difference
    if not here or not there then
        difference = (here or there) and ("%s gives no row, %s has %s"):format(here and "PostgreSQL" or "SQLite",
            here and "SQLite" or "PostgreSQL", context.secret and "one" or value.shown(
                (here or there)[(here and source or target).columns[1]]))
    else
        difference = rows.difference(value.reader(target.types[1], context.zone), here[source.columns[1]],
            there[target.columns[1]], context)
    end
    local is_told = there and not difference and not context.secret
    return { difference = difference or nil, others = {}, rows = target.rows, source_seconds = source.seconds,
        target_seconds = target.seconds, value = is_told and value.shown(there[target.columns[1]]) or nil }
end

-- Whether the target gives more than one row: one alone stands in every order.
local function has_order(context)
    local target <close> = stream.open(context.target, context.target_sql)
    return target:next() and target:next() and true or false
end

-- What may help where rows differ that stand in an order.
local function order_hint(context, found)
    if not found.difference or found.difference:find "columns and PostgreSQL" or not has_order(context) then
        return nil
    elseif not context.target_sql:lower():find "order%s+by" then
        return 'without ORDER BY the order says nothing: add it on both sides, or compare them with same = "set"'
    elseif not rows.as_set(context).difference then
        return "the same rows come in another order: texts are sorted as their collation says, and in PostgreSQL "
            .. "NULLs come last: ORDER BY name COLLATE \"C\" NULLS FIRST"
    end
end

-- Seconds of one run to the last row.
local function timed(handle, sql)
    local run <close> = stream.open(handle, sql)
    run:drain()
    return run.seconds
end

local function percentile(sorted, share)
    return sorted[math.max(1, math.ceil(share * #sorted))]
end

---@class wherry.Timing in milliseconds
---@field median number
---@field p95 number
---@field runs integer

local function timing(samples)
    table.sort(samples)
    return { median = percentile(samples, 0.5) * 1000, p95 = percentile(samples, 0.95) * 1000, runs = #samples }
end

-- Times of both sides: of more runs where these are asked for, else of the one that was compared.
local function measure(context, given, found)
    local runs = given.runs or given.p95 and RUNS or 0
    local sides = {}
    for side, sql in pairs { source = given.sqlite, target = given.pg } do
        local samples, spent = { runs == 0 and found and found[side .. "_seconds"] or nil }, 0
        for i = 1, runs do
            if core.sys.stopped() then
                failure.raise("interrupted", "interrupted by a signal")
            end
            samples[i] = timed(context[side], sql)
            spent = spent + samples[i]
            if side == "source" and not given.runs and spent >= ENOUGH then
                break
            end
        end
        sides[side] = samples[1] and timing(samples) or nil
    end
    return sides
end

local function said_of(times)
    local parts = {}
    for _, pair in ipairs { { "SQLite", times.source }, { "PostgreSQL", times.target } } do
        local name, one = pair[1], pair[2]
        if one then
            parts[#parts + 1] = one.runs == 1 and ("%s %.1f ms"):format(name, one.median)
                or ("%s %.1f ms, p95 %.1f ms"):format(name, one.median, one.p95)
        end
    end
    local target = times.target
    return table.concat(parts, "; ") .. (target and target.runs > 1 and (" (%d runs)"):format(target.runs) or "")
end

---Compares and times.
---@param context wherry.VerifyContext
---@param given table
---@return wherry.CheckOutcome
function query.run(context, given)
    check_options(given)
    local sides = { source = given.sqlite and context:source_handle(given.from), target = context.target,
        source_sql = given.sqlite, target_sql = given.pg, zone = context.zone, close = tolerance.of(given.within),
        secret = given.secret }
    local same, found, hint = given.same or "rows", nil, nil
    if given.sqlite and same == "rows" then
        found = rows.ordered(sides)
        hint = order_hint(sides, found)
    elseif given.sqlite then
        found = same == "set" and rows.as_set(sides) or compare_values(sides)
    end
    if found and found.difference then
        return { name = given[1], passed = false, detail = found.difference, differences = found.others, hint = hint }
    end
    local times = measure(sides, given, found)
    local said = said_of(times)
    local slow = given.p95 and times.target.p95 > given.p95
    if slow then
        said = ("PostgreSQL takes %.1f ms (p95), more than %g ms: %s"):format(times.target.p95, given.p95, said)
    elseif found then
        said = ("%s; %s"):format(found.value or ("%d row%s"):format(found.rows, found.rows == 1 and "" or "s"), said)
    end
    return { name = given[1], passed = not slow, detail = said, timing = { sqlite = times.source, pg = times.target } }
end

return query
