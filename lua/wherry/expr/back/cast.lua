-- Casts: of constants at once into their stored form, of other terms where SQLite's conversion is PostgreSQL's.
local constant = require "wherry.expr.back.constant"
local numbers = require "wherry.expr.back.numbers"
local times = require "wherry.expr.back.times"

local cast = { handlers = {} }

local function call(name, ...)
    return { t = "function", name = name, arguments = { ... }, star = false, distinct = false }
end

local function text_constant(p, kind, value)
    return p:term(kind, { t = "string", value = value }, { constant = value })
end

-- Readers of a constant's text by the kind it gets.
local readers = {}

function readers.integer(p, kind, text)
    local value = text:find("^%s*[+-]?%d+%s*$") and math.tointeger(tonumber(text))
    return value and p:term(kind, numbers.literal(("%d"):format(value)), { constant = value })
end

function readers.decimal(p, kind, text)
    local digits = constant.decimal(text, kind.scale)
    return digits and p:term(kind, numbers.literal(digits), { constant = digits })
end

function readers.real(p, kind, text)
    local value = not text:find("[xXnN]") and tonumber(text)
    if not value or (kind.single and string.unpack("f", string.pack("f", value)) ~= value) then
        return nil
    end
    return p:term(kind, numbers.real(p, { kind = "real", node = numbers.literal(text:match("^%s*(.-)%s*$")) }),
        { constant = value + 0.0 })
end

function readers.boolean(p, kind, text)
    local value = constant.boolean(text)
    return value ~= nil and p:term(kind, { t = "integer", value = value and 1 or 0 }, { constant = value }) or nil
end

function readers.blob(p, kind, text)
    local bytes = constant.blob(text)
    return bytes and p:term(kind, { t = "blob", value = bytes }, { constant = bytes })
end

