-- witness/measures.lua: what both databases compute of a column: its values where they are numbers, seconds of times,
-- characters of texts, bytes, how often true; by the type of the target's column and how the source stores the values.
local moments = require "wherry.witness.moments"
local names = require "wherry.names"

local measures = {}

---@class wherry.Measure
---@field of string what is taken of a value: "value", "seconds", "characters", "bytes", "true", "digits", "value * 100"
---@field steps string[] SQLite: what is computed of a value {v}, one behind the other; NULL for what can't be read
---@field pg string PostgreSQL's side
---@field what string[] of min, max, sum
---@field like "integer"|"exact"|"single"|"near"|"text" how the results are compared
---@field large? boolean the sum may be beyond 64 bits

local INTEGER = { "CASE typeof({v}) WHEN 'integer' THEN {v} WHEN 'real' THEN CASE WHEN {v} = CAST({v} AS INTEGER) THEN "
    .. "CAST({v} AS INTEGER) END WHEN 'text' THEN CASE WHEN trim({v}) NOT GLOB '*[^-+0-9]*' AND trim({v}) GLOB "
    .. "'*[0-9]' THEN CAST(trim({v}) AS INTEGER) END END" }

local REAL = "CASE typeof({v}) WHEN 'real' THEN {v} WHEN 'integer' THEN CAST({v} AS REAL) WHEN 'text' THEN "
    .. "CASE WHEN trim({v}) IN ('Infinity', '-Infinity') THEN CASE WHEN trim({v}) = 'Infinity' THEN 9e999 ELSE -9e999 "
    .. "END WHEN trim({v}) GLOB '*[0-9]*' AND trim({v}) NOT GLOB '*[^-+.0-9eE]*' THEN CAST(trim({v}) AS REAL) END END"

-- SQLite gives a real 15 digits as text: of one that has more, or an exponent, the other side has other characters.
local function characters_of(length, more)
    local text = length:gsub("{v}", "CAST({v} AS TEXT)")
    return (("CASE typeof({v}) WHEN 'text' THEN %s WHEN 'integer' THEN %s WHEN 'real' THEN CASE WHEN "
        .. "CAST(CAST({v} AS TEXT) AS REAL) = {v} AND instr({v}, 'e') = 0 THEN %s END%s END"):format(length, length,
        text, more))
end

local TRUE = { "CASE typeof({v}) WHEN 'integer' THEN CASE WHEN {v} IN (0, 1) THEN {v} END WHEN 'text' "
    .. "THEN CASE WHEN lower(trim({v})) IN ('t', 'true', 'y', 'yes', 'on', '1') THEN 1 WHEN lower(trim({v})) IN "
    .. "('f', 'false', 'n', 'no', 'off', '0') THEN 0 END END" }

-- The digits of a UUID; {blob}: those of 16 bytes.
local DIGITS = "CASE typeof({v}) WHEN 'text' THEN lower(replace(replace(replace(trim({v}), '-', ''), '{', ''), '}', "
    .. "'')) WHEN 'blob' THEN lower({blob}) END"
local NET = {}
for i, byte in ipairs { 4, 3, 2, 1, 6, 5, 8, 7 } do
    NET[i] = ("substr(hex({v}), %d, 2)"):format(2 * byte - 1)
end
NET = table.concat(NET, " || ") .. " || substr(hex({v}), 17)"

local MOST_DIGITS = 15 -- of a decimal that a double keeps

local function integers(column, large)
    return { of = "value", steps = INTEGER, pg = column .. "::bigint", what = { "min", "max", "sum" },
        like = "integer", large = large }
end

local function characters(column, trimmed)
    return { of = "characters", steps = { characters_of(trimmed and "length(rtrim({v}, ' '))" or "length({v})", "") },
        pg = ("length(%s::text)"):format(column), what = { "min", "max", "sum" }, like = "integer" }
end

local function reals(column, like)
    return { of = "value", steps = { REAL }, pg = ("CASE WHEN %s <> 'NaN' THEN %s END"):format(column, column),
        what = { "min", "max" }, like = like }
end

