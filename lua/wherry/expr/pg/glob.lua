-- GLOB patterns that are known: as an equality, a LIKE pattern or a regular expression.
local glob = {}

-- Characters of a UTF-8 text.
local function characters(text)
    local list = {}
    for _, code in utf8.codes(text) do
        list[#list + 1] = utf8.char(code)
    end
    return list
end

local function escaped(character)
    return character:find("^[%p]$") and "\\" .. character or character
end

-- A bracket that opens at `first`: its regular expression and the place behind it; nil: it is not closed.
local function bracket(list, first)
    local at, parts, negated = first + 1, {}, false
    if list[at] == "^" then
        negated, at = true, at + 1
    end
    if list[at] == "]" then
        parts[1], at = "\\]", at + 1
    end
    while list[at] and list[at] ~= "]" do
        local last = list[at + 2]
        if list[at + 1] == "-" and last and last ~= "]" then
            -- A range that runs backwards matches its first character alone.
            if utf8.codepoint(list[at]) <= utf8.codepoint(last) then
                parts[#parts + 1] = escaped(list[at]) .. "-" .. escaped(last)
            else
                parts[#parts + 1] = escaped(list[at])
            end
            at = at + 3
        else
            parts[#parts + 1] = escaped(list[at])
            at = at + 1
        end
    end
    if not list[at] then
        return nil
    end
    return ("[%s%s]"):format(negated and "^" or "", table.concat(parts)), at + 1
end

local function regular(list)
    local parts, at = {}, 1
    while list[at] do
        local character = list[at]
        if character == "[" then
            local class, after = bracket(list, at)
            if not class then
                return nil
            end
            parts[#parts + 1], at = class, after
        else
            if character == "*" then
                parts[#parts + 1] = parts[#parts] ~= ".*" and ".*" or nil
            else
                parts[#parts + 1] = character == "?" and "." or escaped(character)
            end
            at = at + 1
        end
    end
    return parts
end

local LIKE = { ["*"] = "%", ["?"] = "_", ["%"] = "\\%", ["_"] = "\\_", ["\\"] = "\\\\" }

---@param pattern string
---@return "never"|"equal"|"like"|"regex" form
---@return string? text
function glob.translate(pattern)
    if not pattern:find("[", 1, true) then
        if not pattern:find("[*?]") then
            return "equal", pattern
        end
        return "like", (pattern:gsub("[*?%%_\\]", LIKE))
    end
    local parts = regular(characters(pattern))
    if not parts then
        return "never", nil
    end
    local first, last = 1, #parts
    local head, tail = "^", "$"
    if parts[first] == ".*" then
        head, first = "", 2
    end
    if last >= first and parts[last] == ".*" then
        tail, last = "", last - 1
    end
    return "regex", head .. table.concat(parts, "", first, last) .. tail
end

return glob
