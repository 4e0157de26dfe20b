-- witness/moments.lua: moments of both databases as whole seconds since 1970 in UTC, in SQL that owes nothing to our
-- codecs: SQLite's strftime and arithmetic here, PostgreSQL's extract there.
local moments = {}

-- What a number counts: so many of it are a second, from so many seconds of 1970 on.
local COUNTED = {
    unix = { scale = 1, epoch = 0 }, unix_ms = { scale = 1000, epoch = 0 }, unix_us = { scale = 1000000, epoch = 0 },
    unix_ns = { scale = 1000000000, epoch = 0 }, ticks = { scale = 10000000, epoch = -62135596800 },
    core_data = { scale = 1, epoch = 978307200 }, webkit = { scale = 1000000, epoch = -11644473600 },
    s = { scale = 1, epoch = 0 }, ms = { scale = 1000, epoch = 0 }, us = { scale = 1000000, epoch = 0 },
    ns = { scale = 1000000000, epoch = 0 },
}
local JULIAN_1970 = 210866760000000 -- milliseconds

local function fill(text, values)
    return (text:gsub("{(%w+)}", values))
end

-- A number, also one that is stored as text. What is none is NULL.
local NUMBER = "CASE typeof({v}) WHEN 'integer' THEN {v} WHEN 'real' THEN {v} WHEN 'text' THEN CASE WHEN trim({v}) "
    .. "GLOB '*[0-9]*' AND trim({v}) NOT GLOB '*[^-+.0-9]*' THEN CAST(trim({v}) AS NUMERIC) END END"

-- The whole number below a real. PostgreSQL keeps microseconds, so that what is less than half of one below a whole
-- number is that number; `parts` microseconds are one.
local WHOLE = "CASE typeof({v}) WHEN 'real' THEN CAST({v} AS INTEGER) - (CAST({v} AS INTEGER) > {v}) + "
    .. "(({v} - CAST({v} AS INTEGER) + (CAST({v} AS INTEGER) > {v})) * {parts} + 0.5 >= {parts}) ELSE {v} END"

local BELOW = "{v} / {scale} - ({v} % {scale} < 0)"

local function counted(form, epoch)
    local scale = form.scale
    local steps = { NUMBER, fill(WHOLE, { v = "{v}", parts = ("%d"):format(math.max(1000000 // scale, 1)) }) }
    if scale > 1 then
        steps[3] = fill(BELOW, { v = "{v}", scale = ("%d"):format(scale) })
    end
    if epoch ~= 0 then
        steps[#steps] = ("%s %s %d"):format(steps[#steps], epoch < 0 and "-" or "+", math.abs(epoch))
    end
    return steps
end

-- Julian days to the millisecond, as SQLite itself reads them.
local JULIAN = { NUMBER, ("CAST({v} * 86400000.0 + 0.5 AS INTEGER) - %d"):format(JULIAN_1970),
    fill(BELOW, { v = "{v}", scale = "1000" }) }

-- What stands behind the seconds: their fraction goes, an offset keeps its sign and digits.
local REST = "replace(ltrim(substr({v}, %d), ' .0123456789'), ':', '')"

-- Seconds east of UTC, of +HH, +HHMM and +HHMMSS behind so many characters, 0 of Z; of a text without any what the plan
-- says.
local function offset(length, zone, go)
    local sum = {}
    for i, unit in ipairs(go and { " * 3600", " * 60" } or { " * 3600", " * 60", "" }) do
        sum[i] = ("substr({v}, %d, 2)%s"):format(length + 2 * i, unit)
    end
    sum = table.concat(sum, " + ")
    return ("CASE substr({v}, %d, 1) WHEN '' THEN %d WHEN 'Z' THEN 0 WHEN '+' THEN %s WHEN '-' THEN -(%s) END"):format(
        length + 1, zone, sum, sum)
end

-- Texts of dates, and of times with or without seconds, are brought to one form: 19 characters and the offset.
local function iso(zone, go)
    return { "CASE WHEN typeof({v}) = 'text' AND substr(trim({v}), -2) <> 'BC' THEN trim({v}) END",
        ("CASE WHEN length({v}) = 10 THEN {v} || ' 00:00:00' WHEN substr({v}, 17, 1) = ':' THEN substr({v}, 1, 19) || "
            .. "%s ELSE substr({v}, 1, 16) || ':00' || %s END"):format(REST:format(20), REST:format(17)),
        ("strftime('%%s', substr({v}, 1, 19)) - %s"):format(offset(19, zone, go)) }
end

---SQLite's side of an interval: as moments.sqlite.
---@param stored string|nil
---@return string[]|nil steps nil: it is no number of a unit
function moments.sqlite_duration(stored)
    return COUNTED[stored] and counted(COUNTED[stored], 0)
end

---SQLite's side of a date, or of a timestamp with or without time zone: what is computed of a value {v}, and of what
---comes out of that, one behind the other. NULL for what it does not read.
---@param stored string|nil how it is stored, a word of plan.declared; nil: ISO text
---@param zone integer seconds east of UTC of ISO texts without offset
---@return string[] steps
function moments.sqlite(stored, zone)
    if stored == "julian" then
        return JULIAN
    elseif COUNTED[stored] then
        return counted(COUNTED[stored], COUNTED[stored].epoch)
    end
    return iso(zone, stored == "go")
end

---SQLite's side of a time of day: seconds since midnight, in UTC where it has an offset.
---@return string[] steps
function moments.sqlite_clock()
    return { "CASE WHEN typeof({v}) = 'text' AND trim({v}) GLOB '[0-9][0-9]:[0-9][0-9]*' THEN trim({v}) END",
        ("CASE WHEN substr({v}, 6, 1) = ':' THEN substr({v}, 1, 8) || %s ELSE substr({v}, 1, 5) || ':00' || %s END")
            :format(REST:format(9), REST:format(6)),
        ("substr({v}, 1, 2) * 3600 + substr({v}, 4, 2) * 60 + substr({v}, 7, 2) - %s"):format(offset(8, 0, false)) }
end

---PostgreSQL's side of all of them; infinity is none.
---@param column string quoted
---@param endless boolean the type has an infinity
---@return string
function moments.pg(column, endless)
    local seconds = ("floor(extract(epoch FROM %s))::bigint"):format(column)
    return endless and ("CASE WHEN isfinite(%s) THEN %s END"):format(column, seconds) or seconds
end

return moments
