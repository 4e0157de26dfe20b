-- declared.lua: how values are stored in SQLite, as the plan declares it for columns: the words, and which of several
-- declarations counts for a column.
local declared_type = require "wherry.plan.declared_type"
local ends = require "wherry.plan.ends"
local failure = require "wherry.failure"
local glob = require "wherry.glob"
local match = require "wherry.match"
local shallow = require "wherry.shallow"

local declared = {}

---@class wherry.Declaration
---@field from? string the source column, where it has another name
---@field stored? string one of declared.words
---@field zone? string "UTC" or an offset such as "+02:00"
---@field type? string the type of a column that is created, as SQL writes it
---@field on_bad? string|string[]
---@field on_null? "keep"|"default"

---The stored forms, as core/codec.h has them.
declared.words = { "iso", "unix", "unix_ms", "unix_us", "unix_ns", "julian", "ticks", "core_data", "webkit", "go",
    "uuid_net", "uuid", "s", "ms", "us", "ns" }

local TIMES = { date = true, timestamp = true, timestamptz = true }
local UUIDS = { uuid = true, uuid_net = true }
local DURATIONS = { s = true, ms = true, us = true, ns = true }
local ZONED = { timestamp = true, timestamptz = true }

---Checks a stored form; raises kind "plan".
---@param value any
---@param place string
---@return string
function declared.check_stored(value, place)
    for _, word in ipairs(declared.words) do
        if value == word then
            return word
        end
    end
    failure.raise("plan", ("%s: there is no stored form %s"):format(place,
        type(value) == "string" and ("%q"):format(value) or "that is a " .. type(value)),
        type(value) == "string" and match.suggestion(value, declared.words)
            or "the forms are " .. table.concat(declared.words, ", "))
end

---The seconds east of UTC of a zone's text, or nil.
---@param zone string
---@return integer|nil
function declared.seconds(zone)
    local sign, hours, minutes = zone:match "^([+-])(%d%d):(%d%d)$"
    if zone == "UTC" then
        return 0
    elseif not sign or tonumber(hours) > 15 or tonumber(minutes) > 59 then
        return nil
    end
    local seconds = math.tointeger(tonumber(hours) * 3600 + tonumber(minutes) * 60)
    return sign == "-" and -seconds or seconds
end

---Which type a stored form stands for, where no type is declared.
---@param stored string
---@return "timestamptz"|"uuid"|"interval"
function declared.implied(stored)
    return UUIDS[stored] and "uuid" or DURATIONS[stored] and "interval" or "timestamptz"
end

---Checks a zone; raises kind "plan".
---@param value any
---@param place string
---@return string
function declared.check_zone(value, place)
    if type(value) == "string" and declared.seconds(value) then
        return value
    end
    local named = type(value) == "string" and value:find "%a"
    failure.raise("plan", ("%s: %s"):format(place, named
        and ("the zone %q has no fixed offset by its name"):format(value)
        or ends.describe(value) .. " is no fixed offset from UTC"),
        named and "in such a zone a time without offset can mean two moments, or none: only \"UTC\" and offsets "
            .. "such as \"+02:00\" are taken" or "write \"UTC\" or an offset such as \"+02:00\"")
end

---Checks what two keys of one declaration say together; raises kind "plan".
---@param value wherry.Declaration
---@param place string
---@return wherry.Declaration
function declared.check(value, place)
    if value.zone and value.stored and value.stored ~= "iso" then
        failure.raise("plan", ("%s: a zone is for ISO texts without offset, and %s has none"):format(place,
            value.stored), "leave one of the two out")
    end
    return value
end

-- on_bad may be a list of words.
local function same(a, b)
    return a == b or type(a) == "table" and type(b) == "table" and table.concat(a, ",") == table.concat(b, ",")
end

