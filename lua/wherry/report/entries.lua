-- entries.lua: long lists in the text of a report: their first entries, all of them with --verbose.
local entries = {}

local LISTED = 20

---Calls `write` for each entry that is shown, and adds a line that says how many more there are.
---@param list table[]
---@param options { verbose: boolean? }
---@param lines string[]
---@param write fun(entry: table)
function entries.add(list, options, lines, write)
    for index, entry in ipairs(list) do
        if index > LISTED and not options.verbose then
            lines[#lines + 1] = ("  ... and %d more (--verbose)"):format(#list - LISTED)
            break
        end
        write(entry)
    end
end

return entries
