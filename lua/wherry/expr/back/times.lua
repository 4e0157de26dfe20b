-- Times: the clock as SQLite's strftime gives it, in the form in which each type is stored (UTC, six digits of a
-- second), and conversions between the types that need no time zone but UTC.

local times = {}

local FORMS = {
    timestamptz = "%Y-%m-%d %H:%M:%f000+00:00", timestamp = "%Y-%m-%d %H:%M:%f000", time = "%H:%M:%f000",
    date = "%Y-%m-%d",
}

local function call(name, arguments)
    return { t = "function", name = name, arguments = arguments, star = false, distinct = false }
end

local function text(value)
    return { t = "string", value = value }
end

---The present time in a form of strftime, moved by modifiers.
---@param form string
---@param modifiers string[]
---@return table node
function times.present(form, modifiers)
    local arguments = { text(form), text("now") }
    for _, modifier in ipairs(modifiers) do
        arguments[#arguments + 1] = text(modifier)
    end
    if form == "%Y-%m-%d" then
        table.remove(arguments, 1)
        return call("date", arguments)
    end
    return call("strftime", arguments)
end

-- A term for the present time as a kind. `utc`: the zone is said, not the session's.
local function now(p, kind, modifiers)
    if p.use ~= "default" then
        p:refuse("the present time is not the same every time")
    end
    return p:term(kind, times.present(FORMS[kind], modifiers), { now = modifiers })
end

---The present time with as many digits of a second as its column keeps.
---@param p wherry.Back
---@param term wherry.BackTerm of the present time
---@param digits integer
---@return wherry.BackTerm
function times.rounded(p, term, digits)
    if digits == 0 then
        p.fraction = false
        p:note("whole seconds, not rounded")
        local form = FORMS[term.kind]:gsub("%%f000", "%%S.000000")
        return p:term(term.kind, times.present(form, term.now), { now = term.now })
    end
    return term
end

local SESSION = "UTC, where PostgreSQL takes the session's time zone"

---A function or word for the present time.
---@param p wherry.Back
---@param kind "timestamptz"|"timestamp"|"date"|"time"
---@param clock "transaction"|"statement"|"clock" whose time it is
---@return wherry.BackTerm
function times.now(p, kind, clock)
    p.clock = clock
    p.fraction = kind ~= "date"
    if kind ~= "timestamptz" then
        p:note(SESSION)
    end
    return now(p, kind, {})
end

local CURRENT = { TIMESTAMP = "timestamptz", LOCALTIMESTAMP = "timestamp", DATE = "date", LOCALTIME = "time" }

---Says what is not the same about the clock that an expression reads.
---@param p wherry.Back
function times.notes(p)
    if p.clock and p.clock ~= "statement" then
        p:note(("the time of the statement, not of the %s"):format(p.clock == "clock" and "call" or "transaction"))
    end
    if p.fraction then
        p:note("to the millisecond")
    end
end

---CURRENT_TIMESTAMP and its like.
---@param p wherry.Back
---@param node table
---@return wherry.BackTerm
function times.current(p, node)
    if not CURRENT[node.which] or node.precision then
        p:refuse(("CURRENT_%s is not translated"):format(node.which))
    end
    return times.now(p, CURRENT[node.which], "transaction")
end

local UTC = { utc = true, ["etc/utc"] = true, gmt = true, uct = true, z = true, zulu = true, ["+00"] = true,
    ["+00:00"] = true }

---A time in the zone UTC: with its zone, without it, or the other way round.
---@param p wherry.Back
---@param term wherry.BackTerm
---@param zone wherry.BackTerm
---@return wherry.BackTerm
function times.in_zone(p, term, zone)
    if zone.kind ~= "text" or not zone.constant or not UTC[zone.constant:lower()] then
        p:refuse("SQLite knows no time zone but UTC")
    elseif term.now and term.kind == "timestamptz" then
        return now(p, "timestamp", term.now)
    elseif term.kind == "timestamptz" and not term.null then
        return p:term("timestamp", call("substr", { term.node, { t = "integer", value = 1 },
            { t = "integer", value = 26 } }))
    elseif term.kind == "timestamp" and not term.now then
        return p:term("timestamptz", { t = "binary", op = "||", left = term.node, right = text("+00:00") })
    end
    return p:refuse(("AT TIME ZONE of %s is not translated"):format(p:called(term)))
end

---@param p wherry.Back
---@param node table
---@return wherry.BackTerm
function times.at_time_zone(p, node)
    return times.in_zone(p, p:print(node.operand), p:print(node.zone))
end

local BACK_TO_DATE = "years before 1 and after 9999 are not understood"

---A cast between kinds of time; nil where it is none that can be kept.
---@param p wherry.Back
---@param kind wherry.BackKind
---@param term wherry.BackTerm
---@return table? node
---@return table? fields
function times.convert(p, kind, term)
    if kind.digits or not FORMS[kind.kind] then
        return nil
    elseif term.now then
        local known = term.kind == "timestamptz" or (term.kind == "timestamp" and kind.kind ~= "timestamptz")
        if not known then
            return nil
        elseif term.kind == "timestamptz" then
            p:note(SESSION)
        end
        local made = now(p, kind.kind, term.now)
        p.fraction = kind.kind ~= "date"
        return made.node, { now = term.now }
    elseif kind.kind == "date" and term.kind == "timestamp" then
        p:note(BACK_TO_DATE)
        return call("substr", { term.node, { t = "integer", value = 1 }, { t = "integer", value = 10 } })
    elseif kind.kind == "timestamp" and term.kind == "date" then
        return { t = "binary", op = "||", left = term.node, right = text(" 00:00:00.000000") }
    end
    return nil
end

-- An interval's parts as modifiers of SQLite's date functions.
local function modifiers(p, parts, sign)
    local list = {}
    if parts.months ~= 0 then
        p:note("a month's end is not kept: a day that the month lacks falls into the next one")
        list[#list + 1] = ("%+d months"):format(sign * parts.months)
    end
    if parts.months ~= 0 or parts.days ~= 0 then
        p:note("days of 24 hours, whatever the session's time zone does")
    end
    if parts.days ~= 0 then
        list[#list + 1] = ("%+d days"):format(sign * parts.days)
    end
    local seconds = sign * parts.microseconds
    if seconds % 1000000 == 0 and seconds ~= 0 then
        list[#list + 1] = ("%+d seconds"):format(seconds // 1000000)
    elseif seconds ~= 0 then
        list[#list + 1] = ("%+.6f seconds"):format(seconds / 1000000)
    end
    return list
end

---A time plus or minus an interval, or a date plus or minus days; nil where it is neither.
---@param p wherry.Back
---@param op "+"|"-"
---@param left wherry.BackTerm
---@param right wherry.BackTerm
---@return wherry.BackTerm?
function times.move(p, op, left, right)
    if left.now and right.kind == "interval" and right.parts and left.kind ~= "time" then
        local list = table.move(left.now, 1, #left.now, 1, {})
        for _, modifier in ipairs(modifiers(p, right.parts, op == "-" and -1 or 1)) do
            list[#list + 1] = modifier
        end
        if left.kind == "date" then
            p:note(SESSION)
        end
        return now(p, left.kind == "date" and "timestamp" or left.kind, list)
    elseif left.kind == "date" and right.kind == "integer" then
        p:note(BACK_TO_DATE)
        local days
        if right.constant then
            days = text(("%+d days"):format(op == "-" and -right.constant or right.constant))
        else
            local count = op == "-" and { t = "unary", op = "-", operand = right.node } or right.node
            days = { t = "binary", op = "||", left = count, right = text(" days") }
        end
        return p:term("date", call("date", { left.node, days }))
    elseif op == "-" and left.kind == "date" and right.kind == "date" then
        p:note(BACK_TO_DATE)
        local difference = { t = "binary", op = "-", left = call("julianday", { left.node }),
            right = call("julianday", { right.node }) }
        return p:term({ kind = "integer", bits = 32 }, { t = "cast", operand = difference, type = "INTEGER" })
    end
    return nil
end

local FIELDS = { year = "%Y", month = "%m", day = "%d", hour = "%H", minute = "%M", dow = "%w", doy = "%j" }

---A field of a time.
---@param p wherry.Back
---@param field wherry.BackTerm
---@param term wherry.BackTerm
---@return wherry.BackTerm
function times.extract(p, field, term)
    local name = field.constant
    if name == "epoch" and term.now and term.kind == "timestamptz" then
        p.fraction = false
        return p:term({ kind = "decimal", precision = 10, scale = 0 },
            { t = "cast", operand = times.present("%s", term.now), type = "INTEGER" },
            { whole = true, deferred = "whole seconds" })
    elseif not FIELDS[name] or term.null or not (term.kind == "date" or term.kind == "timestamp")
        or (term.kind == "date" and (name == "hour" or name == "minute")) then
        p:refuse(("the field %s of %s is not translated"):format(tostring(name), p:called(term)))
    end
    p:note(BACK_TO_DATE)
    return p:term({ kind = "decimal", precision = 4, scale = 0 }, { t = "cast",
        operand = call("strftime", { text(FIELDS[name]), term.node }), type = "INTEGER" }, { whole = true })
end

local SHAPES = {
    ["YYYY-MM-DD HH24:MI:SS"] = { t = "current", which = "TIMESTAMP" },
    ["YYYY-MM-DD"] = { t = "current", which = "DATE" }, ["HH24:MI:SS"] = { t = "current", which = "TIME" },
}

local PARTS = { { "YYYY", "%Y" }, { "MM", "%m" }, { "DD", "%d" }, { "HH24", "%H" }, { "MI", "%M" },
    { "SS.MS", "%f" }, { "SS", "%S" } }

-- A format of to_char as one of strftime; nil when it holds more than plain fields and marks between them.
local function form_of(format)
    local parts, at = {}, 1
    while at <= #format do
        local quoted = format:match('^"([^"\\]*)"', at)
        local found
        for _, part in ipairs(PARTS) do
            if format:sub(at, at + #part[1] - 1) == part[1] then
                found = part
                break
            end
        end
        if quoted then
            parts[#parts + 1] = quoted:gsub("%%", "%%%%")
            at = at + #quoted + 2
        elseif found then
            parts[#parts + 1] = found[2]
            at = at + #found[1]
        else
            local mark = format:match("^[-:/., ]", at)
            if not mark then
                return nil
            end
            parts[#parts + 1] = mark
            at = at + 1
        end
    end
    return table.concat(parts)
end

---The present time in UTC as to_char writes it.
---@param p wherry.Back
---@param term wherry.BackTerm
---@param format wherry.BackTerm
---@return wherry.BackTerm
function times.to_char(p, term, format)
    local form = format.constant and form_of(format.constant)
    if not term.now or term.kind ~= "timestamp" or not form then
        p:refuse("to_char is translated for the present time in UTC only")
    end
    local shape = #term.now == 0 and SHAPES[format.constant]
    p.fraction = false
    return p:term({ kind = "text", bytewise = p.settings.bytewise, ascii_case = p.settings.ascii_case },
        shape or times.present(form, term.now))
end

return times
