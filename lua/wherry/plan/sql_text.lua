-- sql_text.lua: SQL of PostgreSQL as people write it: taken apart into statements, and what a statement begins with.
-- Comments, quotes of all kinds and the bodies of functions hold semicolons that end nothing.
local sql_text = {}

-- The place behind a comment /* .. */, in which others may stand.
local function behind_comment(text, at)
    local depth, place = 1, at + 2
    while depth > 0 do
        local first, _, found = text:find("([/*][/*])", place)
        if not first then
            return #text + 1
        elseif found == "/*" then
            depth, place = depth + 1, first + 2
        elseif found == "*/" then
            depth, place = depth - 1, first + 2
        else
            place = first + 1
        end
    end
    return place
end

-- The place behind a quote; escapes: a backslash takes what follows it. A doubled quote ends one and begins another.
local function behind_quote(text, at, quote, escapes)
    local place = at + 1
    while true do
        local found = text:find(escapes and "['\\]" or quote, place)
        if not found then
            return #text + 1
        elseif text:sub(found, found) == quote then
            return found + 1
        end
        place = found + 2
    end
end

-- The place behind $tag$ .. $tag$; a $ that begins none is one character.
local function behind_dollar(text, at)
    local tag = text:match("^%$[%a_\128-\255][%w_\128-\255]*%$", at) or text:match("^%$%$", at)
    if not tag then
        return at + 1
    end
    local _, last = text:find(tag, at + #tag, true)
    return (last or #text) + 1
end

-- The token at a place: what it is, and the place behind it.
local function token(text, at)
    local two, one = text:sub(at, at + 1), text:sub(at, at)
    if one:find "%s" then
        return "space", text:find("%S", at) or #text + 1
    elseif two == "--" then
        return "space", text:find("\n", at, true) or #text + 1
    elseif two == "/*" then
        return "space", behind_comment(text, at)
    elseif two:find "^[eE]'" then
        return "quote", behind_quote(text, at + 1, "'", true)
    elseif one == "'" or one == '"' then
        return "quote", behind_quote(text, at, one, false)
    elseif one:find "[%a_\128-\255]" then
        return "word", text:find("[^%w_$\128-\255]", at) or #text + 1
    elseif one == "$" then
        return "quote", behind_dollar(text, at)
    end
    return one == ";" and "end" or "sign", at + 1
end

-- How deep in the body of a function one is behind a word: BEGIN ATOMIC .. END holds statements, and CASE has an END of
-- its own.
local function depth_behind(depth, before, word)
    if depth == 0 then
        return before == "BEGIN" and word == "ATOMIC" and 1 or 0
    end
    return depth + (word == "CASE" and 1 or word == "END" and -1 or 0)
end

---The statements of a text, without what is around them: semicolons, white space, comments.
---@param text string
---@return string[]
function sql_text.split(text)
    local list, first, last, at, depth, before = {}, nil, 0, 1, 0, nil
    while at <= #text do
        local kind, behind = token(text, at)
        local word = kind == "word" and text:sub(at, behind - 1):upper() or nil
        depth = word and depth_behind(depth, before, word) or depth
        before = word or kind == "space" and before or nil
        if kind == "end" and depth == 0 then
            list[#list + 1] = first and text:sub(first, last)
            first = nil
        elseif kind ~= "space" then
            first, last = first or at, behind - 1
        end
        at = behind
    end
    list[#list + 1] = first and text:sub(first, last)
    return list
end

-- The first words of a statement, in upper case.
local function words_of(text, count)
    local words, at = {}, 1
    while at <= #text and #words < count do
        local kind, behind = token(text, at)
        if kind == "word" then
            words[#words + 1] = text:sub(at, behind - 1):upper()
        elseif kind ~= "space" and kind ~= "end" then
            break
        end
        at = behind
    end
    return words
end

local CONTROLS = { BEGIN = true, START = true, COMMIT = true, END = true, ROLLBACK = true, ABORT = true }

---What a statement does to the transaction that it is in: "COMMIT", "BEGIN" and so on; nil: nothing, or it is about a
---savepoint.
---@param text string one statement
---@return string|nil
function sql_text.control(text)
    local words = words_of(text, 4)
    if words[1] == "PREPARE" then
        return words[2] == "TRANSACTION" and "PREPARE TRANSACTION" or nil
    elseif words[1] == "ROLLBACK" then
        local place = (words[2] == "WORK" or words[2] == "TRANSACTION") and 3 or 2
        return words[place] ~= "TO" and "ROLLBACK" or nil
    end
    return CONTROLS[words[1]] and words[1] or nil
end

return sql_text
