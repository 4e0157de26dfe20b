-- The state of one parse of SQLite's SQL: tokens, place and nesting, and what every rule of the grammar needs of it.
-- The rules themselves are added as methods by the files parse_*.lua.
local keywords = require "wherry.expr.keywords"
local lex = require "wherry.expr.lex"

---@class wherry.Parser
---@field sql string
---@field tokens wherry.Token[]
---@field keys (string|false)[] per token: the keyword or operator it may be
---@field at integer the token to be read next
---@field depth integer
local Parser = {}
Parser.__index = Parser

---Nested expressions, selects and parentheses; more is refused, as no schema needs them and every tree is walked by
---recursion. SQLite itself stops at 1,000.
Parser.DEPTH = 1000

---@param sql string
---@return wherry.Parser? parser
---@return string? message
---@return integer? position
function Parser.new(sql)
    local tokens, message, position = lex.tokens(sql)
    if not tokens then
        return nil, message, position
    end
    local keys = {}
    for i, token in ipairs(tokens) do
        keys[i] = token.upper or token.kind == "operator" and token.text or false
    end
    return setmetatable({ sql = sql, tokens = tokens, keys = keys, at = 1, depth = 0 }, Parser)
end

---Ends the parse; parse.lua catches it.
---@param message string
---@param token wherry.Token? where; else the token to be read next
function Parser:fail(message, token)
    token = token or self.tokens[self.at]
    error({ message = message, position = token and token.first or #self.sql + 1, near = token and token.text }, 0)
end

function Parser:enter()
    self.depth = self.depth + 1
    if self.depth > Parser.DEPTH then
        self:fail(("nested deeper than %d levels"):format(Parser.DEPTH))
    end
end

function Parser:leave()
    self.depth = self.depth - 1
end

---@return string|false|nil key the keyword or operator to be read next
function Parser:key()
    return self.keys[self.at]
end

---Whether the next tokens are these keywords or operators.
---@param ... string
---@return boolean
function Parser:looking_at(...)
    for i = 1, select("#", ...) do
        if self.keys[self.at + i - 1] ~= (select(i, ...)) then
            return false
        end
    end
    return true
end

---Passes over a keyword or operator if it comes next.
---@param key string
---@return boolean
function Parser:accept(key)
    if self.keys[self.at] == key then
        self.at = self.at + 1
        return true
    end
    return false
end

---@param ... string
function Parser:expect(...)
    for i = 1, select("#", ...) do
        local key = select(i, ...)
        if self.keys[self.at] ~= key then
            self:fail("expected " .. key)
        end
        self.at = self.at + 1
    end
end

function Parser:next()
    self.at = self.at + 1
    return self.tokens[self.at - 1]
end

---Whether the token at `at` is a word or quoted name that can be called as a function or name a column.
function Parser:is_id(at)
    local token = self.tokens[at]
    return token ~= nil and (token.kind == "quoted" or token.kind == "word" and not keywords.reserved[token.upper]
        and not keywords.join[token.upper])
end

---Whether the token at `at` can name a table or column: also a string and the words of joins.
function Parser:is_name(at)
    local token = self.tokens[at]
    return token ~= nil and (token.kind == "quoted" or token.kind == "string"
        or token.kind == "word" and not keywords.reserved[token.upper])
end

-- WINDOW begins a clause only before a name and AS.
function Parser:window_clause_follows()
    return self.keys[self.at] == "WINDOW" and self:is_name(self.at + 1) and self.keys[self.at + 2] == "AS"
end

---Whether the next token can be an alias without AS, a collation or a word of a type.
function Parser:is_alias()
    local token = self.tokens[self.at]
    if not token then
        return false
    end
    return token.kind == "string" or self:is_id(self.at) and token.upper ~= "INDEXED"
        and not self:window_clause_follows()
end

---@return string name without its quotes
function Parser:name()
    if not self:is_name(self.at) then
        self:fail("expected a name")
    end
    return self:next().value
end

---A list of names in parentheses.
---@return string[]
function Parser:names()
    local names = {}
    self:expect("(")
    repeat
        names[#names + 1] = self:name()
    until not self:accept(",")
    self:expect(")")
    return names
end

---AS name, or a name alone; nil when there is none.
---@return string?
function Parser:alias()
    if self:accept("AS") then
        return self:name()
    elseif self:is_alias() then
        return self:next().value
    end
    return nil
end

---The text from the token at `from` up to the token to be read next, as SQLite names a column without an alias.
---@param from integer
---@return string
function Parser:text_from(from)
    local following = self.tokens[self.at]
    local text = self.sql:sub(self.tokens[from].first, following and following.first - 1 or -1)
    return text:match("^.*[^ \t\n\f\r]")
end

return Parser
