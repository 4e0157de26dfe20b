-- time.lua: w.time: moments as microseconds since 1970, in UTC, read from and written in the forms of stored values.
local core = require "wherry.core"
local declared = require "wherry.plan.declared"
local ends = require "wherry.plan.ends"
local failure = require "wherry.failure"
local match = require "wherry.match"
local shallow = require "wherry.shallow"

local time = {}

local EPOCH <const> = 946684800000000 -- 2000-01-01, from which PostgreSQL counts, in microseconds since 1970
local FIRST <const> = -62135596800000000 -- 0001-01-01
local LAST <const> = 253402300799999999 -- the last one of 9999

-- Forms by the programs that write them, as timestamptz's codec calls them: see core/codec_time_form.h.
local named = {
    iso = "T .* Z", -- as few digits of a second as it takes
    rfc3339 = "T .* Z",
    javascript = "T .3 Z", -- Date.toISOString()
    python = "T .0", -- datetime.isoformat() of a naive one: six digits, or none
    python_utc = "T .0 +00:00", -- the same of one in UTC
    sqlalchemy = "space .6",
    sqlite = "space .0", -- datetime(), CURRENT_TIMESTAMP
    postgres = "space .* +00",
}

-- What the stored forms of moments are, of those that columns may have.
local stored = {}
for _, word in ipairs(declared.words) do
    stored[word] = pcall(core.codec, { name = "timestamptz", oid = 1184, stored = word }) or nil
end

local readers, writers = {}, {}
local days = core.codec { name = "date", oid = 1082, form = "date" }
local DAY <const> = 86400000000

-- A form or a zone that is given, or the usual one.
local function word(given, usual, tool)
    if given ~= nil and type(given) ~= "string" then
        failure.raise("usage", ("%s: a form and a zone are texts, not %s"):format(tool, ends.describe(given)))
    end
    return given or usual
end

-- A value as an error shows it.
local function shown(value)
    if type(value) == "string" then
        return ("%q"):format(value:sub(1, 100))
    end
    return (math.type(value) == "integer" and "%d" or "%.17g"):format(value)
end

local function reader(form, zone)
    local key = form .. " " .. zone
    if not readers[key] then
        if not stored[form] then
            failure.raise("usage", ("w.time.parse: there is no form %q"):format(form),
                match.suggestion(form, shallow.keys(stored))
                    or "the forms are " .. table.concat(shallow.keys(stored), ", "))
        end
        local seconds = declared.seconds(zone)
        if not seconds then
            failure.raise("usage", ("w.time.parse: the zone %q is no fixed offset"):format(zone),
                "write \"UTC\" or an offset such as \"+02:00\"")
        end
        readers[key] = core.codec { name = "timestamptz", oid = 1184, stored = form, zone = seconds }
    end
    return readers[key]
end

-- The codec that writes a form: one of the names above, or a codec's own.
local function writer(form)
    if not writers[form] then
        local found, codec = pcall(core.codec, { name = "timestamptz", oid = 1184, form = named[form] or form })
        if not found then
            failure.raise("usage", ("w.time.format: there is no form %q"):format(form),
                match.suggestion(form, shallow.keys(named))
                    or "the forms are date, " .. table.concat(shallow.keys(named), ", ")
                .. ", and patterns with % such as \"%d.%m.%Y\"")
        end
        writers[form] = codec
    end
    return writers[form]
end

---Microseconds since 1970. Years 0001 to 9999; what is finer than a microsecond is refused.
---@param value string|number|nil
---@param form? wherry.StoredForm "iso" without it
---@param zone? string of ISO texts without offset: "UTC" without it, or an offset such as "+02:00"
---@return integer|nil
function time.parse(value, form, zone)
    form = word(form, "iso", "w.time.parse")
    if zone ~= nil and form ~= "iso" then
        failure.raise("usage", ("w.time.parse: a zone is for ISO texts without offset, and %s has none"):format(form))
    end
    local codec = reader(form, word(zone, "UTC", "w.time.parse"))
    if value == nil then
        return nil
    elseif type(value) ~= "string" and type(value) ~= "number" then
        failure.raise("value", "w.time.parse: a text or a number is wanted, not " .. ends.describe(value))
    elseif form == "iso" and type(value) == "number" then
        failure.raise("value", "w.time.parse: a number is a moment with its form only, such as \"unix\" or \"unix_ms\"",
            nil, { value = shown(value) })
    end
    local read, wire = pcall(codec.put, codec, value)
    if not read then
        failure.raise("value", "w.time.parse: " .. failure.from(wire).message, nil, { value = shown(value) })
    end
    return string.unpack(">i8", wire) + EPOCH
end

-- os.date's conversions, years with four digits always, and Python's %f.
local function by_pattern(moment, pattern)
    local seconds, micros = moment // 1000000, moment % 1000000
    local year = ("%04d"):format(os.date("!%Y", seconds))
    local own = { f = ("%06d"):format(micros), Y = year, F = year .. "-%m-%d" }
    local whole = pattern:gsub("%%(.)", own)
    local written, text = pcall(os.date, "!" .. whole, seconds)
    if not written then
        failure.raise("usage", ("w.time.format: the pattern %q has a conversion that there is not"):format(pattern),
            "those of C's strftime are, and %f for six digits of microseconds")
    end
    return text
end

---A moment as text, in UTC.
---@param moment integer|nil microseconds since 1970
---@param form? string "iso" without it; another name, or a pattern as strftime has it
---@return string|nil
function time.format(moment, form)
    form = word(form, "iso", "w.time.format")
    local is_pattern = form:find("%", 1, true)
    local codec = not is_pattern and form ~= "date" and writer(form)
    if moment == nil then
        return nil
    elseif math.type(moment) ~= "integer" then
        failure.raise("value", "w.time.format: microseconds since 1970 are wanted, an integer, not "
            .. ends.describe(moment))
    elseif moment < FIRST or moment > LAST then
        failure.raise("value", "w.time.format: the moment is outside the years 0001 to 9999", nil,
            { value = tostring(moment) })
    end
    if codec then
        return (codec:get(string.pack(">i8", moment - EPOCH)))
    end
    if is_pattern then
        return by_pattern(moment, form)
    end
    return (days:get(string.pack(">i4", (moment - EPOCH) // DAY)))
end

---The system's clock. Not repeatable: a hook that calls it gives other rows each time.
---@return integer microseconds since 1970
function time.now()
    return core.sys.now()
end

return time
