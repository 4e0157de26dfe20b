-- statement.lua: what a line of the shell is: a command, SQL or Lua; and where a statement of SQL ends.
local statement = {}

-- The words with which SQL begins. Some are names in Lua, too: what follows decides.
local SQL = {}
for word in ([[
    select with values table insert update delete replace merge truncate explain pragma show set reset create alter
    drop comment grant revoke begin start commit rollback abort savepoint release analyze vacuum reindex refresh
    cluster checkpoint attach detach call lock prepare execute deallocate declare fetch close discard listen notify
    unlisten
]]):gmatch "%S+" do
    SQL[word] = true
end

-- Those behind which a parenthesis may stand, in lower case, too.
local BEFORE_PARENTHESIS = { explain = true, values = true, vacuum = true, analyze = true }

-- Those that are statements without anything behind them.
local ALONE = { begin = true, commit = true, rollback = true, abort = true, analyze = true, vacuum = true,
    reindex = true, checkpoint = true }

---@param text string the beginning of what was typed
---@return "command"|"sql"|"lua"|"nothing"
function statement.kind(text)
    local first = text:match "^%s*()"
    if first > #text then
        return "nothing"
    elseif text:sub(first, first) == "." then
        return "command"
    elseif text:find("^/%*", first) then
        return "sql"
    end
    local word, rest = text:match("^(%a+)(.*)$", first)
    if not word or not SQL[word:lower()] then
        return "lua"
    elseif rest:find "^%s*;?%s*$" then
        return ALONE[word:lower()] and "sql" or "lua"
    elseif rest:find "^%s*%(" then
        -- select("#", ...) is Lua
        return (word == word:upper() or BEFORE_PARENTHESIS[word]) and "sql" or "lua"
    end
    local space, sign = rest:match "^(%s*)(.)"
    if sign:find "[%w_\"'`%*%-%[$+]" and (space ~= "" or sign:find "[\"'*]") then
        return "sql"
    end
    return "lua"
end

-- The place behind what is quoted from `place` on; #text + 2 where it is not closed.
local function behind_quote(text, place)
    local quote = text:sub(place, place)
    if quote == "$" then
        local inside = text:sub(place - 1, place - 1):find "[%w_$\128-\255]"
        local tag = not inside and text:match("^%$[%a_]*[%w_]*%$", place)
        if not tag then
            return place + 1
        end
        local _, last = text:find(tag, place + #tag, true)
        return last and last + 1 or #text + 2
    elseif quote == "'" and text:sub(1, place - 1):find "%f[%w_][eE]$" then
        local at = place + 1
        while at <= #text do
            local c = text:sub(at, at)
            if c == "'" then
                return at + 1
            end
            at = at + (c == "\\" and 2 or 1)
        end
        return #text + 2
    end
    local last = text:find(quote, place + 1, true)
    return last and last + 1 or #text + 2
end

local function behind_comment(text, place)
    if text:sub(place, place) == "-" then
        return text:find("\n", place, true) or #text + 1
    end
    local _, last = text:find("*/", place + 2, true)
    return last and last + 1 or #text + 2
end

-- Statements with semicolons inside of them end with `; END;`.
local function has_body(text)
    local head = text:upper():gsub("^%s+", "")
    local is_trigger = head:find "^CREATE%s+TRIGGER" or head:find "^CREATE%s+TEMP%a*%s+TRIGGER"
    return is_trigger and head:find "%f[%w]BEGIN%f[%W]" or head:find "%f[%w]BEGIN%s+ATOMIC"
end

---The first statement of a text, up to its semicolon.
---@param text string
---@return string|nil statement without the semicolon; nil: it does not end yet
---@return string|nil rest what stands behind it
function statement.split(text)
    local at, last_semicolon, within_body = 1, nil, nil
    local only_end = false -- since the last semicolon nothing but END was read
    while true do
        local place = text:find("[;'\"`$%w/-]", at)
        if not place then
            return nil
        end
        local c, two = text:sub(place, place), text:sub(place, place + 1)
        if c == ";" then
            if within_body == nil then
                within_body = has_body(text:sub(1, place)) and true or false
            end
            if not within_body or (last_semicolon and only_end) then
                return text:sub(1, place - 1), text:sub(place + 1)
            end
            last_semicolon, only_end, at = place, false, place + 1
        elseif two == "--" or two == "/*" then
            at = behind_comment(text, place)
        elseif c:find "%w" then
            local word, behind = text:match("^([%w_]+)()", place)
            -- a prefix of a quote (E'', X'') is looked at with its quote
            local is_end = word:upper() == "END" and text:find("^%s*;", behind)
            only_end, at = is_end and text:sub((last_semicolon or 0) + 1, place - 1):find "^%s*$" ~= nil, behind
        elseif c:find "['\"`$]" then
            at = behind_quote(text, place)
        else
            at = place + 1
        end
        if at > #text + 1 then
            return nil
        end
    end
end

---Whether a text of SQL holds anything but white space and comments.
---@param text string
---@return boolean
function statement.is_blank(text)
    return text:gsub("%-%-[^\n]*", ""):gsub("/%*.-%*/", ""):find "%S" == nil
end

return statement
