-- receipts.lua: receipts as lines of the summary; what is said of many objects alike is said once.
local printable = require "wherry.place".printable

local receipts_text = {}

-- So many receipts that say the same of objects of one kind become one line.
local ALIKE, NAMED = 4, 3

-- Objects that share kind and note, the counts in it left aside, as lists in the order of their first.
local function alike(list)
    local groups, by_text = {}, {}
    for _, object in ipairs(list) do
        local text = object.kind .. "\0" .. (object.note or object.name):gsub(" ?%b()", "")
        if not by_text[text] then
            by_text[text] = { note = object.note and object.note:gsub(" ?%b()", "") }
            groups[#groups + 1] = by_text[text]
        end
        table.insert(by_text[text], object)
    end
    return groups
end

---What stands in the summary for objects that are not exact.
---@param list wherry.Object[] sorted
---@param verbose boolean each by itself
---@return string[]
function receipts_text.lines(list, verbose)
    local out = {}
    for _, group in ipairs(alike(list)) do
        if #group < ALIKE or verbose then
            for _, object in ipairs(group) do
                out[#out + 1] = ("%s %s%s"):format(object.kind, printable(object.name),
                    object.note and ": " .. printable(object.note) or "")
            end
        else
            local names = {}
            for i = 1, NAMED do
                names[i] = printable(group[i].name)
            end
            out[#out + 1] = ("%s %s and %d more: %s"):format(group[1].kind, table.concat(names, ", "),
                #group - NAMED, printable(group.note))
        end
    end
    return out
end

return receipts_text
