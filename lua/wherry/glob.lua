-- glob.lua: globs of table names, as --only and --skip take them: * ? [abc] [a-z] [!a-z]; a backslash takes the next
-- character as it is. Case does not count, since two tables of a SQLite file never differ by case alone, unless it is
-- asked for.
local glob = {}

local function escape(character)
    return (character:gsub("[%^%$%(%)%%%.%[%]%*%+%-%?]", "%%%0"))
end

-- The Lua pattern of the set that starts at `at`, behind the bracket, and the place behind it; nil when it never ends.
local function set_pattern(text, at)
    local negated = text:sub(at, at) == "!" or text:sub(at, at) == "^"
    if negated then
        at = at + 1
    end
    local close = text:find("]", at + 1, true)
    if not close then
        return nil
    end
    local body = text:sub(at, close - 1):gsub("[%%%]%^%[]", "%%%0")
    return "[" .. (negated and "^" or "") .. body .. "]", close + 1
end

---The Lua pattern that a glob means.
---@param text string
---@param exact? boolean case counts
---@return string
function glob.pattern(text, exact)
    local lower, parts, at = exact and text or text:lower(), { "^" }, 1
    while at <= #lower do
        local character = lower:sub(at, at)
        local set, behind
        if character == "[" then
            set, behind = set_pattern(lower, at + 1)
        end
        if set then
            parts[#parts + 1], at = set, behind
        elseif character == "*" then
            parts[#parts + 1], at = ".*", at + 1
        elseif character == "?" then
            -- one character, not one byte
            parts[#parts + 1], at = "[^\x80-\xBF][\x80-\xBF]*", at + 1
        elseif character == "\\" and at < #lower then
            parts[#parts + 1], at = escape(lower:sub(at + 1, at + 1)), at + 2
        else
            parts[#parts + 1], at = escape(character), at + 1
        end
    end
    parts[#parts + 1] = "$"
    return table.concat(parts)
end

---Whether a name is matched by a glob.
---@param name string
---@param text string
---@param exact? boolean case counts, as in names of files
---@return boolean
function glob.matches(name, text, exact)
    return (exact and name or name:lower()):find(glob.pattern(text, exact)) ~= nil
end

---The first of several globs that matches a name, or nil.
---@param name string
---@param globs string[]
---@return string|nil
function glob.any(name, globs)
    for _, text in ipairs(globs) do
        if glob.matches(name, text) then
            return text
        end
    end
    return nil
end

return glob
