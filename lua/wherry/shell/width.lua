-- width.lua: how many columns of a terminal a text takes, and texts cut and filled to a number of them.
local width = {}

-- What takes two columns: East Asian letters and signs, most emoji; and what takes none: marks upon others.
local WIDE = { { 0x1100, 0x115f }, { 0x2e80, 0xa4cf }, { 0xac00, 0xd7a3 }, { 0xf900, 0xfaff }, { 0xfe30, 0xfe6f },
    { 0xff00, 0xff60 }, { 0xffe0, 0xffe6 }, { 0x1f300, 0x1f64f }, { 0x1f900, 0x1faff }, { 0x20000, 0x3fffd } }
local NONE = { { 0x300, 0x36f }, { 0x200b, 0x200f }, { 0xfe00, 0xfe0f } }

local function within(ranges, code)
    for _, range in ipairs(ranges) do
        if code >= range[1] and code <= range[2] then
            return true
        end
    end
    return false
end

---@param code integer
---@return integer
function width.of_code(code)
    if code < 0x300 then
        return 1
    end
    return within(WIDE, code) and 2 or within(NONE, code) and 0 or 1
end

---@param text string in UTF-8
---@return integer
function width.of(text)
    if not text:find "[\x80-\xff]" then
        return #text
    end
    local sum = 0
    for _, code in utf8.codes(text, true) do
        sum = sum + width.of_code(code)
    end
    return sum
end

---No more than so many columns of a text; what was cut off is shown by a sign.
---@param text string in UTF-8
---@param most integer at least 1
---@return string
function width.cut(text, most)
    if #text <= most or width.of(text) <= most then
        return text
    end
    local sum = 0
    for place, code in utf8.codes(text, true) do
        sum = sum + width.of_code(code)
        if sum > most - 1 then
            return text:sub(1, place - 1) .. "…"
        end
    end
    return text
end

---A text filled with spaces to so many columns.
---@param text string in UTF-8
---@param columns integer
---@param right boolean? the spaces stand before it
---@return string
function width.fill(text, columns, right)
    local spaces = (" "):rep(columns - width.of(text))
    return right and spaces .. text or text .. spaces
end

return width
