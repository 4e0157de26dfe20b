-- Values as a column stores them: constants in the exact form, other terms where SQLite stores the same.
local cast = require "wherry.expr.back.cast"
local cjson = require "cjson"
local constant = require "wherry.expr.back.constant"
local numbers = require "wherry.expr.back.numbers"

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
    return { t = "function", name = "printf", star = false, distinct = false,
        arguments = { text(("%%.%df"):format(kind.scale)), numbers.node(p, term) } }
end

local PRECISION = { timestamp = true, timestamptz = true, time = true }

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
    elseif kind.kind == "other" or (kind.digits and PRECISION[kind.kind] and term.constant) then
        p:refuse(("a value of %s is not translated"):format(kind.name or kind.kind))
    end
    local made = cast.to(p, { kind = kind.kind, bits = kind.bits, single = kind.single, length = kind.length,
        fixed = kind.fixed, folded = kind.folded, binary = kind.binary, element = kind.element, name = kind.name },
        term)
    return made
end

return assign
