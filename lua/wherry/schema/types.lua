-- Which PostgreSQL type a SQLite column gets: the declared one where it holds all values as they are, else the
-- narrowest that holds them all.
local declaration = require "wherry.plan.declared"
local declared_types = require "wherry.schema.declared_types"
local idiomatic = require "wherry.schema.idiomatic"
local shallow = require "wherry.shallow"

local types = {}

---@class wherry.Stats what a census found in a column: values by storage class
---@field null integer
---@field integer integer
---@field real integer
---@field text integer
---@field blob integer
---@field integers_inexact boolean? an integer that no double holds exactly
---@field integers_bool boolean? every integer is 0 or 1
---@field texts_with_nul integer? where texts were looked at
---@field texts_invalid integer? texts that are not UTF-8
---@field blobs_of_16 integer?
---@field accepted table<string, integer>? where candidates were: texts that uuid, jsonb, date, timestamp (without
---offset) and timestamptz (with one) take; further fields as core/census.h tells
---@field against table<string, string>? the first text that each does not take
---@field joined wherry.Stats? the values of all columns that foreign keys join it to, its own included
---@field says table? of joined: what all of their declarations say, see idiomatic.says
---@field assumed boolean? nobody counted: one value, of the class that the declaration guarantees

types.boolean = { oid = 16, name = "bool", typmod = -1, display = "boolean" }
types.bytea = { oid = 17, name = "bytea", typmod = -1, display = "bytea" }
-- For columns of all classes: the codec writes the text of a number, which it refuses for other bytea columns.
types.bytea_of_all = { oid = 17, name = "bytea", typmod = -1, display = "bytea", any_class = true }
types.bigint = { oid = 20, name = "int8", typmod = -1, display = "bigint" }
types.text = { oid = 25, name = "text", typmod = -1, display = "text" }
types.double = { oid = 701, name = "float8", typmod = -1, display = "double precision" }
types.numeric = { oid = 1700, name = "numeric", typmod = -1, display = "numeric" }
types.jsonb, types.uuid = idiomatic.jsonb, idiomatic.uuid
types.timestamptz, types.date = idiomatic.timestamptz, idiomatic.date

-- Words of declared types that say what the affinity rules make of them; others are told.
local PLAIN = {}
for affinity, words in pairs({
    integer = "INT INTEGER BIGINT TINYINT SMALLINT MEDIUMINT INT2 INT4 INT8 BIG UNSIGNED SIGNED",
    real = "REAL FLOAT DOUBLE PRECISION FLOAT4 FLOAT8",
    text = "TEXT CHAR VARCHAR CHARACTER VARYING NATIVE NCHAR NVARCHAR VARCHAR2 NVARCHAR2 CLOB TINYTEXT MEDIUMTEXT "
        .. "LONGTEXT",
    blob = "BLOB TINYBLOB MEDIUMBLOB LONGBLOB",
}) do
    PLAIN[affinity] = {}
    for word in words:gmatch("%S+") do
        PLAIN[affinity][word] = true
    end
end

local FIXED = { integer = types.bigint, real = types.double, text = types.text, blob = types.bytea }

---The affinity that SQLite gives to a declared type.
---@param declared string
---@param strict boolean? a STRICT table
---@return "integer"|"real"|"text"|"blob"|"numeric"
function types.affinity(declared, strict)
    local upper = declared:upper()
    if strict and upper == "ANY" then
        return "blob"
    elseif upper:find("INT", 1, true) then
        return "integer"
    elseif upper:find("CHAR", 1, true) or upper:find("CLOB", 1, true) or upper:find("TEXT", 1, true) then
        return "text"
    elseif upper == "" or upper:find("BLOB", 1, true) then
        return "blob"
    elseif upper:find("REAL", 1, true) or upper:find("FLOA", 1, true) or upper:find("DOUB", 1, true) then
        return "real"
    end
    return "numeric"
end

