-- Which PostgreSQL type a SQLite column gets: by its affinity where that settles it, else by the values it holds.

local types = {}

---@class wherry.Stats what a census found in a column: values by storage class
---@field null integer
---@field integer integer
---@field real integer
---@field text integer
---@field blob integer
---@field integers_inexact boolean an integer that no double holds exactly
---@field integers_bool boolean every integer is 0 or 1
---@field joined wherry.Stats? the values of all columns that foreign keys join it to, its own included

types.boolean = { oid = 16, name = "bool", typmod = -1, display = "boolean" }
types.bytea = { oid = 17, name = "bytea", typmod = -1, display = "bytea" }
types.bigint = { oid = 20, name = "int8", typmod = -1, display = "bigint" }
types.text = { oid = 25, name = "text", typmod = -1, display = "text" }
types.double = { oid = 701, name = "float8", typmod = -1, display = "double precision" }
types.numeric = { oid = 1700, name = "numeric", typmod = -1, display = "numeric" }

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
        if not PLAIN[column.affinity][word] then
            return false
        end
    end
    return true
end

---True when the declaration does not settle the type, so that the values have to be looked at: NUMERIC affinity, no
---type at all, and names that SQLite takes for a number only because of some letters in them (INTEGER_OR_TEXT, POINT).
---@param column wherry.Column
---@return boolean
function types.needs_census(column)
    local affinity = column.affinity
    return affinity == "numeric" or (affinity == "blob" and not column.declared:upper():find("BLOB", 1, true))
        or ((affinity == "integer" or affinity == "real") and not plain(column))
end

local function contains(upper, words)
    for word in words:gmatch("%S+") do
        if upper:find(word, 1, true) then
            return true
        end
    end
    return false
end

-- The counts by storage class, as the receipt shows them.
local function evidence(stats)
    local parts = {}
    for _, class in ipairs({ "integer", "real", "text", "blob", "null" }) do
        local count = stats and stats[class] or 0
        if count > 0 then
            parts[#parts + 1] = ("%d %s"):format(count, class)
        end
    end
    return #parts > 0 and table.concat(parts, ", ") or "no rows"
end

-- By the declared name alone: there are no values.
local function by_name(column, upper)
    if column.affinity == "integer" or column.affinity == "real" then
        return FIXED[column.affinity]
    elseif upper:find("BOOL", 1, true) then
        return types.boolean
    elseif contains(upper, "DATE TIME JSON UUID STRING CHAR CLOB") then
        return types.text
    elseif contains(upper, "DEC NUM MONEY") then
        return types.numeric
    end
    return types.text
end

local function by_values(upper, stats)
    if stats.blob > 0 then
        return types.bytea
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
local function as_declared(upper, chosen)
    return (chosen == types.boolean and (upper == "BOOLEAN" or upper == "BOOL"))
        or (chosen == types.numeric and (upper == "NUMERIC" or upper == "DECIMAL"))
end

---Why no type holds the values of a column, or nil: bytea holds the bytes of texts and blobs, but no number.
---@param column wherry.Column
---@param stats wherry.Stats?
---@return string?
function types.unfit(column, stats)
    if stats and types.needs_census(column) and stats.blob > 0 and stats.integer + stats.real > 0 then
        return ("numbers and blobs in one column (%s): no type of PostgreSQL holds both as they are"):format(
            evidence(stats))
    end
    return nil
end

---Chooses the type of a column.
---@param column wherry.Column
---@param stats wherry.Stats? what the census found, where it was asked
---@return wherry.Type type
---@return string? note why it is not simply the declared type
function types.choose(column, stats)
    local upper = column.declared:upper()
    local declared = column.declared == "" and "declared without a type" or "declared " .. column.declared
    if not types.needs_census(column) then
        local chosen = FIXED[column.affinity]
        if plain(column) then
            return chosen, nil
        end
        return chosen, ("%s, %s by SQLite's affinity rules"):format(declared, chosen.display)
    end
    -- Columns that a foreign key joins are decided by all their values, and by no name.
    local joined = stats and stats.joined
    local deciding = joined or stats
    local values = deciding and deciding.integer + deciding.real + deciding.text + deciding.blob or 0
    local chosen = values > 0 and by_values(joined and "" or upper, deciding) or by_name(column, upper)
    if as_declared(upper, chosen) then
        return chosen, nil
    end
    local by = values > 0 and "by what it holds"
        or FIXED[column.affinity] and column.declared ~= "" and "by SQLite's affinity rules" or "by its declaration"
    return chosen, ("%s, %s %s (%s%s)"):format(declared, chosen.display, by, evidence(stats),
        joined and "; one type with the columns that a foreign key joins it to" or "")
end

return types
