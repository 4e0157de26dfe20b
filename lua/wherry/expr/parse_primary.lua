-- What an operator stands at: literals, names, CASE, CAST, RAISE, subqueries; calls of functions are in parse_call.
local Parser = require "wherry.expr.parser"

local RAISE = { ROLLBACK = true, ABORT = true, FAIL = true }

local PRIMARY = {}

PRIMARY["("] = function(parser)
    parser:expect("(")
    local node
    if parser:is_select() then
        node = { t = "scalar", select = parser:select() }
    else
        local values = parser:expressions()
        node = #values == 1 and values[1] or { t = "row", values = values }
    end
    parser:expect(")")
    return node
end

function PRIMARY.NULL(parser)
    parser:next()
    return { t = "null" }
end

function PRIMARY.CASE(parser)
    parser:expect("CASE")
    local node = { t = "case", branches = {} }
    if parser:key() ~= "WHEN" then
        node.operand = parser:expression()
    end
    repeat
        parser:expect("WHEN")
        local when = parser:expression()
        parser:expect("THEN")
        node.branches[#node.branches + 1] = { when = when, result = parser:expression() }
    until parser:key() ~= "WHEN"
    if parser:accept("ELSE") then
        node.otherwise = parser:expression()
    end
    parser:expect("END")
    return node
end

-- A signed number of a type's length.
local function type_length(parser)
    if not parser:accept("-") then
        parser:accept("+")
    end
    local token = parser:next()
    if not token or token.kind ~= "number" then
        parser:fail("expected a number", token)
    end
end

-- The type is what is written between AS and the closing parenthesis: words, and at most two numbers in parentheses.
function PRIMARY.CAST(parser)
    parser:expect("CAST", "(")
    local operand = parser:expression()
    parser:expect("AS")
    local from = parser.at
    while parser:is_alias() do
        parser:next()
    end
    if parser.at > from and parser:accept("(") then
        type_length(parser)
        if parser:accept(",") then
            type_length(parser)
        end
        parser:expect(")")
    end
    local first, last = parser.tokens[from], parser.tokens[parser.at - 1]
    parser:expect(")")
    return { t = "cast", operand = operand, type = parser.sql:sub(first.first, last.last) }
end

function PRIMARY.EXISTS(parser)
    parser:expect("EXISTS", "(")
    local node = { t = "exists", select = parser:select(), negated = false }
    parser:expect(")")
    return node
end

-- The message is a name in SQLite before 3.47, mostly a string; any expression since.
function PRIMARY.RAISE(parser)
    parser:expect("RAISE", "(")
    local node = { t = "raise", action = parser:key() }
    if parser:accept("IGNORE") then
        parser:expect(")")
        return node
    elseif not RAISE[node.action] then
        parser:fail("expected IGNORE, ROLLBACK, ABORT or FAIL")
    end
    parser:next()
    parser:expect(",")
    local message = parser:expression()
    if message.t == "string" then
        node.message = message.value
    elseif message.t == "column" and not message.table then
        node.message = message.name
    else
        node.expression = message
    end
    parser:expect(")")
    return node
end

for _, which in ipairs({ "TIMESTAMP", "DATE", "TIME" }) do
    PRIMARY["CURRENT_" .. which] = function(parser)
        parser:next()
        return { t = "current", which = which }
    end
end

-- An integer literal beyond 64 bits is a real; a hexadecimal one is the bits of an integer.
local function number(parser, token)
    local digits = token.text:match("^0[xX]0*(%x*)$")
    if digits and #digits > 16 then
        parser:fail("a hexadecimal literal of more than 64 bits", token)
    end
    local value = tonumber(token.text)
    return { t = math.type(value) == "integer" and "integer" or "real", value = value, text = token.text }
end

local LITERAL = {
    number = number,
    string = function(_, token) return { t = "string", value = token.value } end,
    variable = function(_, token) return { t = "variable", text = token.text } end,
    blob = function(_, token)
        local raw = token.value:gsub("%x%x", function(digits) return string.char(tonumber(digits, 16)) end)
        return { t = "blob", value = raw }
    end,
}

local function quote_of(token)
    return token.kind == "quoted" and token.text:sub(1, 1) or nil
end

-- name, table.name or schema.table.name
local function column(parser)
    local token = parser:next()
    local node = { t = "column", name = token.value, quoted = quote_of(token) }
    while parser:key() == "." and not node.schema do
        parser:next()
        node.schema, node.table = node.table, node.name
        node.quoted = quote_of(parser.tokens[parser.at] or token)
        node.name = parser:name()
    end
    if not node.table and token.kind == "word" and (token.upper == "TRUE" or token.upper == "FALSE") then
        return { t = "boolean", value = token.upper == "TRUE" }
    end
    return node
end

---Reads what operators stand at.
---@return table node
function Parser:primary()
    local token = self.tokens[self.at]
    if not token then
        self:fail("expected an expression")
    end
    local read = PRIMARY[self.keys[self.at]]
    if read then
        return read(self)
    end
    local is_name = self:is_name(self.at)
    if is_name and token.kind ~= "string" and self.keys[self.at + 1] == "(" then
        return self:call()
    elseif LITERAL[token.kind] and not (is_name and self.keys[self.at + 1] == ".") then
        return LITERAL[token.kind](self, self:next())
    elseif is_name then
        return column(self)
    end
    return self:fail("expected an expression")
end

return Parser
