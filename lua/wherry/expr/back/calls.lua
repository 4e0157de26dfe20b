-- Function calls, by name and by the kinds of their arguments: a function of the same name over other types is not the
-- one that is known here.
local arithmetic = require "wherry.expr.back.arithmetic"
local cast = require "wherry.expr.back.cast"
local json = require "wherry.expr.back.json"
local logic = require "wherry.expr.back.logic"
local numbers = require "wherry.expr.back.numbers"
local patterns = require "wherry.expr.back.patterns"
local times = require "wherry.expr.back.times"

local calls = { handlers = {} }
local functions = {}

local function call(name, ...)
    return { t = "function", name = name, arguments = { ... }, star = false, distinct = false }
end

local function integer(value)
    return { t = "integer", value = value }
end

local function text_kind(term)
    return { kind = "text", bytewise = term.bytewise, ascii_case = term.ascii_case, uneven = term.uneven }
end

-- Refuses what is not text as it stands; character(n) reaches functions of text only through a cast.
local function text(p, term, name)
    if not term or term.kind ~= "text" or term.fixed or term.folded then
        p:refuse(("%s of %s is not translated"):format(name, term and p:called(term) or "nothing"))
    end
    return term.node
end

-- A constant number of characters that is at least `least`.
local function count(p, term, least, name)
    if not term or term.kind ~= "integer" or not term.constant or term.constant < least then
        p:refuse(("%s with a place that is no constant from %d on is not translated"):format(name, least))
    end
    return term.node
end

local function folding(name)
    return function(p, arguments)
        local node = text(p, arguments[1], name)
        if not arguments[1].ascii_case then
            p:note(("%s knows ASCII letters only"):format(name))
        end
        return p:term(text_kind(arguments[1]), call(name, node))
    end
end

functions.lower, functions.upper = folding "lower", folding "upper"

-- The length of character(n) leaves its padding out.
function functions.length(p, arguments)
    local term = arguments[1]
    if term and term.kind == "text" and term.fixed then
        term = cast.to_text(p, term)
    end
    local node = term and term.kind == "blob" and term.node or text(p, term, "length")
    return p:term({ kind = "integer", bits = 32 }, call("length", node))
end

functions.char_length, functions.character_length = functions.length, functions.length

function functions.octet_length(p, arguments)
    local term = arguments[1]
    local node = term.kind == "blob" and term.node
        or { t = "cast", operand = text(p, term, "octet_length"), type = "BLOB" }
    return p:term({ kind = "integer", bits = 32 }, call("length", node))
end

local function trimming(name, target)
    return function(p, arguments)
        local node = text(p, arguments[1], name)
        local characters = arguments[2] and text(p, arguments[2], name)
        if characters and arguments[2].constant == " " then
            characters = nil
        end
        return p:term(text_kind(arguments[1]), call(target, node, characters))
    end
end

functions.btrim, functions.ltrim, functions.rtrim = trimming("btrim", "trim"), trimming("ltrim", "ltrim"),
    trimming("rtrim", "rtrim")

function functions.strpos(p, arguments)
    return p:term({ kind = "integer", bits = 32 },
        call("instr", text(p, arguments[1], "strpos"), text(p, arguments[2], "strpos")))
end

functions.position = functions.strpos

function functions.substr(p, arguments)
    local node = text(p, arguments[1], "substr")
    local from = count(p, arguments[2], 1, "substr")
    local length = arguments[3] and count(p, arguments[3], 0, "substr")
    return p:term(text_kind(arguments[1]), call("substr", node, from, length))
end

functions.substring = functions.substr

functions["left"] = function(p, arguments)
    return p:term(text_kind(arguments[1]), call("substr", text(p, arguments[1], "left"), integer(1),
        count(p, arguments[2], 0, "left")))
end

functions["right"] = function(p, arguments)
    local node = text(p, arguments[1], "right")
    count(p, arguments[2], 1, "right")
    return p:term(text_kind(arguments[1]), call("substr", node,
        { t = "unary", op = "-", operand = integer(arguments[2].constant) }))
end

function functions.replace(p, arguments)
    return p:term(text_kind(arguments[1]), call("replace", text(p, arguments[1], "replace"),
        text(p, arguments[2], "replace"), text(p, arguments[3], "replace")))
end

-- A beginning is a pattern of GLOB.
function functions.starts_with(p, arguments)
    local beginning = arguments[2].constant
    text(p, arguments[2], "starts_with")
    if not beginning then
        p:refuse("starts_with of what is no constant is not translated")
    end
    return p:term("boolean", { t = "like", op = "GLOB", negated = false, left = text(p, arguments[1], "starts_with"),
        right = { t = "string", value = patterns.literal(beginning) .. "*" } })
end

-- How many arguments are NULL, or are not.
local function counting(negated)
    return function(p, arguments)
        local node
        for _, term in ipairs(arguments) do
            local one = { t = "is_null", operand = term.node, negated = negated }
            node = node and { t = "binary", op = "+", left = node, right = one } or one
        end
        return p:term({ kind = "integer", bits = 32 }, node)
    end
end

functions.num_nulls, functions.num_nonnulls = counting(false), counting(true)

-- concat takes NULL for nothing.
function functions.concat(p, arguments)
    local node
    for _, term in ipairs(arguments) do
        local part = cast.to_text(p, term).node
        if term.constant == nil then
            part = call("coalesce", part, { t = "string", value = "" })
        end
        node = node and { t = "binary", op = "||", left = node, right = part } or part
    end
    return p:term({ kind = "text", bytewise = p.settings.bytewise, ascii_case = p.settings.ascii_case }, node)
