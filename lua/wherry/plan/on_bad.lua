-- on_bad.lua: what happens to a value or a row that does not fit (on_bad): the words, and which of them counts for a
-- column: its own before that of a glob of the plan before the table's before the plan's.
local declared = require "wherry.plan.declared"
local ends = require "wherry.plan.ends"
local failure = require "wherry.failure"
local match = require "wherry.match"
local names = require "wherry.names"

local on_bad = {}

---The words that end a list: the run stops, the row is rejected, the value becomes NULL.
local ENDS = { fail = true, reject = true, null = true }

---All words; the conversions are core/mend.h's.
on_bad.words = { "fail", "reject", "null", "replace", "strip", "escape", "cut", "round", "nearest", "truth",
    "empty_null" }

local TEXTS = { text = true, varchar = true, bpchar = true, name = true, citext = true, xml = true, json = true,
    jsonb = true }
local INTEGERS = { int2 = true, int4 = true, int8 = true, oid = true }
local TIMES = { timestamptz = true, timestamp = true, time = true, timetz = true }

local function is_text(name)
    return TEXTS[name]
end

-- For which types a conversion can help at all; the name is "" for types that are made of others.
local MEANINGS = {
    replace = is_text, strip = is_text, escape = is_text,
    cut = function(name, typmod) return name == "name" or (name == "varchar" or name == "bpchar") and typmod >= 0 end,
    -- an interval is rounded where it is a number of a unit
    round = function(name, typmod, stored)
        return INTEGERS[name] or TIMES[name] or name == "money" or name == "numeric" and typmod >= 0
            or name == "interval" and stored and stored ~= "iso"
    end,
    nearest = function(name) return name == "float4" or name == "float8" end,
    truth = function(name) return name == "bool" end,
    -- an empty text fits every type of texts but those that want a document
    empty_null = function(name) return not TEXTS[name] or name == "json" or name == "jsonb" or name == "xml" end,
}

local function check_word(word, place)
    for _, known in ipairs(on_bad.words) do
        if word == known then
            return
        end
    end
    failure.raise("plan", ("%s: there is no word %s for what is bad"):format(place, type(word) == "string"
        and ("%q"):format(word) or "that is a " .. type(word)), type(word) == "string"
        and match.suggestion(word, on_bad.words) or "the words are " .. table.concat(on_bad.words, ", "))
end

local function words_of(value)
    return type(value) == "table" and value or { value }
end

---Checks a word, or a list in which conversions come first; raises kind "plan".
---@param value any
---@param place string
---@return string|string[]
function on_bad.check(value, place)
    local list = type(value) == "table" and not getmetatable(value) and table.move(value, 1, #value, 1, {}) or { value }
    for index, word in ipairs(list) do
        check_word(word, place)
        if ENDS[word] and index < #list then
            failure.raise("plan", ("%s: nothing can follow %q"):format(place, word), "write conversions first, then "
                .. "one of fail, reject and null")
        end
    end
    if #list == 0 then
        check_word(value, place)
    end
    return #list == 1 and list[1] or list
end

---Checks how many rows may be rejected: a number of rows, or a share such as "1%"; raises kind "plan".
---@param value any
---@param place string
---@return string rows in digits, or a number and "%"
function on_bad.check_limit(value, place)
    local text = math.type(value) == "integer" and ("%d"):format(value) or value
    local rows = type(text) == "string" and text:match "^%d+$"
    local share = type(text) == "string" and text:match "^(%d+%.?%d*)%%$"
    if rows and math.tointeger(tonumber(rows)) or share and tonumber(share) <= 100 then
        return text
    end
    failure.raise("plan", ("%s: a number of rows or a share of a table's rows such as \"1%%\" is expected, not %s")
        :format(place, ends.describe(value)))
end

---A limit as the core takes it: rows of the run, share of a table's rows in percent.
---@param limit string|nil
---@return integer|nil
---@return number|nil
function on_bad.limit(limit)
    local share = limit and limit:match "^(.*)%%$"
    return limit and not share and math.tointeger(tonumber(limit)) or nil, tonumber(share)
end

-- The words that have a meaning for a column, and the first one that has none.
local function meant(value, column)
    local list, without = {}, nil
    local type_of = column.type
    local name = type_of.kind and "" or type_of.name
    for _, word in ipairs(words_of(value)) do
        local meaning = MEANINGS[word]
        local nulls = word == "null" or word == "empty_null"
        if (meaning and not meaning(name, type_of.typmod, type_of.stored))
            or (nulls and column.not_null and not column.on_null) then
            without = without or word
        else
            list[#list + 1] = word
        end
    end
    return list, without
end

-- A single word travels as it is, and what stops the run is said by saying nothing.
local function canonical(list)
    if #list < 2 then
        return list[1] ~= "fail" and list[1] or nil
    end
    return list
end

---What happens to a value of this column that does not fit. What a table or the plan says holds for the columns for
---which it has a meaning; a column's own word that has none is a finding.
---@param plan wherry.Plan
---@param entry table the plan's keys for the table
---@param source string the source table
---@param column { target: string, type: wherry.Type, not_null: boolean }
---@param outcome wherry.Outcome
---@return string|string[]|nil nil: the run stops
function on_bad.of(plan, entry, source, column, outcome)
    local own = declared.own(entry, column.target, "on_bad")
    local list, without = meant(own or declared.value(plan, entry, column.target, "on_bad") or entry.on_bad
        or plan.on_bad, column)
    if own and without then
        local nulls = column.not_null and (without == "null" or without == "empty_null")
        outcome:finding { code = "on_bad_type", table = source, column = column.target,
            reason = ("on_bad = %q has no meaning for %s"):format(without, nulls and "a column that is NOT NULL"
                or "its type " .. column.type.display),
            hint = ("say what else is to happen to its bad values, or leave on_bad of %s out"):format(
                names.quote_pg(column.target)) }
    end
    return canonical(list)
end

---@param value string|string[]|nil
---@return boolean
local function rejects(value)
    return value == "reject" or type(value) == "table" and value[#value] == "reject"
end

---Sets what a table of the resolved plan says of bad values and rows.
---@param plan wherry.Plan
---@param entry table the plan's keys for the table
---@param load wherry.LoadTable
---@param outcome wherry.Outcome
function on_bad.apply(plan, entry, load, outcome)
    load.misfits = rejects(entry.on_bad or plan.on_bad) and "reject" or nil
    load.rejects = load.misfits ~= nil
    for _, column in ipairs(load.columns) do
        column.on_bad = on_bad.of(plan, entry, load.source, column, outcome)
        load.rejects = load.rejects or rejects(column.on_bad)
    end
end

---A column's or a table's on_bad for display; nil where the run stops.
---@param value string|string[]|nil
---@return string|nil
function on_bad.text(value)
    return type(value) == "table" and table.concat(value, ", ") or value
end

return on_bad
