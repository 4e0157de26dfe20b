-- SQLite's tokenizer: a statement's text as an array of tokens, white space left out and comments set aside.

local lex = {}

---@class wherry.Token
---@field kind "word"|"quoted"|"string"|"blob"|"number"|"operator"|"variable"
---@field text string as written
---@field value string|nil a name or string without its quotes, the digits of a blob
---@field upper string|nil of a word: in upper case, as keywords are compared
---@field first integer where it begins in the text
---@field last integer where it ends

---@class wherry.Comment
---@field text string what stands behind -- or between /* and */
---@field block boolean written as /* */
---@field first integer where it begins in the text
---@field last integer where it ends, the end of its line not included

-- Letters, digits, underscore, dollar and every byte above ASCII belong to a name.
local NAME = "^[%a_\x80-\xff][%w_$\x80-\xff]*"

local OPERATORS = {
    ["->>"] = true, ["->"] = true, ["||"] = true, ["<="] = true, ["<>"] = true, ["<<"] = true, [">="] = true,
    [">>"] = true, ["!="] = true, ["=="] = true,
}

-- The comment that begins at `position`, nil when there is none. A block comment may stay open to the end.
local function comment_at(sql, position)
    local two = sql:sub(position, position + 1)
    if two == "--" then
        local last = (sql:find("\n", position, true) or #sql + 1) - 1
        return { text = sql:sub(position + 2, last), block = false, first = position, last = last }
    elseif two == "/*" and position + 2 <= #sql then
        local closing, last = sql:find("*/", position + 2, true)
        local text = sql:sub(position + 2, (closing or #sql + 1) - 1)
        return { text = text, block = true, first = position, last = last or #sql }
    end
    return nil
end

-- The end of white space and comments that begin at `position`; the comments are added to a list.
local function skip_blank(sql, position, comments)
    while true do
        local start = position
        position = sql:match("^[ \t\n\f\r]+()", position) or sql:match("^\xef\xbb\xbf()", position) or position
        local comment = comment_at(sql, position)
        if comment then
            comments[#comments + 1] = comment
            position = comment.last + 1
        end
        if position == start then
            return position
        end
    end
end

-- The end of a quoted token, whose quote is doubled to stand for itself; nil when it is not closed.
local function quoted_end(sql, position, quote)
    local at = position + 1
    while true do
        local found = sql:find(quote, at, true)
        if not found then
            return nil
        end
        if sql:sub(found + 1, found + 1) ~= quote then
            return found
        end
        at = found + 2
    end
end

local function number_end(sql, position)
    local last = sql:match("^0[xX]%x+()", position)
    if last then
        return last - 1
    end
    last = sql:match("^%d+%.?%d*()", position) or sql:match("^%.%d+()", position)
    last = sql:match("^[eE][+-]?%d+()", last) or last
    return last - 1
end

-- The token that begins at `position`, or nil and a message.
local function read(sql, position)
    local c = sql:sub(position, position)
    local function token(kind, last, value)
        return { kind = kind, text = sql:sub(position, last), value = value, first = position, last = last }
    end

    if c == "'" or c == '"' or c == "`" then
        local last = quoted_end(sql, position, c)
        if not last then
            return nil, "a quote is not closed"
        end
        local value = sql:sub(position + 1, last - 1):gsub(c .. c, c)
        return token(c == "'" and "string" or "quoted", last, value)
    elseif c == "[" then
        local last = sql:find("]", position, true)
        if not last then
            return nil, "a bracket is not closed"
        end
        return token("quoted", last, sql:sub(position + 1, last - 1))
    elseif sql:find("^[xX]'", position) then
        local digits, last = sql:match("^[xX]'(%x*)'()", position)
        if not digits or #digits % 2 == 1 then
            return nil, "a blob literal is malformed"
        end
        return token("blob", last - 1, digits)
    elseif sql:find(NAME, position) then
        local _, last = sql:find(NAME, position)
        local word = token("word", last)
        word.value = word.text
        word.upper = word.text:upper()
        return word
    elseif sql:find("^%.?%d", position) then
        local number = token("number", number_end(sql, position))
        -- A hexadecimal literal ends where its digits end, whatever follows; others must not run into a name.
        if not number.text:find("[xX]") and sql:find("^[%w_$\x80-\xff]", number.last + 1) then
            return nil, "a number is malformed"
        end
        return number
    elseif sql:find("^[?@:#$]", position) then
        local last = sql:match("^%?%d*()", position) or sql:match("^[@:#$][%w_$:\x80-\xff]+()", position)
        if last then
            last = c ~= "?" and sql:match("^%([^ \t\n\f\r)]*%)()", last) or last
            return token("variable", last - 1)
        end
    elseif sql:find("^[-+*/%%(),;=<>!|&~.]", position) then
        for length = 3, 2, -1 do
            if OPERATORS[sql:sub(position, position + length - 1)] then
                return token("operator", position + length - 1)
            end
        end
        if c ~= "!" then
            return token("operator", position)
        end
    end
    return nil, ("unrecognized token %q"):format(c)
end

-- Tokens and comments, or nil, a message and a position.
local function scan(sql)
    local tokens, comments, position = {}, {}, 1
    while true do
        position = skip_blank(sql, position, comments)
        if position > #sql then
            return tokens, comments
        end
        local token, message = read(sql, position)
        if not token then
            return nil, message, position
        end
        tokens[#tokens + 1] = token
        position = token.last + 1
    end
end

---Splits SQL text into tokens.
---@param sql string
---@return wherry.Token[]? tokens nil when the text is not SQLite's
---@return string? message
---@return integer? position where reading stopped
function lex.tokens(sql)
    local tokens, message, position = scan(sql)
    return tokens, not tokens and message or nil, position
end

---The comments of SQL text, in their order.
---@param sql string
---@return wherry.Comment[]? comments nil when the text is not SQLite's
---@return string? message
---@return integer? position where reading stopped
function lex.comments(sql)
    local tokens, comments, position = scan(sql)
    if tokens then
        return comments
    end
    return nil, comments, position
end

return lex