end

function functions.abs(p, arguments)
    local term = arguments[1]
    if not numbers.is(term) then
        p:refuse(("abs of %s is not translated"):format(p:called(term)))
    elseif term.kind == "integer" and not term.constant then
        p:note(arithmetic.OVERFLOW)
    end
    return p:term({ kind = term.kind, bits = term.bits, precision = term.precision, scale = term.scale },
        call("abs", numbers.node(p, term)))
end

function functions.round(p, arguments)
    local term, places = arguments[1], arguments[2]
    if term.kind ~= "decimal" or (places and not (places.constant and places.constant >= 0)) then
        p:refuse(("round of %s is not translated"):format(p:called(term)))
    end
    p:note("rounded as a double, not as a decimal")
    return p:term({ kind = "decimal", scale = places and places.constant or 0 },
        call("round", numbers.node(p, term), places and places.node))
end

-- mod(integer, integer)
function functions.mod(p, arguments)
    if arguments[1].kind ~= "integer" or arguments[2].kind ~= "integer" then
        p:refuse("mod of other numbers than integers is not translated")
    end
    return arithmetic.calculate(p, "%", arguments[1], arguments[2])
end

functions.coalesce, functions.nullif = logic.coalesce, logic.nullif

function functions.greatest(p, arguments)
    return logic.extreme(p, arguments, "max")
end

function functions.least(p, arguments)
    return logic.extreme(p, arguments, "min")
end

for name, clock in pairs({ now = "transaction", transaction_timestamp = "transaction",
    statement_timestamp = "statement", clock_timestamp = "clock" }) do
    functions[name] = function(p, arguments)
        if #arguments > 0 then
            p:refuse(("%s with arguments is not translated"):format(name))
        end
        return times.now(p, "timestamptz", clock)
    end
end

function functions.timezone(p, arguments)
    return times.in_zone(p, arguments[2], arguments[1])
end

function functions.extract(p, arguments)
    return times.extract(p, arguments[1], arguments[2])
end

function functions.date_part(p, arguments)
    local term = times.extract(p, arguments[1], arguments[2])
    return p:term("real", { t = "cast", operand = term.node, type = "REAL" })
end

function functions.to_char(p, arguments)
    return times.to_char(p, arguments[1], arguments[2])
end

-- floor of what is a whole number already; SQLite has it only where it was built with its mathematics.
function functions.floor(p, arguments)
    return arguments[1].whole and arguments[1] or p:refuse("not every SQLite has floor")
end

functions.json_typeof = function(p, arguments)
    return json.type_of(p, arguments[1])
end
functions.jsonb_typeof = functions.json_typeof

functions.json_array_length = function(p, arguments)
    return json.length(p, arguments[1])
end
functions.jsonb_array_length = functions.json_array_length

function functions.cardinality(p, arguments)
    return json.elements(p, arguments[1], false)
end

function functions.array_length(p, arguments)
    if arguments[2].constant ~= 1 then
        p:refuse("array_length of another dimension than the first is not translated")
    end
    return json.elements(p, arguments[1], true)
end

local function random_hex(bytes)
    return call("hex", call("randomblob", integer(bytes)))
end

-- A random UUID of version 4, as it is stored: lower case, with hyphens.
function functions.gen_random_uuid(p, arguments)
    if #arguments > 0 then
        p:refuse("gen_random_uuid with arguments is not translated")
    elseif p.use ~= "default" then
        p:refuse("a random value is not the same every time")
    end
    local variant = call("substr", { t = "string", value = "89ab" }, { t = "binary", op = "+", left = integer(1),
        right = { t = "binary", op = "&", left = call("random"), right = integer(3) } }, integer(1))
    local node
    for _, part in ipairs({ random_hex(4), { t = "string", value = "-" }, random_hex(2),
        { t = "string", value = "-4" }, call("substr", random_hex(2), integer(2)), { t = "string", value = "-" },
        variant, call("substr", random_hex(2), integer(2)), { t = "string", value = "-" }, random_hex(6) }) do
        node = node and { t = "binary", op = "||", left = node, right = part } or part
    end
    return p:term("uuid", call("lower", node))
end

functions.uuid_generate_v4 = functions.gen_random_uuid

-- encode(bytes, 'hex')
function functions.encode(p, arguments)
    if arguments[1].kind ~= "blob" or arguments[2].constant ~= "hex" then
        p:refuse("encode is translated for the hex form of bytes only")
    end
    return p:term({ kind = "text", bytewise = p.settings.bytewise, ascii_case = p.settings.ascii_case },
        call("lower", call("hex", arguments[1].node)))
end

-- Extensions put their functions where the database's owner wants them.
local ANYWHERE = { uuid_generate_v4 = true, gen_random_uuid = true }

calls.handlers["function"] = function(p, node)
    local known = functions[node.name]
    local ours = not node.schema or node.schema == "pg_catalog" or ANYWHERE[node.name]
    if not known or not ours or node.star or node.distinct or node.variadic then
        p:refuse(("the function %s is not translated"):format(
            node.schema and node.schema .. "." .. node.name or node.name))
    end
    local arguments = {}
    for i, argument in ipairs(node.arguments) do
        arguments[i] = p:print(argument)
    end
    return known(p, arguments)
end

return calls
