-- Values as a column stores them: constants in the exact form, other terms where SQLite stores the same.
local cast = require "wherry.expr.back.cast"
local cjson = require "cjson"
local constant = require "wherry.expr.back.constant"
local numbers = require "wherry.expr.back.numbers"
local times = require "wherry.expr.back.times"

local assign = {}

local function text(value)
    return { t = "string", value = value }
end

-- An array's constant as JSON: numbers and booleans as such, everything else as text.
local function array_text(p, elements)
    local parts = {}
    for i, element in ipairs(elements) do
        local value = element.constant
        if element.null then
            parts[i] = "null"
        elseif value == nil then
            p:refuse("an array that is no constant is not translated")
        elseif element.kind == "integer" or element.kind == "boolean" then
            parts[i] = tostring(value)
        elseif element.kind == "decimal" then
            parts[i] = value
        elseif type(value) == "string" and element.kind ~= "blob" then
            parts[i] = cjson.encode(value):gsub("\\/", "/")
        else
            p:refuse(("an array of %s is not translated"):format(p:called(element)))
        end
    end
    return "[" .. table.concat(parts, ",") .. "]"
end

-- A decimal as its digits, with as many behind the point as the column has.
local function decimal(p, term, kind)
    if term.constant then
        local digits = constant.decimal(tostring(term.constant), kind.scale)
        if not digits then
            p:refuse(("%s is not understood as a decimal"):format(tostring(term.constant)))
        end
        return kind.as_integer and numbers.literal(digits) or text(digits)
    elseif kind.as_integer and term.kind == "integer" then
        return term.node
    elseif term.as_text and term.scale and term.scale == kind.scale then
        return term.node
    elseif not kind.scale or not numbers.is(term) then
        return nil
    end
    p:note("rounded as a double, not as a decimal")
    -- printf writes NULL as 0.
    local node = numbers.node(p, term)
    local written = { t = "function", name = "printf", star = false, distinct = false,
        arguments = { text(("%%.%df"):format(kind.scale)), node } }
    return { t = "case", branches = { { when = { t = "is_null", operand = node, negated = true }, result = written } } }
end

-- Whether a constant has no more digits of a second than its column keeps.
local function is_short(term, digits)
    local fraction = term.kind ~= "interval" and term.constant:match("%.(%d%d%d%d%d%d)") or nil
    return fraction ~= nil and fraction:sub(digits + 1):find("^0*$") ~= nil
end

---A term as a column of this kind stores it.
---@param p wherry.Back
---@param term wherry.BackTerm
---@param kind wherry.BackKind
---@return wherry.BackTerm
function assign.to(p, term, kind)
    if term.null then
        return p:term(kind, { t = "null" }, { null = true })
    elseif kind.kind == "decimal" and numbers.is(term) then
        return p:term(kind, decimal(p, term, kind) or p:refuse("a decimal of any scale has no stored form here"))
    elseif kind.kind == "array" and term.kind == "array" and term.elements then
        local made = cast.to(p, kind, term)
        return p:term(kind, text(array_text(p, made.elements)))
    elseif kind.kind == "other" then
        p:refuse(("a value of %s is not translated"):format(kind.name))
    elseif kind.digits and term.now then
        return times.rounded(p, cast.to(p, { kind = kind.kind }, term), kind.digits)
    end
    -- Too long a text is refused when it is stored, not cut; one of fixed length is filled up.
    local long = type(term.constant) == "string" and kind.length and (utf8.len(term.constant) or 0) > kind.length
    local made = cast.to(p, { kind = kind.kind, bits = kind.bits, single = kind.single, binary = kind.binary,
        length = kind.fixed and not long and kind.length or nil, fixed = kind.fixed, folded = kind.folded,
        element = kind.element, name = kind.name }, term)
    if kind.digits and (made.constant == nil or not is_short(made, kind.digits)) then
        p:refuse(("a value of %d digits of a second is not translated"):format(kind.digits))
    end
    return made
end

return assign
