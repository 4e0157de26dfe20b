-- date(), time(), datetime(), julianday(), unixepoch(), strftime() and CURRENT_TIMESTAMP, CURRENT_DATE, CURRENT_TIME.
local constant = require "wherry.expr.pg.constant"
local convert = require "wherry.expr.pg.convert"
local now = require "wherry.expr.pg.time_now"

local time = {}

-- Where SQLite, too, refuses what is not always the same.
local FIXED = { check = true, generated = true, index = true }

local ZONE = "the modifiers localtime and utc go by the time zone of the server's session, in SQLite by that of the "
    .. "application's machine"

local KINDS = { date = "text", time = "text", datetime = "text", strftime = "text", julianday = "real",
    unixepoch = "integer" }

local FORMATS = { date = "YYYY-MM-DD", time = "HH24:MI:SS", datetime = "YYYY-MM-DD HH24:MI:SS" }

local function lower(text)
    return (text:gsub("%u", string.lower))
end

-- 'now' as it is without modifiers, for columns that hold a time of PostgreSQL.
local TYPED = {
    datetime = { timestamptz = "statement_timestamp()", timestamp = "statement_timestamp() AT TIME ZONE 'UTC'" },
    date = { date = "(statement_timestamp() AT TIME ZONE 'UTC')::date" },
    time = { time = "(statement_timestamp() AT TIME ZONE 'UTC')::time" },
}
TYPED.unixepoch, TYPED.strftime = TYPED.datetime, TYPED.datetime

-- The forms with PostgreSQL's own functions; nil where there is none.
local function inline(p, name, format, modifiers)
    local moment = now.moment(modifiers)
    if not moment then
        return nil
    end
    local term = { kind = KINDS[name], atomic = true, nullable = false, time = #modifiers == 0 and TYPED[name] or nil }
    local instant = #modifiers == 0 and "statement_timestamp()" or moment
    local seconds = ("floor(extract(epoch FROM %s))::bigint"):format(instant)
    if name == "unixepoch" then
        term.sql, term.bits = seconds, 40
    elseif name == "julianday" then
        term.sql = ("(floor(extract(epoch FROM %s) * 1000)::double precision + 210866760000000) / 86400000")
            :format(instant)
        term.atomic, term.level = nil, p.LEVEL.PRODUCT
    elseif format == "%s" then
        term.sql = seconds .. "::text"
        term.integer = p:term { sql = seconds, kind = "integer", atomic = true, bits = 40, nullable = false }
    else
        local pattern = FORMATS[name] or now.pattern(format)
        if not pattern then
            return nil
        end
        term.sql = ("to_char(%s, %s)"):format(moment, p:literal_text(pattern))
    end
    p:volatility "stable"
    return p:term(term)
end

-- Whether a text written by this function can never be taken for a number.
local function never_number(name, format)
    if name ~= "strftime" then
        return KINDS[name] == "text"
    end
    return format ~= nil and (format:find("%Y-%m", 1, true) or format:find("%M:%S", 1, true)
        or format:find("%H:%M", 1, true)) ~= nil
end

-- What SQLite learned after 3.40, where it is NULL: no one means that by it.
local LATER = { subsec = true, subsecond = true, floor = true, ceiling = true }

local function check_version(p, name, format, terms)
    for _, term in ipairs(terms) do
        local text = type(term.constant) == "string" and lower(term.constant) or ""
        if LATER[text] or text:find "^[+-]%d%d%d%d%-%d%d%-%d%d" and term ~= terms[1] then
            p:refuse(("%s('%s') is of a later SQLite than 3.40"):format(name, term.constant))
        end
    end
    local letter = format and format.constant and format.constant:gsub("%%%%", ""):match "%%([eFgGIklpPRTuUV])"
    if letter then
        p:refuse(("the format %%%s is of a later SQLite than 3.40"):format(letter))
    end
end

-- SQL of a term as the first argument of a runtime function, which takes a text or a number.
local function subject(p, term)
    term = convert.textual(p, term)
    convert.known(p, term)
    if term.kind == "blob" then
        p:refuse "a blob is taken for a time"
    end
    return (term.kind == "boolean" and p:as(term, "integer") or term).sql
end

-- The modifiers as texts, those known in lower case; nil when one is NULL.
local function modifiers_of(p, terms, first)
    local sql, known, all_known = {}, {}, true
    for i = first, #terms do
        if terms[i].kind == "null" then
            return nil
        end
        local text = p:as(terms[i], "text")
        sql[#sql + 1] = text.sql
        known[#known + 1] = text.constant and lower(text.constant) or false
        all_known = all_known and text.constant ~= nil
    end
    return sql, known, all_known
end

local function uses_zone(known)
    for _, modifier in ipairs(known) do
        if modifier == "localtime" or modifier == "utc" then
            return true
        end
    end
    return false
end

local function translate(p, node, name)
    local terms = p:print_all(node.arguments)
    local format, first = nil, 1
    if name == "strftime" then
        if #terms == 0 then
            return constant.term(p, "null")
        end
        format, first = terms[1], 2
        if format.kind == "null" then
            return format
        end
        format = p:as(format, "text")
    end
    check_version(p, name, format, table.move(terms, first, #terms, 1, {}))
    local value = terms[first]
    local modifiers, known, all_known = modifiers_of(p, terms, first + 1)
    if not modifiers or value and value.kind == "null" then
        return constant.term(p, "null")
    end
    local is_now = not value or value.kind == "text" and value.constant and lower(value.constant) == "now"
    local zone = uses_zone(known)
    if FIXED[p.use] and (is_now or zone) then
        p:refuse(("%s of %s is not always the same"):format(name, is_now and "'now'" or "the local time"))
    elseif zone or not all_known and not FIXED[p.use] then
        p:note(ZONE)
    end
    if is_now and all_known and (name ~= "strftime" or format.constant) then
        local term = inline(p, name, format and format.constant, known)
        if term then
            term.never_number = never_number(name, format and format.constant)
            term.whole = term.kind == "text" and format ~= nil and format.constant == "%s"
            return term
        end
    end
    -- A text that is known is a certain time; one in a column may be the word now.
    local current = not FIXED[p.use] and (is_now or zone or not all_known
        or value.kind == "text" and value.constant == nil)
    local arguments = { value and subject(p, value) or "'now'", table.unpack(modifiers) }
    if format then
        table.insert(arguments, 1, format.sql)
    end
    return p:term { sql = p:call((current and "sqlite_current_" or "sqlite_") .. name, table.unpack(arguments)),
        kind = KINDS[name], atomic = true, never_number = never_number(name, format and format.constant) }
end

for name in pairs(KINDS) do
    time[name] = function(p, node)
        return translate(p, node, name)
    end
end

function time.current_timestamp(p, node)
    return translate(p, node, "datetime")
end

function time.current_date(p, node)
    return translate(p, node, "date")
end

function time.current_time(p, node)
    return translate(p, node, "time")
end

return time
