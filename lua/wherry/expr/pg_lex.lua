-- PostgreSQL's tokenizer, as far as the texts go that its catalog functions print for expressions.

local pg_lex = {}

---@class wherry.PgToken
---@field kind "word"|"quoted"|"string"|"bits"|"number"|"operator"|"punctuation"
---@field text string as written
---@field value string|nil a name (a bare word in lower case), a string without its quotes, the digits of a bit string
---@field upper string|nil of a word: in upper case, as keywords are compared
---@field first integer
---@field last integer

local NAME = "^[%a_\x80-\xff][%w_$\x80-\xff]*"

-- The characters of operators; an operator is the longest run of them that PostgreSQL's rules allow.
local OPERATOR = "^[%+%-%*/<>=~!@#%%%^&|`%?]+"

local ESCAPES = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t" }

-- The end of a quoted token, whose quote is doubled to stand for itself; `escapes`: a backslash takes what follows it.
local function quoted_end(sql, position, quote, escapes)
    local at = position
    while true do
        at = at + 1
        local c = sql:sub(at, at)
        if c == "" then
            return nil
        elseif c == "\\" and escapes then
            at = at + 1
        elseif c == quote then
            if sql:sub(at + 1, at + 1) ~= quote then
                return at
            end
            at = at + 1
        end
    end
end

-- The value of the inside of an E'' string; nil when an escape is not understood.
local function unescape(text)
    local parts, at = {}, 1
    while at <= #text do
        local plain = text:match("^[^\\]+", at)
        if plain then
            parts[#parts + 1] = plain
            at = at + #plain
        else
            local octal = text:match("^\\([0-7][0-7]?[0-7]?)", at)
            local hex = text:match("^\\x(%x%x?)", at)
            local code = text:match("^\\u(%x%x%x%x)", at) or text:match("^\\U(%x%x%x%x%x%x%x%x)", at)
            if octal then
                parts[#parts + 1] = string.char(tonumber(octal, 8) & 0xff)
                at = at + 1 + #octal
            elseif hex then
                parts[#parts + 1] = string.char(tonumber(hex, 16))
                at = at + 2 + #hex
            elseif code then
                local number = tonumber(code, 16)
                if number > 0x10ffff then
                    return nil
                end
                parts[#parts + 1] = utf8.char(number)
                at = at + 2 + #code
            else
                local c = text:sub(at + 1, at + 1)
                parts[#parts + 1] = ESCAPES[c] or c
                at = at + 2
            end
        end
    end
    return table.concat(parts)
end

-- An operator ends before a comment's beginning (nil: it is one), and one of several characters does not end in + or -
-- unless it holds one of ~ ! @ # % ^ & | ` ?
local function operator_end(sql, position)
    local text = sql:match(OPERATOR, position)
    local comment = text:find("--", 1, true) or text:find("/*", 1, true)
    if comment == 1 then
        return nil
    elseif comment then
        text = text:sub(1, comment - 1)
    end
    while #text > 1 and text:find("[+-]$") and not text:find("[~!@#%%^&|`?]") do
        text = text:sub(1, -2)
    end
    return position + #text - 1
end

local function number_end(sql, position)
    local last = sql:match("^%d+%.?%d*()", position) or sql:match("^%.%d+()", position)
    last = sql:match("^[eE][+-]?%d+()", last) or last
    return last - 1
end

local function read_string(sql, position, token)
    local prefix = sql:match("^[eEbBxXnN]?", position):upper()
    local escapes = prefix == "E"
    local last = quoted_end(sql, position + #prefix, "'", escapes)
    if not last then
        return nil, "a quote is not closed"
    end
    local value = sql:sub(position + #prefix + 1, last - 1):gsub("''", "'")
    if escapes then
        value = unescape(value)
        if not value then
            return nil, "an escape is malformed"
        end
    end
    local read = token(prefix:find("[BX]") and "bits" or "string", last, value)
    read.prefix = prefix
    return read
end

-- The token that begins at `position`, or nil and a message.
local function read(sql, position)
    local function token(kind, last, value)
        return { kind = kind, text = sql:sub(position, last), value = value, first = position, last = last }
    end

    local c = sql:sub(position, position)
    if sql:find("^[eEbBxXnN]?'", position) then
        return read_string(sql, position, token)
    elseif c == '"' then
        local last = quoted_end(sql, position, c, false)
        if not last then
            return nil, "a quote is not closed"
        end
        return token("quoted", last, (sql:sub(position + 1, last - 1):gsub('""', '"')))
    elseif sql:find(NAME, position) then
        local _, last = sql:find(NAME, position)
        local word = token("word", last)
        word.value, word.upper = word.text:gsub("%u", string.lower), word.text:upper()
        return word
    elseif sql:find("^%.?%d", position) then
        return token("number", number_end(sql, position))
    elseif sql:find("^::", position) or sql:find("^:=", position) then
        return token("punctuation", position + 1)
    elseif c:find("[%(%)%[%],;:%.]") then
        return token("punctuation", position)
    elseif sql:find(OPERATOR, position) and operator_end(sql, position) then
        return token("operator", operator_end(sql, position))
    end
    return nil, ("unrecognized token %q"):format(c)
end

---Splits an expression's text into tokens.
---@param sql string
---@return wherry.PgToken[]? tokens nil when the text is not PostgreSQL's
---@return string? message
---@return integer? position where reading stopped
function pg_lex.tokens(sql)
    local tokens, position = {}, 1
    while true do
        position = sql:match("^[ \t\n\f\r\v]*()", position)
        if position > #sql then
            return tokens
        end
        local token, message = read(sql, position)
        if not token then
            return nil, message, position
        end
        tokens[#tokens + 1] = token
        position = token.last + 1
    end
end

return pg_lex