local function plain(column)
    for word in column.declared:upper():gsub("%b()", " "):gmatch("%S+") do
        if not (PLAIN[column.affinity] and PLAIN[column.affinity][word]) then
            return false
        end
    end
    return column.declared ~= ""
end

---The class that a column without values is taken to hold: that of a declaration which says it plainly.
---@param column wherry.Column
---@return "integer"|"real"|"text"|"blob"|nil
function types.declared_class(column)
    return plain(column) and column.affinity or nil
end

local function contains(upper, words)
    for word in words:gmatch("%S+") do
        if upper:find(word, 1, true) then
            return true
        end
    end
    return false
end

-- Declarations of NUMERIC affinity whose texts, if there are any, are short.
local SHORT = "BOOL DATE TIME DEC NUM MONEY UUID GUID"

---What a census is to look at in a column; nil where the declaration guarantees the class of all values. Texts are read
---only where none is expected or all are short, or where they may be of another type: else they cost as much as a load.
---@param t wherry.Table
---@param column wherry.Column
---@param options wherry.TranslateOptions?
---@return "types"|"classes"|"texts"|"candidates"|"stored"|nil
function types.wanted(t, column, options)
    local candidates = options and options.idiomatic
    if t.rowid_alias == column.name then
        return nil
    elseif column.given and column.given.type then
        return declared_types.wanted(column.given.type)
    elseif t.strict and column.declared:upper() ~= "ANY" and not column.generated then -- those it does not enforce
        return candidates and column.affinity == "text" and "candidates" or nil
    elseif candidates then
        return "candidates"
    end
    local long = column.affinity == "numeric" and not contains(column.declared:upper(), SHORT)
    return column.affinity == "text" and "types" or long and "classes" or "texts"
end

local function count_of(stats)
    return stats and stats.integer + stats.real + stats.text + stats.blob or 0
end

