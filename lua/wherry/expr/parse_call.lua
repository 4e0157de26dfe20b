-- Calls of functions: DISTINCT, ORDER BY inside an aggregate, FILTER, OVER and the definitions of windows.
local Parser = require "wherry.expr.parser"

local UNITS = { ROWS = true, RANGE = true, GROUPS = true }

---Reads a list of ordering terms.
---@return {expr: table, desc: boolean, nulls: "first"|"last"|nil}[]
function Parser:terms()
    local terms = {}
    repeat
        local term = { expr = self:expression() }
        term.desc = self:accept("DESC")
        if not term.desc then
            self:accept("ASC")
        end
        if self:accept("NULLS") then
            term.nulls = self:accept("LAST") and "last" or "first"
            if term.nulls == "first" then
                self:expect("FIRST")
            end
        end
        terms[#terms + 1] = term
    until not self:accept(",")
    return terms
end

---Reads ORDER BY and its terms, nil when there is none.
function Parser:order_by()
    if not self:accept("ORDER") then
        return nil
    end
    self:expect("BY")
    return self:terms()
end

-- One end of a frame; `unbounded` is the direction in which it may be without bound.
local function bound(parser, unbounded)
    if parser:accept("UNBOUNDED") then
        parser:expect(unbounded)
        return { kind = "unbounded " .. unbounded:lower() }
    elseif parser:accept("CURRENT") then
        parser:expect("ROW")
        return { kind = "current row" }
    end
    local expr = parser:expression()
    if parser:accept("PRECEDING") then
        return { kind = "preceding", expr = expr }
    end
    parser:expect("FOLLOWING")
    return { kind = "following", expr = expr }
end

local function exclusion(parser)
    if not parser:accept("EXCLUDE") then
        return nil
    elseif parser:accept("NO") then
        parser:expect("OTHERS")
        return "NO OTHERS"
    elseif parser:accept("CURRENT") then
        parser:expect("ROW")
        return "CURRENT ROW"
    elseif parser:accept("GROUP") then
        return "GROUP"
    end
    parser:expect("TIES")
    return "TIES"
end

local function frame(parser)
    local unit = parser:key()
    if not UNITS[unit] then
        return nil
    end
    parser:next()
    local node = { unit = unit }
    if parser:accept("BETWEEN") then
        node.from = bound(parser, "PRECEDING")
        parser:expect("AND")
        node.to = bound(parser, "FOLLOWING")
    else
        node.from = bound(parser, "PRECEDING")
    end
    node.exclude = exclusion(parser)
    return node
end

---Reads a window's definition in its parentheses.
---@return table
function Parser:window()
    self:expect("(")
    local window = {}
    local key = self:key()
    if key ~= "PARTITION" and not UNITS[key] and self:is_name(self.at) then
        window.base = self:name()
    end
    if self:accept("PARTITION") then
        self:expect("BY")
        window.partition_by = self:expressions()
    end
    window.order_by = self:order_by()
    window.frame = frame(self)
    self:expect(")")
    return window
end

-- FILTER and OVER are keywords only behind the parenthesis of a call and before what can follow them.
local function filter_over(parser, node)
    if parser:looking_at("FILTER", "(") then
        parser:expect("FILTER", "(", "WHERE")
        node.filter = parser:expression()
        parser:expect(")")
    end
    if parser:looking_at("OVER", "(") then
        parser:expect("OVER")
        node.over = parser:window()
    elseif parser:key() == "OVER" and parser:is_name(parser.at + 1) then
        parser:expect("OVER")
        node.over = parser:name()
    end
end

---Reads a call.
---@return table node
function Parser:call()
    local node = {
        t = "function", name = self:next().value:lower(), arguments = {}, star = false, distinct = false,
    }
    self:expect("(")
    if self:accept("*") then
        node.star = true
    else
        node.distinct = self:accept("DISTINCT")
        if not node.distinct then
            self:accept("ALL")
        end
        if self:key() ~= "ORDER" then
            node.arguments = self:expressions_until(")")
        end
        node.order_by = self:order_by()
    end
    self:expect(")")
    filter_over(self, node)
    return node
end

return Parser