-- The declaration of the most particular glob that matches a column and says something of this key: a name before a
-- glob, a longer glob before a shorter one. And the globs, where two of one length say different things.
local function by_glob(plan, column, key)
    local best, best_rank, chosen, rival
    local globs = {}
    for text in pairs(plan.columns) do
        globs[#globs + 1] = text
    end
    table.sort(globs)
    for _, text in ipairs(globs) do
        if plan.columns[text][key] and glob.matches(column, text) then
            local value, rank = plan.columns[text][key], text:lower() == column:lower() and math.huge or #text
            if not best or rank > best_rank then
                best, best_rank, chosen, rival = value, rank, text, nil
            elseif rank == best_rank and not same(value, best) then
                rival = text
            end
        end
    end
    return best, rival and { chosen, rival }
end

---What a table's own entry declares for a target column.
---@param entry table the plan's keys for the table
---@param column string
---@param key string
---@return any nil: nothing
function declared.own(entry, column, key)
    local columns = entry.columns or {}
    local value = columns[column]
    if value == nil then
        for target, other in pairs(columns) do
            value = target:lower() == column:lower() and other or value -- the look-up took it for this column
        end
    end
    return type(value) == "table" and value[key] or nil
end

local SHOWN = 10

local function are(names)
    table.sort(names)
    return ("the columns are %s%s"):format(table.concat(names, ", ", 1, math.min(#names, SHOWN)),
        #names > SHOWN and (" and %d more"):format(#names - SHOWN) or "")
end

---Finds globs of the plan's columns that match nothing: what they declare would be left out without a word.
---@param plan wherry.Plan
---@param carried string[] the target columns that are filled
---@param left_out string[] columns of tables that the plan leaves out: a glob may be about these
---@param outcome wherry.Outcome
function declared.check_globs(plan, carried, left_out, outcome)
    local seen, names = {}, {}
    for _, name in ipairs(carried) do
        names[#names + 1] = not seen[name] and name or nil
        seen[name] = true
    end
    for text in pairs(plan.columns) do
        local used = false
        for _, list in ipairs { names, left_out } do
            for _, name in ipairs(list) do
                used = used or glob.matches(name, text)
            end
        end
        if not used then
            outcome:finding { code = "unknown_column", column = text, key = "columns",
                reason = ("columns[%q] matches no column that is carried"):format(text),
                hint = match.suggestion(text, names) or (names[1] and are(names)) }
        end
    end
end

---What the plan declares of a target column by this key: in the table's own columns, else by a glob.
---@param plan wherry.Plan
---@param entry table the plan's keys for the table
---@param column string
---@param key "stored"|"zone"|"type"|"on_bad"|"on_null"|"map"
---@return any
function declared.value(plan, entry, column, key)
    return declared.own(entry, column, key) or (by_glob(plan, column, key))
end

-- Finds what two globs of one length say differently of a column: which one is meant would be a guess.
local function check_rivals(plan, entry, source, column, outcome)
    for _, key in ipairs { "type", "stored", "zone", "on_bad", "on_null", "map" } do
        local _, rivals = by_glob(plan, column, key)
        if rivals and not declared.own(entry, column, key) then
            outcome:finding { code = "declared_twice", table = source, column = column, key = key,
                reason = ("columns[%q] and columns[%q] say different things of %s"):format(rivals[1], rivals[2], key),
                hint = "declare it for the column by its name" }
        end
    end
end

-- Whether a zone is declared for values of which it says nothing. A column's own stored form makes a glob's zone void.
local function is_void_zone(plan, entry, column)
    local stored = declared.value(plan, entry, column, "stored")
    return stored and stored ~= "iso" and declared.value(plan, entry, column, "zone")
        and (declared.own(entry, column, "zone") or not declared.own(entry, column, "stored"))
end

---Whether the plan says how a column's values are stored; its zone alone is a default, and says nothing of a column.
---@param plan wherry.Plan
---@param entry table the plan's keys for the table
---@param column string target column
---@return boolean
function declared.says(plan, entry, column)
    for _, key in ipairs { "stored", "zone" } do
        if declared.value(plan, entry, column, key) then
            return true
        end
    end
    return false
end

---The type of a target column with what is declared for its values: type.stored, type.zone (seconds). What the type has
---no use for is a finding.
---@param plan wherry.Plan
---@param entry table the plan's keys for the table
---@param source string the source table
---@param column wherry.Column of the target
---@param outcome wherry.Outcome
---@return wherry.Type
function declared.type(plan, entry, source, column, outcome)
    local type_of = column.type
    check_rivals(plan, entry, source, column.name, outcome)
    local stored = declared.value(plan, entry, column.name, "stored")
    local particular = declared.value(plan, entry, column.name, "zone")
    local name = not type_of.kind and type_of.name or ""
    local word = stored and ("stored = %q"):format(stored) or particular and ("zone = %q"):format(particular)
    local useful = not stored or name == declared.implied(stored) or not DURATIONS[stored] and not UUIDS[stored]
        and TIMES[name] or name == "interval" and (stored == "iso" or stored == "ticks")
    if not useful or (particular and not ZONED[name]) then
        outcome:finding { code = "stored_type", table = source, column = column.name,
            reason = ("%s has no meaning for its type %s"):format(useful and ("zone = %q"):format(particular) or word,
                type_of.display),
            hint = "declare it for columns of time types (uuid and uuid_net: uuid; s, ms, us and ns: interval), or "
                .. "change the target's type" }
        return type_of
    elseif is_void_zone(plan, entry, column.name) then
        outcome:finding { code = "stored_type", table = source, column = column.name,
            reason = ("zone = %q has no meaning for values stored as %s"):format(particular, stored),
            hint = "a zone is for ISO texts without offset: leave one of the two out" }
        return type_of
    end
    local texts = ZONED[name] and (not stored or stored == "iso")
    -- the plan's zone is a default: a timestamp without time zone keeps what its texts say
    local zone = texts and declared.seconds(particular or (name == "timestamptz" and plan.zone) or "UTC") or 0
    if not stored and zone == 0 then
        return type_of
    end
    local copy = shallow.copy(type_of)
    copy.stored, copy.zone = stored, zone ~= 0 and zone or nil
    return copy
end

---Finds a type that is declared for a column which is there with another one.
---@param plan wherry.Plan
---@param entry table the plan's keys for the table
---@param source string the source table
---@param column wherry.Column of the target
---@param outcome wherry.Outcome
function declared.check_type(plan, entry, source, column, outcome)
    local text = declared.value(plan, entry, column.name, "type")
    local wanted = text and declared_type.read(text)
    local there = column.type.display
    if wanted and there ~= wanted.display and not (wanted.extension and there:match "[^.]*$" == wanted.display) then
        outcome:finding { code = "declared_type", table = source, column = column.name, key = text,
            reason = ("type = %q is declared, and the target's column is there with the type %s"):format(text, there),
            hint = "a type is for columns that are created: leave it out, or change the column in the target" }
    end
end

---What is declared, for display: "stored as unix_ms", "zone +02:00"; nil where nothing is.
---@param type_of wherry.Type
---@return string|nil
function declared.text(type_of)
    local parts = {}
    parts[#parts + 1] = type_of.stored and "stored as " .. type_of.stored
    if type_of.zone then
        local minutes = math.abs(type_of.zone) // 60
        parts[#parts + 1] = ("zone %s%02d:%02d"):format(type_of.zone < 0 and "-" or "+", minutes // 60, minutes % 60)
    end
    return parts[1] and table.concat(parts, ", ")
end

return declared
