-- lookup.lua: the key `lookups` of a plan: what is read before the load, for columns and hooks to ask.
local ends = require "wherry.plan.ends"
local failure = require "wherry.failure"
local key_check = require "wherry.plan.key_check"
local value_of = require "wherry.plan.value"

local lookup = {}

---@class wherry.LookupEntry
---@field pg? string
---@field sqlite? string
---@field file? string
---@field from? wherry.Sqlite|wherry.Pg|string the name of one of several sources

---@type wherry.VocabularyKey[]
lookup.keys = {
    { key = "pg", type = "select", default_text = "one of pg, sqlite and file is there",
        text = "A SELECT of the target: key, value." },
    { key = "sqlite", type = "select", default_text = "one of pg, sqlite and file is there",
        text = "A SELECT of the source: key, value." },
    { key = "file", type = "name", default_text = "one of pg, sqlite and file is there",
        text = "A file beside the script: .json (an object), or .csv (two columns below a header)." },
    { key = "from", type = "lookup_end", default_text = "the plan's target, or its source",
        text = "Another database that the SELECT is for, or the name of one of several sources." },
}

local function check_end(value, place)
    return (ends.is_sqlite(value) or ends.is_pg(value) or type(value) == "string" and value ~= "") and value
        or key_check.fail(place, 'w.sqlite "PATH", w.pg "URL" or the name of a source', value)
end

---Types of keys, as in wherry.plan.vocabulary.
lookup.types = {
    select = { text = "a SELECT of two columns, key and value", check = key_check.text "a SELECT of key and value" },
    lookup_end = { text = 'w.sqlite "PATH", w.pg "URL" or the name of a source', check = check_end },
    missing = { text = '"bad", "null" or "keep"', check = key_check.choice("bad", "null", "keep") },
}

---Checks what an entry's keys say together; raises kind "plan".
---@param entry wherry.LookupEntry
---@param place string
---@return wherry.LookupEntry
function lookup.check(entry, place)
    local given = {}
    for _, key in ipairs { "pg", "sqlite", "file" } do
        given[#given + 1] = entry[key] and key or nil
    end
    if #given ~= 1 then
        failure.raise("plan", ("%s: one of pg, sqlite and file says what it is filled from%s"):format(place,
            given[1] and ", not " .. table.concat(given, " and ") or ""),
            'for example { pg = "select lower(email), id from users" }')
    elseif entry.file and entry.from then
        failure.raise("plan", ("%s: a file is read by itself, from no database"):format(place), "leave from out")
    elseif entry.file and not entry.file:find "%.json$" and not entry.file:find "%.csv$" then
        failure.raise("plan", ("%s: %s is neither .json nor .csv"):format(place, ends.describe(entry.file)),
            "write an object into a .json file, or two columns below a header into a .csv file")
    elseif entry.from and ends.is_pg(entry.from) ~= (entry.pg ~= nil) then
        failure.raise("plan", ("%s: from is %s, and the SELECT is for %s"):format(place, ends.describe(entry.from),
            entry.pg and "PostgreSQL" or "SQLite"), "write sqlite = \"select ...\", from = w.sqlite \"PATH\", or "
            .. "pg = \"select ...\", from = w.pg \"URL\"")
    end
    return entry
end

---Checks what the keys of a column say together; raises kind "plan".
---@param column table
---@param place string
---@return table
function lookup.check_column(column, place)
    local kind = value_of.is(column.from) and column.from.kind
    if column.missing and not column.lookup then
        failure.raise("plan", ("%s: missing says what becomes of values that a lookup does not have, and there is none")
            :format(place), 'add lookup = "NAME", or leave missing out')
    elseif column.lookup and kind and kind ~= "sql" then
        failure.raise("plan", ("%s: a source column or w.sql is looked up, not %s"):format(place,
            value_of.text(column.from)), "look it up in row instead: w.lookup")
    end
    return column
end

return lookup