function readers.text(p, kind, text)
    if kind.length and (utf8.len(text) or #text) > kind.length then
        text = text:sub(1, utf8.offset(text, kind.length + 1) - 1)
    end
    if kind.fixed and kind.length then
        text = text .. (" "):rep(kind.length - (utf8.len(text) or #text))
    end
    return text_constant(p, kind, text)
end

function readers.uuid(p, kind, text)
    local value = text:lower()
    return value:find("^%x+%-%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x+$") and #value == 36 and text_constant(p, kind, value)
end

function readers.interval(p, kind, text)
    local parts = constant.interval(text)
    return parts and p:term(kind, { t = "string", value = constant.iso_interval(parts) },
        { constant = constant.iso_interval(parts), parts = parts })
end

function readers.array(p, kind, text)
    local found = constant.array(text)
    if not found then
        return nil
    end
    local elements = {}
    for i, value in ipairs(found) do
        elements[i] = value and cast.constant(p, kind.element, value)
            or p:term(kind.element, { t = "null" }, { null = true })
        if not elements[i] then
            return nil
        end
    end
    return p:term(kind, { t = "formless" }, { elements = elements })
end

for _, name in ipairs({ "date", "time", "timestamp", "timestamptz" }) do
    readers[name] = function(p, kind, text)
        local stored = not kind.digits and p.settings.date_style:find("^ISO") and constant[name](text)
        return stored and text_constant(p, kind, stored)
    end
end

readers.enum, readers.json = text_constant, text_constant

---A constant of a kind from its text; nil when the text is not understood.
---@param p wherry.Back
---@param kind wherry.BackKind
---@param text string
---@return wherry.BackTerm?
function cast.constant(p, kind, text)
    local reader = readers[kind.kind]
    return reader and reader(p, kind, text) or nil
end

-- The text that PostgreSQL prints for a term, where SQLite prints the same.
local function to_text(p, term)
    local kind = term.kind
    if kind == "text" and term.fixed then
        return call("rtrim", term.node, { t = "string", value = " " })
    elseif kind == "text" and term.folded then
        return { t = "collate", operand = term.node, collation = "BINARY" }
    elseif kind == "text" or kind == "uuid" or kind == "enum" or kind == "json" then
        return term.node
    elseif kind == "date" then
        p:note("dates are written in ISO form, whatever DateStyle says")
        return term.node
    elseif kind == "integer" then
        return { t = "cast", operand = term.node, type = "TEXT" }
    elseif kind == "decimal" and term.as_integer and term.column then
        return { t = "cast", operand = term.node, type = "TEXT" }
    elseif kind == "decimal" and (term.as_text or term.constant) then
        return term.constant and { t = "string", value = term.constant } or term.node
    elseif kind == "boolean" then
        return { t = "case", branches = {
            { when = term.node, result = { t = "string", value = "true" } },
            { when = { t = "unary", op = "NOT", operand = term.node }, result = { t = "string", value = "false" } } } }
    end
    return p:refuse(("%s as text is not translated"):format(p:called(term)))
end

---A term as text.
---@param p wherry.Back
---@param term wherry.BackTerm
---@return wherry.BackTerm
function cast.to_text(p, term)
    local kind = { kind = "text", bytewise = p.settings.bytewise, ascii_case = p.settings.ascii_case }
    if term.kind == "text" and not term.fixed and not term.folded then
        kind.bytewise, kind.ascii_case, kind.uneven = term.bytewise, term.ascii_case, term.uneven
    end
    local value = term.constant
    if value ~= nil and term.kind == "text" then
        value = term.fixed and value:gsub(" +$", "") or value
        return p:term(kind, { t = "string", value = value }, { constant = value })
    end
    return p:term(kind, to_text(p, term))
end

-- Conversions of terms that are not constant, by the kind they get; nil: there is none.
local converters = {}

function converters.integer(p, kind, term)
    if term.kind == "integer" then
        if (term.bits or 64) > kind.bits and not term.constant then
            p:note_error("where PostgreSQL reports an overflow, SQLite goes on")
        end
        return term.node, { constant = term.constant }
    elseif term.kind == "boolean" or term.whole then
        return term.node
    elseif numbers.is(term) then
        local room = ({ [16] = 4, [32] = 9, [64] = 18 })[kind.bits]
        if not term.precision or term.precision - term.scale >= room then
            p:note_error("where PostgreSQL reports an overflow, SQLite goes on")
        end
        if term.kind == "real" then
            p:note("halves are rounded away from zero, not to the even neighbour")
        end
        return { t = "cast", operand = call("round", numbers.node(p, term)), type = "INTEGER" }
    end
    return nil
end

function converters.decimal(p, kind, term)
    if term.kind == "integer" and (not kind.scale or kind.scale >= 0) then
        if kind.precision and kind.precision - kind.scale < 19 then
            p:note_error("where PostgreSQL reports an overflow, SQLite goes on")
        end
        return term.node, { precision = ({ [16] = 5, [32] = 10, [64] = 19 })[term.bits], scale = 0,
            constant = term.constant and ("%d"):format(term.constant) }
    elseif term.kind == "decimal" and (not kind.scale or (term.scale or math.huge) <= kind.scale) then
        if kind.precision and (not term.precision or kind.precision - kind.scale < term.precision - term.scale) then
            p:note_error("where PostgreSQL reports an overflow, SQLite goes on")
        end
        return term.node, { precision = term.precision, scale = term.scale, as_text = term.as_text }
    elseif term.kind == "decimal" then
        p:note("rounded as a double, not as a decimal")
        return call("round", numbers.node(p, term), { t = "integer", value = kind.scale })
    end
    return nil
end

function converters.real(p, kind, term)
    if kind.single and not term.single then
        p:note("not cut to 4 bytes")
    end
    return numbers.is(term) and numbers.real(p, term) or nil
end

function converters.boolean(_, _, term)
    if term.kind == "integer" then
        return { t = "binary", op = "<>", left = term.node, right = { t = "integer", value = 0 } }
    end
    return term.kind == "boolean" and term.node or nil, { constant = term.constant }
end

function converters.text(p, kind, term)
    if kind.fixed and not (term.kind == "text" and term.fixed) then
        return nil
    end
    local text = kind.fixed and term or cast.to_text(p, term)
    local length = term.length or (term.kind == "uuid" and 36)
    if kind.length and not (length and length <= kind.length) then
        return call("substr", text.node, { t = "integer", value = 1 }, { t = "integer", value = kind.length })
    end
    return text.node, { bytewise = text.bytewise, ascii_case = text.ascii_case, uneven = text.uneven }
end

function converters.json(_, _, term)
    return term.kind == "json" and term.node or nil
end

function converters.array(p, kind, term)
    if term.kind ~= "array" or not term.elements then
        return nil
    end
    local elements = {}
    for i, element in ipairs(term.elements) do
        elements[i] = cast.to(p, kind.element, element)
    end
    return term.node, { elements = elements }
end

---A term as another kind, as a cast makes it.
---@param p wherry.Back
---@param kind wherry.BackKind
---@param term wherry.BackTerm
---@return wherry.BackTerm
function cast.to(p, kind, term)
    if term.null then
        return p:term(kind, { t = "null" }, { null = true })
    elseif kind.kind == "other" and kind.name == "regclass" then
        p:refuse("a sequence's next value is not translated here")
    elseif kind.kind == "other" then
        p:refuse(("the type %s is not translated"):format(kind.name))
    elseif term.kind == "text" and term.constant then
        local made = cast.constant(p, kind, term.constant)
        if made then
            return made
        end
        p:refuse(("%q is not understood as %s"):format(term.constant, kind.kind))
    elseif (kind.kind == "decimal" or kind.kind == "real") and term.constant and numbers.is(term) then
        local made = cast.constant(p, kind, tostring(term.constant))
        if made then
            return made
        end
    end
    local node, fields
    if converters[kind.kind] then
        node, fields = converters[kind.kind](p, kind, term)
    elseif kind.kind == term.kind and not kind.digits and kind.name == term.name then
        node, fields = term.node, { constant = term.constant, parts = term.parts, now = term.now }
    else
        node, fields = times.convert(p, kind, term)
    end
    if not node then
        p:refuse(("a cast from %s to %s is not translated"):format(p:called(term), kind.kind))
    end
    return p:term(kind, node, fields)
end

function cast.handlers.pg_cast(p, node)
    return cast.to(p, p:kind(node.type), p:print(node.operand))
end

return cast
