-- Parses SQLite's SQL into trees: expressions, SELECT and the statements that write, CREATE VIEW, TRIGGER and INDEX.
local Parser = require "wherry.expr.parser"
require "wherry.expr.parse_expression"
require "wherry.expr.parse_primary"
require "wherry.expr.parse_call"
require "wherry.expr.parse_select"
require "wherry.expr.parse_source"
require "wherry.expr.parse_statement"
require "wherry.expr.parse_create"
local walk = require "wherry.expr.walk"

local parse = { walk = walk.walk }

-- Long chains of operators are deep trees although nothing is nested in the text.
local HEIGHT = 2 * Parser.DEPTH

local function whole(parser, rule, terminated)
    local node = Parser[rule](parser)
    if terminated then
        parser:accept(";")
    end
    if parser.tokens[parser.at] then
        parser:fail("expected the end")
    elseif walk.height(node, HEIGHT) > HEIGHT then
        parser:fail(("a tree of more than %d levels"):format(HEIGHT))
    end
    return node
end

local function read(sql, rule, terminated)
    local parser, message, position = Parser.new(sql)
    if not parser then
        return nil, ("%s at byte %d"):format(message, position), position
    end
    local ok, node = pcall(whole, parser, rule, terminated)
    if ok then
        return node
    elseif type(node) ~= "table" then
        return nil, tostring(node), 1
    end
    local near = node.near and (", found %s"):format(#node.near > 40 and node.near:sub(1, 40) .. "..." or node.near)
    return nil, ("%s at byte %d%s"):format(node.message, node.position, near or ""), node.position
end

---Parses one expression.
---@param sql string
---@return table? node nil when the text is no expression of SQLite
---@return string? message
---@return integer? position the byte at which reading stopped
function parse.expression(sql)
    return read(sql, "expression", false)
end

---Parses a SELECT, INSERT, UPDATE or DELETE.
---@param sql string
---@return table? node
---@return string? message
---@return integer? position
function parse.statement(sql)
    return read(sql, "statement", true)
end

---Parses CREATE VIEW, CREATE TRIGGER or CREATE INDEX.
---@param sql string
---@return table? node
---@return string? message
---@return integer? position
function parse.create(sql)
    return read(sql, "create", true)
end

return parse
