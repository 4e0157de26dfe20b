-- csv.lua: comma-separated values as RFC 4180 has them: fields in quotes may hold commas, quotes and line ends.
local failure = require "wherry.failure"

local csv = {}

-- The field that begins at a place, and the place of what ends it.
local function field(text, at, line)
    if text:sub(at, at) ~= '"' then
        local last = text:find("[,\r\n]", at) or #text + 1
        return text:sub(at, last - 1), last
    end
    local parts, from = {}, at + 1
    while true do
        local quote = text:find('"', from, true)
        if not quote then
            failure.raise("plan", ("the quotes that begin in line %d are not closed"):format(line))
        end
        parts[#parts + 1] = text:sub(from, quote - 1)
        if text:sub(quote + 1, quote + 1) ~= '"' then
            return table.concat(parts, '"'), quote + 1
        end
        from = quote + 2
    end
end

---The records, each with the number of its line in the file; empty lines are none.
---@param text string
---@return fun(): integer|nil, string[]|nil
function csv.records(text)
    local at, line = text:sub(1, 3) == "\xEF\xBB\xBF" and 4 or 1, 1
    return function()
        while at <= #text and text:find("^\r?\n", at) do
            at, line = text:find("\n", at, true) + 1, line + 1
        end
        if at > #text then
            return nil
        end
        local record, number = {}, line
        while true do
            local value, behind = field(text, at, line)
            line = line + select(2, value:gsub("\n", ""))
            record[#record + 1] = value
            at = behind + 1
            local ended = text:match("^\r?\n()", behind)
            if ended or behind > #text then
                at, line = ended or behind, line + 1
                return number, record
            elseif text:sub(behind, behind) ~= "," then
                failure.raise("plan", ("line %d: a comma, or the end of the line, has to follow a field"):format(line))
            end
        end
    end
end

return csv