-- The counts by storage class, as the receipt shows them.
local function evidence(stats)
    local parts = {}
    for _, class in ipairs({ "integer", "real", "text", "blob", "null" }) do
        local count = stats and stats[class] or 0
        if count > 0 then
            parts[#parts + 1] = stats.assumed and ("only %s in a STRICT table"):format(class)
                or ("%d %s"):format(count, class)
        end
    end
    return #parts > 0 and table.concat(parts, ", ") or "no rows"
end

-- By the declared name alone: there are no values.
local function by_name(column, upper, options)
    local better = options and options.idiomatic and idiomatic.by_name(idiomatic.says(upper))
    if column.affinity == "integer" or column.affinity == "real" or plain(column) then
        return FIXED[column.affinity]
    elseif better then
        return better
    elseif column.affinity == "text" or (column.affinity == "blob" and upper:find("BLOB", 1, true)) then
        return FIXED[column.affinity]
    elseif upper:find("BOOL", 1, true) then
        return types.boolean
    elseif contains(upper, "DATE TIME JSON UUID STRING CHAR CLOB") then
        return types.text
    end
    return contains(upper, "DEC NUM MONEY") and types.numeric or types.text
end

local function unstorable(stats)
    return (stats.texts_with_nul or 0) + (stats.texts_invalid or 0)
end

---The narrowest type that holds the values.
---@param upper string the declared type, "" where it has no say
---@param stats wherry.Stats with at least one value
---@param says table? what the declaration says of texts; nil: they stay texts
---@return wherry.Type
function types.by_values(upper, stats, says)
    local better = says and idiomatic.by_values(says, stats)
    if better then
        return better
    elseif stats.blob > 0 or (stats.text > 0 and unstorable(stats) > 0) then
        return stats.integer + stats.real > 0 and types.bytea_of_all or types.bytea
    elseif stats.text > 0 then
        return types.text
    elseif upper:find("BOOL", 1, true) and stats.real == 0 and stats.integers_bool then
        return types.boolean
    elseif contains(upper, "DECIMAL NUMERIC") then
        return types.numeric
    elseif stats.real == 0 then
        return types.bigint
    end
    return stats.integers_inexact and types.numeric or types.double
end

-- True when the chosen type is what the declared name says.
local function as_declared(column, upper, chosen)
    return (chosen == types.boolean and (upper == "BOOLEAN" or upper == "BOOL"))
        or (chosen == types.numeric and (upper == "NUMERIC" or upper == "DECIMAL"))
        or (chosen == types.uuid and upper == "UUID") or (chosen == types.date and upper == "DATE")
        or (chosen == FIXED[column.affinity] and plain(column))
end

local KINDS = { bool = "boolean", int8 = "integer", numeric = "number", jsonb = "json", uuid = "uuid",
    timestamptz = "time", date = "time" }

-- What a value of the created column is for a translated expression, and what has become of values whose class is not
-- that of the type.
local function kind_of(chosen, stats)
    local integers, reals, texts = 0, 0, 0
    if stats then
        integers, reals, texts = stats.integer, stats.real, stats.text
    end
    if chosen == types.double then
        return integers > 0 and "number" or "real", integers > 0 and "integers become doubles" or nil
    elseif chosen == types.numeric then
        return "number", reals > 0 and integers > 0 and "integers and reals become decimal numbers" or nil
    elseif chosen == types.text then
        return integers + reals > 0 and "mixed" or "text", integers + reals > 0 and "numbers become their text" or nil
    elseif chosen.name == "bytea" then
        local lost = integers + reals > 0 and (texts > 0 and "numbers and texts" or "numbers")
            or texts > 0 and "texts" or nil
        return lost and "mixed" or "blob", lost and lost .. " become the bytes of their text" or nil
    end
    return KINDS[chosen.name], nil
end

local function in_zone(type, zone)
    return shallow.copy(type, { zone = declaration.seconds(zone) })
end

---Chooses the type of a column.
---@param column wherry.Column
---@param stats wherry.Stats? what the census found, where it was asked
---@param options wherry.TranslateOptions?
---@return wherry.Type type
---@return string? note why it is not simply the declared type
---@return string kind see wherry.CreatedColumn
function types.choose(column, stats, options)
    if column.given and column.given.type then
        return declared_types.choose(column, stats, types.choose, evidence)
    end
    local upper = column.declared:upper()
    -- Columns that a foreign key joins are decided by all their values, and by no name.
    local joined = stats and stats.joined
    local deciding = joined or stats
    local by_value = count_of(deciding) > 0
    local says = options and options.idiomatic and (joined and joined.says or idiomatic.says(upper)) or nil
    local chosen = by_value and types.by_values(joined and "" or upper, deciding, says)
        or by_name(column, upper, options)
    local kind, changed = kind_of(chosen, stats)
    -- Expressions take a time for UTC, as SQLite's functions do.
    local zone = chosen == types.timestamptz and (column.given and column.given.zone or options and options.zone)
    zone = zone and zone ~= "UTC" and zone or nil
    local loss = idiomatic.loss(chosen, stats, zone)
    if zone then
        chosen, kind = in_zone(chosen, zone), "declared"
    end
    if as_declared(column, upper, chosen) and not loss and not changed then
        return chosen, nil, kind
    end
    local by = by_value and "by what it holds"
        or FIXED[column.affinity] == chosen and column.declared ~= "" and "by SQLite's affinity rules"
        or "by its declaration"
    local parts = { ("%s, %s %s (%s%s)"):format(
        column.declared == "" and "declared without a type" or "declared " .. column.declared, chosen.display, by,
        evidence(stats), joined and "; one type with the columns that a foreign key joins it to" or "") }
    parts[#parts + 1] = changed
    if chosen.name == "bytea" and stats and unstorable(stats) > 0 then
        parts[#parts + 1] = ("%d texts hold U+0000 or are no valid UTF-8"):format(unstorable(stats))
    end
    parts[#parts + 1] = loss
    parts[#parts + 1] = says and chosen == types.text and not plain(column) and stats and idiomatic.against(stats)
        or nil
    return chosen, table.concat(parts, "; "), kind
end

return types
