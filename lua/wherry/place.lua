-- place.lua: where something happened, as a reader sees it: table, column, key, and the value that stood there.
local place = {}

-- The C1 controls, and what turns the direction of writing or ends a line: U+200E and U+200F, U+2028 to U+202E, U+2066
-- to U+2069.
local STEERING = { "\xc2[\x80-\x9f]", "\xe2\x80[\x8e\x8f\xa8-\xae]", "\xe2\x81[\xa6-\xa9]" }

--- Names come from files that nobody has to trust: nothing that steers a terminal reaches it.
---@param text any
---@return string
function place.printable(text)
    local shown = tostring(text):gsub("[%c]", function(c)
        return c == "\n" and "\\n" or c == "\t" and "\\t" or ("\\x%02x"):format(c:byte())
    end)
    for _, pattern in ipairs(STEERING) do
        shown = shown:gsub(pattern, function(bytes) return ("\\u%04x"):format(utf8.codepoint(bytes)) end)
    end
    return shown
end

--- Table, column and key of an error; "" when nothing of it is known.
---@param entry { table: string?, column: string?, key: string? }
---@return string
function place.of(entry)
    local parts = {}
    for _, field in ipairs { "table", "column", "key" } do
        if entry[field] then
            -- a row that stands in the target is known as a whole: as JSON
            local label = field == "key" and tostring(entry.key):find "^{" and "row" or field
            parts[#parts + 1] = label .. " " .. place.printable(entry[field])
        end
    end
    return table.concat(parts, ", ")
end

--- The value of an error or a finding, cut where it is long; nil when there is none.
---@param entry { value: any, value_class: string? }
---@return string|nil
function place.value(entry)
    local value, class, is_hex = entry.value, entry.value_class, false
    if type(value) == "table" then
        value, class, is_hex = value.text or value.hex or "", value.class, not value.text and value.hex ~= nil
    end
    if value == nil or class == "null" then
        return class == "null" and "NULL" or nil
    end
    local text = place.printable(value)
    if #text > 200 then
        local cut = utf8.len(text) and utf8.offset(text, 0, 200) or 200
        text = text:sub(1, cut - 1) .. "..."
    end
    if class == "text" and is_hex then
        return ("x'%s' (text that is not UTF-8)"):format(text)
    end
    return class == "text" and '"' .. text .. '" (text)' or text .. (class and (" (%s)"):format(class) or "")
end

--- The place of a finding, without what its reason says anyhow; a key without a table is no row's.
---@param finding wherry.Finding
---@return string
function place.of_finding(finding)
    local key = finding.key
    local twice = key == finding.table or key == finding.column or not finding.table
        or finding.code == "missing_right" or key and finding.reason:find(key, 1, true)
    return place.of { table = finding.table, column = finding.column, key = not twice and key or nil }
end

return place
