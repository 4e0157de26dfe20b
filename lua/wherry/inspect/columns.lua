-- inspect/columns.lua: what the values of a column are, in words, from what the census counted.
local grouped = require "wherry.progress".grouped
local json = require "wherry.json"
local place = require "wherry.place"

local columns = {}

local EXACT = 1 << 53 -- beyond it a reader's double would round an integer

local NOUNS = { integer = { "integer", "integers" }, real = { "real", "reals" }, text = { "text", "texts" },
    blob = { "blob", "blobs" } }

local function number(value)
    return math.type(value) == "integer" and grouped(value) or ("%.6g"):format(value)
end

local function counted(count, words)
    return ("%s %s"):format(grouped(count), words[count == 1 and 1 or 2])
end

local function range(least, most)
    return least == most and number(least) or ("%s to %s"):format(number(least), number(most))
end

-- The types that all texts of a column would be, and the forms they have.
local function texts_are(stats)
    local accepted, total = stats.accepted, stats.text
    if accepted.uuid == total then
        local form = stats.uuid_hyphens == total and "36 characters" or stats.uuid_digits == total and "32 digits"
            or "in several forms"
        local case = stats.uuid_upper > 0 and ", upper case" or ""
        return ("all UUIDs (%s%s)"):format(form, case)
    elseif accepted.date == total then
        return "all dates"
    elseif accepted.timestamptz == total then
        return ("all times with an offset%s"):format(stats.times_with_z == total and " (Z)" or "")
    elseif accepted.timestamp == total then
        return ("all times without an offset (%s%s)"):format(stats.times_with_t == total and "T between date and time"
            or stats.times_with_t == 0 and "a space between date and time" or "T or a space between date and time",
            stats.fraction_digits > 0 and (", up to %d fraction digits"):format(stats.fraction_digits) or "")
    elseif accepted.jsonb == total then
        return "all JSON objects or arrays"
    end
    return "at most " .. counted(stats.text_characters, { "character", "characters" })
end

local describe = {
    integer = function(stats)
        return stats.integers_bool and "all 0 or 1" or range(stats.integer_min, stats.integer_max)
    end,
    real = function(stats)
        return range(stats.real_min, stats.real_max) .. (stats.reals_fraction and "" or ", all whole numbers")
    end,
    text = texts_are,
    blob = function(stats)
        return stats.blobs_of_16 == stats.blob and "all of 16 bytes" or "at most " .. counted(stats.blob_bytes,
            { "byte", "bytes" })
    end,
}

---The storage classes of a column, the commonest first.
---@param stats wherry.Stats
---@return string[]
function columns.classes(stats)
    local list = {}
    for _, class in ipairs { "integer", "real", "text", "blob" } do
        if stats[class] > 0 then
            list[#list + 1] = class
        end
    end
    table.sort(list, function(a, b)
        return stats[a] > stats[b] or stats[a] == stats[b] and a < b
    end)
    return list
end

---What stands in a column: "1,204 texts: all UUIDs (36 characters); 3 NULL".
---@param stats wherry.Stats
---@return string
function columns.text(stats)
    local parts = {}
    for _, class in ipairs(columns.classes(stats)) do
        parts[#parts + 1] = ("%s: %s"):format(counted(stats[class], NOUNS[class]), describe[class](stats))
    end
    if stats.null > 0 then
        parts[#parts + 1] = grouped(stats.null) .. " NULL"
    end
    return parts[1] and table.concat(parts, "; ") or "no rows"
end

-- NUMERIC says nothing: DATETIME, JSON and BOOLEAN have it, too.
local EXPECTED = { integer = { integer = true }, real = { real = true }, text = { text = true } }

---Whether a column holds values of another class than its affinity says, or of several that are not numbers.
---@param column wherry.Column
---@param stats wherry.Stats
---@return boolean
function columns.is_mixed(column, stats)
    local classes = columns.classes(stats)
    local expected = EXPECTED[column.affinity]
    if not expected then
        local numbers = (stats.integer > 0 and 1 or 0) + (stats.real > 0 and 1 or 0)
        return #classes > math.max(numbers, 1)
    end
    for _, class in ipairs(classes) do
        if not expected[class] then
            return true
        end
    end
    return false
end

---A column for the document of --json.
---@param column table as wherry.Inspection has it
---@return table
function columns.document(column)
    local stats, out = column.stats, { classes = {} }
    for _, class in ipairs { "null", "integer", "real", "text", "blob" } do
        out.classes[class] = stats[class]
    end
    out.name, out.declared, out.affinity = json.utf8(column.name), json.utf8(column.declared or ""), column.affinity
    out.found, out.mixed = place.printable(columns.text(stats)), column.mixed
    for _, field in ipairs { "integer_min", "integer_max", "text_characters", "text_bytes", "texts_with_nul",
        "texts_invalid", "blob_bytes" } do
        local value = stats[field]
        local large = math.type(value) == "integer" and (value > EXACT or value < -EXACT)
        out[field] = large and ("%d"):format(value) or value
    end
    return out
end

return columns
