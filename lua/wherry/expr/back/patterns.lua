-- LIKE patterns and regular expressions as patterns of GLOB, which is the one case-sensitive matching that every SQLite
-- has.

local patterns = {}

-- One character for GLOB, standing for itself.
local function literal(character)
    return character:find("^[%*%?%[]$") and "[" .. character .. "]" or character
end

-- The characters of valid UTF-8.
local function characters(text)
    local list = {}
    for _, code in utf8.codes(text) do
        list[#list + 1] = utf8.char(code)
    end
    return list
end

---A text that stands for itself, as a pattern of GLOB.
---@param text string
---@return string
function patterns.literal(text)
    return (text:gsub("[%*%?%[]", "[%0]"))
end

---Whether a LIKE pattern means the same to SQLite's LIKE: it has no letter that could match in another case, and no
---backslash.
---@param pattern string
---@return boolean
function patterns.caseless(pattern)
    return not pattern:find("[%a\\\x80-\xff]")
end

---A LIKE pattern as one of GLOB; nil when it ends in a lone backslash, at which PostgreSQL raises an error.
---@param pattern string
---@return string?
function patterns.of_like(pattern)
    local list, parts, at = characters(pattern), {}, 1
    while at <= #list do
        local c = list[at]
        if c == "\\" then
            at = at + 1
            if not list[at] then
                return nil
            end
            parts[#parts + 1] = literal(list[at])
        elseif c == "%" then
            parts[#parts + 1] = "*"
        else
            parts[#parts + 1] = c == "_" and "?" or literal(c)
        end
        at = at + 1
    end
    return table.concat(parts)
end

-- A bracket expression of plain characters and ranges, from its opening bracket on: its inside as GLOB takes it,
-- whether it is negated, and where it ends. Classes by name, escapes and odd orders are not taken.
local function bracket(list, at)
    local inside, first = {}, at + 1
    local negated = list[first] == "^"
    first = negated and first + 1 or first
    at = first
    while list[at] and list[at] ~= "]" do
        local c = list[at]
        if c == "[" or c == "\\" or c == "^" or (c == "-" and at ~= first and list[at + 1] ~= "]") then
            return nil
        end
        if list[at + 1] == "-" and list[at + 2] and list[at + 2] ~= "]" then
            local last = list[at + 2]
            if last == "[" or last == "\\" or utf8.codepoint(c) > utf8.codepoint(last) then
                return nil
            end
            inside[#inside + 1] = c .. "-" .. last
            at = at + 3
        else
            inside[#inside + 1] = c
            at = at + 1
        end
    end
    if not list[at] or #inside == 0 then
        return nil
    end
    -- A minus at the beginning stands for itself in GLOB only at the end.
    if inside[1] == "-" and #inside > 1 then
        table.insert(inside, table.remove(inside, 1))
    end
    return table.concat(inside), negated, at
end

-- One atom of a regular expression as an atom of GLOB, and where it ends; for a set also what it must not match.
local function atom(list, at)
    local c = list[at]
    if c == "[" then
        local inside, negated, last = bracket(list, at)
        if not inside then
            return nil
        end
        return "[" .. (negated and "^" or "") .. inside .. "]", last, "[" .. (negated and "" or "^") .. inside .. "]"
    elseif c == "." then
        return "?", at
    elseif c == "\\" then
        local escaped = list[at + 1]
        if escaped == "d" then
            return "[0-9]", at + 1, "[^0-9]"
        elseif not escaped or escaped:find("^[%w\x80-\xff]") then
            return nil
        end
        return literal(escaped), at + 1
    elseif c:find("^[%^%$%*%+%?%(%)%{%}|%]]$") then
        return nil
    end
    return literal(c), at
end

-- How often the atom before may stand, by the quantifier at `at`: least, most (nil: any number), and what comes next.
local function quantifier(list, at)
    local c = list[at]
    if c == "*" or c == "+" then
        return c == "+" and 1 or 0, nil, at + 1
    elseif c == "{" then
        local digits, last = "", at + 1
        while list[last] and list[last]:find("^[%d,]$") do
            digits, last = digits .. list[last], last + 1
        end
        local least, comma, most = digits:match("^(%d+)(,?)(%d*)$")
        if list[last] ~= "}" or not least then
            return nil
        end
        least = math.tointeger(tonumber(least))
        most = comma == "" and least or (most ~= "" and math.tointeger(tonumber(most)) or nil)
        return least, most, last + 1
    elseif c == "?" then
        return 0, 1, at + 1
    end
    return 1, 1, at
end

local LONGEST = 100

---A regular expression as patterns of GLOB.
---@param regex string
---@return {glob: string}|{none: string, least: integer, most: integer?}|nil found `none`: what no part of the text may
---match, with how many characters it has
function patterns.of_regex(regex)
    if regex:find("^%*%*%*") or regex:find("^%(%?") then
        return nil
    end
    local list, parts = characters(regex), {}
    local anchored = list[1] == "^"
    local at = anchored and 2 or 1
    parts[1] = not anchored and "*" or nil
    local count, only = 0, nil
    while list[at] and not (list[at] == "$" and at == #list) do
        local glob, last, complement = atom(list, at)
        if not glob then
            return nil
        end
        local least, most, next_at = quantifier(list, last + 1)
        -- A second quantifier makes the first one modest or possessive.
        if not least or (next_at > last + 1 and list[next_at] and list[next_at]:find("^[%*%+%?{]$")) then
            return nil
        end
        count = count + 1
        if least == most and least <= LONGEST then
            parts[#parts + 1] = glob:rep(least)
        elseif glob == "?" and most == nil and least <= LONGEST then
            parts[#parts + 1] = glob:rep(least) .. "*"
        elseif complement and anchored and count == 1 and list[next_at] == "$" and next_at == #list then
            only = { none = "*" .. complement .. "*", least = least, most = most }
        else
            return nil
        end
        at = next_at
    end
    if only then
        return only
    end
    parts[#parts + 1] = list[at] ~= "$" and "*" or nil
    return { glob = (table.concat(parts):gsub("%*%*+", "*")) }
end

return patterns
