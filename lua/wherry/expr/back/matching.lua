-- LIKE, ILIKE and regular expressions, and texts taken out of JSON compared with constants.
local patterns = require "wherry.expr.back.patterns"

local matching = {}

matching.OPERATORS = { ["~~"] = true, ["!~~"] = true, ["~~*"] = true, ["!~~*"] = true, ["~"] = true, ["!~"] = true,
    ["~*"] = true, ["!~*"] = true }

local function text(value)
    return { t = "string", value = value }
end

local function like(p, op, negated, term, pattern, escape)
    return p:term("boolean", { t = "like", op = op, negated = negated, left = term.node, right = text(pattern),
        escape = escape and text(escape) or nil })
end

local function call(name, ...)
    return { t = "function", name = name, arguments = { ... }, star = false, distinct = false }
end

local function like_pattern(p, term, pattern, insensitive, negated)
    local escaped = pattern:find("\\", 1, true) ~= nil
    if insensitive or term.folded then
        if not term.ascii_case or pattern:find("[\x80-\xff]") then
            p:note("LIKE knows the case of ASCII letters only")
        end
        if escaped and not patterns.of_like(pattern) then
            p:refuse("a LIKE pattern ends in a backslash")
        end
        return like(p, "LIKE", negated, term, pattern, escaped and "\\" or nil)
    elseif patterns.caseless(pattern) then
        return like(p, "LIKE", negated, term, pattern)
    end
    local glob = patterns.of_like(pattern)
    if not glob then
        p:refuse("a LIKE pattern ends in a backslash")
    end
    return like(p, "GLOB", negated, term, glob)
end

-- No part of the text matches `none`, and it has the right length.
local function only(p, term, found, negated)
    local node = { t = "like", op = "GLOB", negated = true, left = term.node, right = text(found.none) }
    local function length(op, count)
        local compared = { t = "binary", op = op, left = call("length", term.node),
            right = { t = "integer", value = count } }
        node = { t = "binary", op = "AND", left = node, right = compared }
    end
    if found.least > 0 then
        length(">=", found.least)
    end
    if found.most then
        length("<=", found.most)
    end
    return p:term("boolean", negated and { t = "unary", op = "NOT", operand = node } or node)
end

local function regex_pattern(p, term, regex, negated)
    local found = patterns.of_regex(regex)
    if not found then
        p:refuse(("SQLite has no regular expressions, and %q has no GLOB of the same meaning"):format(regex))
    end
    if not term.ascii_case and regex:find("\\d", 1, true) then
        p:note("digits of other scripts are no digits")
    end
    if found.glob then
        return like(p, "GLOB", negated, term, found.glob)
    end
    return only(p, term, found, negated)
end

---A term against a pattern that has to be a constant.
---@param p wherry.Back
---@param op string
---@param term wherry.BackTerm
---@param pattern wherry.BackTerm
---@return wherry.BackTerm
function matching.match(p, op, term, pattern)
    if term.kind ~= "text" or term.fixed or term.uneven or pattern.kind ~= "text" then
        p:refuse(("%s %s %s is not translated"):format(p:called(term), op, p:called(pattern)))
    elseif not pattern.constant or not utf8.len(pattern.constant) then
        p:refuse("a pattern that is no constant is not translated")
    end
    local negated = op:sub(1, 1) == "!"
    local bare = negated and op:sub(2) or op
    if bare == "~~" or bare == "~~*" then
        return like_pattern(p, term, pattern.constant, bare == "~~*", negated)
    elseif bare == "~*" or term.folded then
        p:refuse("SQLite has no regular expressions without regard to case")
    end
    return regex_pattern(p, term, pattern.constant, negated)
end

---A text out of JSON beside a constant that only a JSON string can be equal to, or nil. SQLite's ->> gives numbers and
---booleans as numbers, which no such text is equal to.
---@param p wherry.Back
---@param op string
---@param term wherry.BackTerm
---@param other wherry.BackTerm
---@return wherry.BackTerm?
function matching.json_text(p, op, term, other)
    local value = other.constant
    if not term.from_json or other.kind ~= "text" or type(value) ~= "string" then
        return nil
    elseif not (op == "=" or op == "<>" or op == "IS" or op == "IS NOT") then
        return nil
    elseif value == "true" or value == "false" or value:find("^%s*[-+%d.{%[]") then
        return nil
    end
    return p:term("boolean", { t = "binary", op = op, left = term.from_json, right = other.node })
end

return matching
