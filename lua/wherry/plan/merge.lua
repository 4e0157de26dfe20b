-- merge.lua: the key `merge` of a table: which of its rows are one row in the target.
local failure = require "wherry.failure"
local key_check = require "wherry.plan.key_check"
local shallow = require "wherry.shallow"
local value_of = require "wherry.plan.value"

local merge = {}

---@class wherry.Merge
---@field by (string|wherry.Value)[] source columns, or w.sql "EXPRESSION"
---@field keep "first"|"last"

local WANTED = 'a list of source columns and w.sql "EXPRESSION"'

local function check_term(value, place)
    if value_of.is(value) and value.kind == "sql" or type(value) == "string" and value ~= "" then
        return value
    end
    return key_check.fail(place, 'a source column or w.sql "EXPRESSION"', value)
end

local function check_by(value, place)
    if type(value) ~= "table" or getmetatable(value) or value[1] == nil then
        key_check.fail(place, WANTED, value)
    end
    local copy = {}
    for key in pairs(value) do
        if math.type(key) ~= "integer" or key < 1 or key > #value then
            key_check.fail(place, WANTED, value)
        end
        copy[key] = check_term(value[key], ("%s[%d]"):format(place, key))
    end
    return copy
end

---@type wherry.VocabularyKey[]
merge.keys = {
    { key = "by", type = "by", required = true,
        text = "Rows that are equal in all of these are one row, as SQLite compares them; NULL is equal to nothing." },
    { key = "keep", type = "keep", default = "first", text = "Which of them stays, in the order of the table's key." },
}

---Types of keys, as in wherry.plan.vocabulary.
merge.types = {
    by = { text = WANTED, check = check_by },
    keep = { text = '"first" or "last"', check = key_check.choice("first", "last") },
    integer = { text = "an integer", check = function(value, place)
        return math.tointeger(type(value) == "number" and value or nil) or key_check.fail(place, "an integer", value)
    end },
}

---Checks that references of a table are of use: only keys that are merged or moved are replaced elsewhere. Of several
---sources a table may be merged under another name, and moved by its source. Raises kind "plan".
---@param tables table<string, wherry.Table|wherry.Skip> of a plan with one source
function merge.check_references(tables)
    for _, name in ipairs(shallow.keys(tables)) do
        local entry = tables[name]
        if (entry.references or {})[1] and not entry.merge and entry.offset == 0 then
            failure.raise("plan", ("tables.%s.references: its keys stay as they are: the table has neither merge nor "
                .. "offset"):format(name), "add merge = { by = { ... } }, or leave references out")
        end
    end
end

return merge
