-- text.lua: rejected rows as text: groups of the same reason with their first examples, for the end of a run and for
-- wherry rejects list.
local grouped = require "wherry.progress".grouped
local place = require "wherry.place"

local text = {}

---A number of rows in words.
---@param count integer
---@return string
function text.rows(count)
    return count == 1 and "1 row" or grouped(count) .. " rows"
end

---A reject's key and value, for people.
---@param example { key: string|nil, value: table|nil }
---@return string
function text.example(example)
    local value = place.value(example)
    return place.printable(example.key or "a row without a key") .. (value and ": " .. value or "")
end

---Adds a group and its examples.
---@param group wherry.RejectGroup
---@param lines string[]
function text.group(group, lines)
    local where = group.table .. (group.column and "." .. group.column or "")
    lines[#lines + 1] = ("  %s: %s: %s%s"):format(place.printable(where), text.rows(group.count),
        place.printable(group.reason), (group.sqlstate or "") ~= "" and (" (SQLSTATE %s)"):format(group.sqlstate) or "")
    for _, example in ipairs(group.examples) do
        lines[#lines + 1] = "      " .. text.example(example)
    end
    if group.count > #group.examples then
        lines[#lines + 1] = ("      ... and %s more"):format(grouped(group.count - #group.examples))
    end
end

---How many rows the groups hold.
---@param groups wherry.RejectGroup[]
---@return string
function text.count(groups)
    local sum = 0
    for _, group in ipairs(groups) do
        sum = sum + group.count
    end
    return text.rows(sum)
end

return text