-- Of few digits a decimal is a whole number of its last place, which both databases count exactly.
local function decimals(column, typmod)
    local precision, scale = (typmod - 4) >> 16, (typmod - 4) & 0x7FF
    if typmod >= 4 and precision <= MOST_DIGITS and scale <= precision then
        local one = ("1%s"):format(("0"):rep(scale))
        return { of = scale == 0 and "value" or "value * " .. one, like = "integer", large = true,
            steps = { REAL, ("CASE WHEN abs({v}) < 1e15 THEN CAST(round({v} * %s.0) AS INTEGER) END"):format(one) },
            pg = ("CASE WHEN %s <> 'NaN' THEN (%s * %s)::bigint END"):format(column, column, one),
            what = { "min", "max", "sum" } }
    end
    return { of = "value", like = "near", what = { "min", "max" },
        steps = { REAL, "CASE WHEN abs({v}) < 1e300 AND (abs({v}) > 1e-300 OR {v} = 0) THEN {v} END" },
        pg = ("CASE WHEN abs(%s) < 1e300 AND (abs(%s) > 1e-300 OR %s = 0) THEN %s::float8 END"):format(column, column,
            column, column) }
end

local function seconds(column, steps, endless)
    return { of = "seconds", steps = steps, pg = moments.pg(column, endless), what = { "min", "max", "sum" },
        like = "integer", large = true }
end

local function moment(column, load)
    local type_of = load.type
    return seconds(column, moments.sqlite(type_of.stored, type_of.name ~= "date" and type_of.zone or 0), true)
end

local function clock(column)
    return { of = "seconds", steps = moments.sqlite_clock(), pg = moments.pg(column, false),
        what = { "min", "max", "sum" }, like = "integer" }
end

-- Numbers that stand in a column of numbers are reals already; of texts two readers may make neighbouring doubles.
local function is_number_column(load)
    return load.affinity == "real" or load.affinity == "integer" or load.affinity == "numeric"
end

local BY_TYPE = {
    int2 = integers, int4 = integers, oid = integers,
    int8 = function(column) return integers(column, true) end,
    float8 = function(column, load) return reals(column, is_number_column(load) and "exact" or "near") end,
    float4 = function(column) return reals(column, "single") end,
    numeric = function(column, load) return decimals(column, load.type.typmod) end,
    bool = function(column)
        return { of = "true", steps = TRUE, pg = ("(%s)::int"):format(column), what = { "sum" }, like = "integer" }
    end,
    bytea = function(column)
        return { of = "bytes", pg = ("octet_length(%s)"):format(column), what = { "min", "max", "sum" },
            steps = { characters_of("length(CAST({v} AS BLOB))", " WHEN 'blob' THEN length({v})") }, like = "integer" }
    end,
    uuid = function(column, load)
        local blob = load.type.stored == "uuid_net" and NET or "hex({v})"
        return { of = "digits", steps = { (DIGITS:gsub("{blob}", { ["{blob}"] = blob })) }, like = "text",
            pg = ("replace(%s::text, '-', '') COLLATE \"C\""):format(column), what = { "min", "max" } }
    end,
    timestamptz = moment, timestamp = moment, date = moment, time = clock, timetz = clock,
    interval = function(column, load)
        local steps = moments.sqlite_duration(load.type.stored)
        return steps and seconds(column, steps, false)
    end,
    text = function(column) return characters(column) end,
    bpchar = function(column) return characters(column, true) end,
}
for _, name in ipairs { "varchar", "name", "citext", "json" } do
    BY_TYPE[name] = BY_TYPE.text
end

---The integer that a value stands for; NULL: none.
---@param sql string
---@return string
function measures.integer(sql)
    return (INTEGER[1]:gsub("{v}", { ["{v}"] = sql }))
end

---What is computed of a column besides how many values it has; nil: nothing that is the same on both sides.
---@param load wherry.LoadColumn
---@return wherry.Measure|nil
function measures.of(load)
    local kind = load.type.kind
    if kind and kind ~= "enum" then
        return nil
    end
    local make = kind == "enum" and BY_TYPE.text or BY_TYPE[load.type.name]
    return make and make(names.quote_pg(load.target), load)
end

---What SQLite computes of the text of a default, which stands where the source has NULL.
---@param load wherry.LoadColumn
---@return string[]|nil steps nil: it can't be told in SQL
function measures.of_default(load)
    local name = not load.type.kind and load.type.name or nil
    if name == "bytea" or name == "interval" then
        return nil
    elseif name == "timestamptz" or name == "timestamp" or name == "date" then
        return moments.sqlite("iso", 0)
    end
    local measure = measures.of(load)
    return measure and measure.steps
end

return measures
