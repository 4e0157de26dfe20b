-- check.lua: the object `check` of a verify function: each call is a line with pass or fail. A difference is a value;
-- so is what goes wrong inside of a call, and the function goes on behind it.
local catalog = require "wherry.verify.catalog"
local columns = require "wherry.verify.columns"
local core = require "wherry.core"
local failure = require "wherry.failure"
local match = require "wherry.match"
local predicate = require "wherry.verify.predicate"
local query = require "wherry.verify.query"
local shallow = require "wherry.shallow"
local tables = require "wherry.verify.tables"
local tolerance = require "wherry.verify.tolerance"
local value = require "wherry.verify.value"

local check = {}

---@class wherry.CheckOutcome
---@field name string
---@field passed boolean
---@field detail string|nil in one sentence
---@field differences string[]|nil more of them
---@field hint string|nil
---@field timing { sqlite: wherry.Timing?, pg: wherry.Timing? }|nil

---@class wherry.CheckLine : wherry.CheckOutcome
---@field kind string the function's name
---@field seconds number

local function check_name(name, what)
    if type(name) ~= "string" or name:match "^%s*$" then
        failure.raise("usage", ("%s takes a name first, for its line"):format(what))
    end
end

local functions = {
    counts = tables.counts, not_null = columns.not_null, json = columns.json, query = query.run, rows = predicate.rows,
    foreign_keys = catalog.foreign_keys, sequences = catalog.sequences, alembic = catalog.alembic,
}

function functions.ok(_, name, condition, detail)
    check_name(name, "check.ok")
    return { name = name, passed = condition and true or false, detail = detail ~= nil and tostring(detail) or nil }
end

function functions.equal(_, name, a, b)
    check_name(name, "check.equal")
    value.check(a, "what check.equal compares")
    value.check(b, "what check.equal compares")
    local same = value.equal(a, b)
    return { name = name, passed = same, detail = same and value.shown(a)
        or ("%s is not %s"):format(value.shown(a), value.shown(b)) }
end

function functions.within(_, name, a, b, within)
    check_name(name, "check.within")
    value.check(a, "what check.within compares")
    value.check(b, "what check.within compares")
    if within == nil then
        failure.raise("usage", "check.within takes how far the two may be apart",
            "check.within(name, a, b, { relative = 1e-9 })")
    end
    local near = tolerance.of(within)(a, b)
    local x, y = value.float(a), value.float(b)
    local apart = x and y and (", %g apart"):format(math.abs(x - y)) or ""
    return { name = name, passed = near, detail = ("%s %s %s%s"):format(value.shown(a), near and "and" or "is not near",
        value.shown(b), apart) }
end

---@return string[]
function check.names()
    return shallow.keys(functions)
end

-- What ends the verification: a signal, or a database that does not answer any more.
local ENDS = { interrupted = true, connection = true }

---Whether a raised value has to leave the verification.
---@param raised any
---@return boolean
function check.ends(raised)
    return failure.is(raised) and ENDS[raised.kind] or false
end

-- Those whose first argument is the name of the line.
local NAMED = { equal = true, within = true, ok = true, query = true, rows = true }

-- The line of a call that failed.
local function failed(kind, raised, first)
    local given = type(first) == "table" and first[1] or first
    given = type(given) == "string" and given ~= "" and given or nil
    return { name = NAMED[kind] and given or given and kind .. ": " .. given or kind, passed = false,
        detail = (raised.line and raised.line .. ": " or "") .. raised.message, hint = raised.hint }
end

local function record(context, kind, outcome, begun)
    local seconds = core.sys.clock() - begun
    table.insert(context.list, { kind = kind, name = outcome.name, passed = outcome.passed, detail = outcome.detail,
        differences = outcome.differences or {}, hint = outcome.hint, timing = outcome.timing, seconds = seconds })
    context.log("verbose", ("check %s: %s (%.2f s)"):format(outcome.name, outcome.passed and "passed" or "failed",
        seconds))
    return outcome.passed
end

-- One call.
local function call(context, object, kind, first, ...)
    if context.over then
        failure.raise("usage", "the verification has ended: check is of use inside of verify alone")
    end
    local begun = core.sys.clock()
    local ok, outcome
    if first == object then
        outcome = context.fault(failure.new("usage", ("check.%s is called with a dot, not with a colon"):format(kind)))
        first = nil
    else
        ok, outcome = xpcall(functions[kind], context.fault, context, first, ...)
    end
    if not ok and check.ends(outcome) then
        error(outcome, 0)
    end
    return record(context, kind, ok and outcome or failed(kind, outcome, first), begun)
end

---The object for one verification. Its functions give whether the check has passed.
---@param context wherry.VerifyContext gets the lines in `list`
---@return table
function check.new(context)
    local object, calls = {}, {}
    for kind in pairs(functions) do
        calls[kind] = function(...) return call(context, object, kind, ...) end
    end
    return setmetatable(object, { __name = "wherry.check", __newindex = function(_, name)
        failure.raise("usage", ("check has no place for a field %s"):format(tostring(name)))
    end, __index = function(_, name)
        if not calls[name] then
            failure.raise("usage", ("there is no check.%s"):format(tostring(name)),
                match.suggestion(tostring(name), check.names()) or "what is there: wherry help verification")
        end
        return calls[name]
    end })
end

return check
