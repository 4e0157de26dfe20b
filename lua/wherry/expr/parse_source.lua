-- FROM: tables, table-valued functions, subqueries, and joins of every kind.
local Parser = require "wherry.expr.parser"
local keywords = require "wherry.expr.keywords"

-- INDEXED BY only tells SQLite which index to take.
local function skip_index_hint(parser)
    if parser:accept("INDEXED") then
        parser:expect("BY")
        parser:name()
    elseif parser:looking_at("NOT", "INDEXED") then
        parser.at = parser.at + 2
    end
end

Parser.skip_index_hint = skip_index_hint

local function in_parentheses(parser)
    parser:expect("(")
    local source
    if parser:is_select() then
        source = { t = "subquery", select = parser:select() }
    else
        source = parser:source()
    end
    parser:expect(")")
    local alias = parser:alias()
    if alias then
        source.alias = alias
    end
    return source
end

local function table_or_subquery(parser)
    if parser:key() == "(" then
        return in_parentheses(parser)
    end
    local source = { t = "table", name = parser:name() }
    if parser:accept(".") then
        source.schema, source.name = source.name, parser:name()
    end
    if parser:accept("(") then
        source.arguments = parser:expressions_until(")")
        parser:expect(")")
    end
    source.alias = parser:alias()
    if not source.arguments then
        skip_index_hint(parser)
    end
    return source
end

-- What the words before JOIN mean together; SQLite takes them in any order.
local function join_kind(parser, words, first)
    local outer = words.LEFT or words.RIGHT or words.FULL
    if (words.INNER or words.CROSS) and (outer or words.OUTER) or words.OUTER and not outer then
        parser:fail("unknown join type", first)
    elseif words.FULL or words.LEFT and words.RIGHT then
        return "full"
    end
    return words.LEFT and "left" or words.RIGHT and "right" or words.CROSS and "cross" or "inner"
end

-- The operator of a join, nil when none comes.
local function join_operator(parser)
    if parser:accept(",") then
        return { t = "join", kind = "inner", natural = false, comma = true }
    end
    local first, words = parser.tokens[parser.at], {}
    while keywords.join[parser:key()] do
        words[parser:next().upper] = true
    end
    if not next(words) and parser:key() ~= "JOIN" then
        return nil
    end
    parser:expect("JOIN")
    return { t = "join", kind = join_kind(parser, words, first), natural = words.NATURAL == true, comma = false }
end

---Reads what stands behind FROM.
---@return table source
function Parser:source()
    self:enter()
    local left = table_or_subquery(self)
    while true do
        local join = join_operator(self)
        if not join then
            break
        end
        join.left, join.right = left, table_or_subquery(self)
        if self:accept("ON") then
            join.on = self:expression()
        elseif self:key() == "USING" then
            self:next()
            join.using = self:names()
        end
        left = join
    end
    self:leave()
    return left
end

return Parser
