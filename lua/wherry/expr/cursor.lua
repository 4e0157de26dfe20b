-- cursor.lua: a place in a list of tokens, and what readers by recursive descent need of it. SQLite's CREATE TABLE
-- (schema/ddl.lua) and PostgreSQL's expressions (pg_parse.lua) are read over one.

---@class wherry.Cursor
---@field sql string
---@field tokens table[] with kind, text, first, last, and for words `upper`, for names `value`
---@field at integer the token to be read next
---@field names table<string, boolean> the kinds of tokens that can be a name
local Cursor = {}

---A kind of cursor, to which its reader adds methods of its own.
---@param names table<string, boolean>
---@return table class
function Cursor.class(names)
    local class = setmetatable({ names = names }, { __index = Cursor })
    class.__index = class
    return class
end

function Cursor:peek()
    return self.tokens[self.at]
end

function Cursor:next()
    self.at = self.at + 1
    return self.tokens[self.at - 1]
end

---Ends the reading; whoever began it catches this.
---@param wanted string
function Cursor:fail(wanted)
    local token = self:peek()
    error({ message = ("expected %s at %s"):format(wanted, token and ("%q"):format(token.text) or "the end"),
        position = token and token.first or #self.sql + 1 }, 0)
end

---True when the next tokens are these keywords, operators or punctuation.
---@param ... string
---@return boolean
function Cursor:looking_at(...)
    for i = 1, select("#", ...) do
        local token, wanted = self.tokens[self.at + i - 1], (select(i, ...))
        if not token or not (token.upper == wanted
            or (token.text == wanted and (token.kind == "operator" or token.kind == "punctuation"))) then
            return false
        end
    end
    return true
end

---@param word string
---@return table|nil token
function Cursor:accept(word)
    if self:looking_at(word) then
        return self:next()
    end
    return nil
end

---@param word string
---@return table token
function Cursor:expect(word)
    return self:accept(word) or self:fail(word)
end

---A name, quoted or bare.
---@return string
function Cursor:name()
    local token = self:peek()
    if not token or not self.names[token.kind] then
        self:fail("a name")
    end
    self.at = self.at + 1
    return token.value
end

return Cursor
