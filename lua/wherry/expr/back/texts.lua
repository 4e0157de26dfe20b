-- Functions over text, by name.
local cast = require "wherry.expr.back.cast"
local patterns = require "wherry.expr.back.patterns"
local random = require "wherry.expr.back.random"

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
        if name == "upper" and arguments[1].upper then
            return p:term(text_kind(arguments[1]), arguments[1].upper)
        elseif name == "lower" and arguments[1].upper then
            return arguments[1]
        elseif not arguments[1].ascii_case then
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
    local bytes = random.beginning(p, arguments)
    if bytes then
        return bytes
    end
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
        -- It writes values as they are printed, not as a cast makes text of them.
        if term.kind == "boolean" or term.fixed then
            p:refuse(("concat of %s is not translated"):format(p:called(term)))
        end
        local part = cast.to_text(p, term).node
        if term.constant == nil then
            part = call("coalesce", part, { t = "string", value = "" })
        end
        node = node and { t = "binary", op = "||", left = node, right = part } or part
    end
    return p:term({ kind = "text", bytewise = p.settings.bytewise, ascii_case = p.settings.ascii_case }, node)
end

return functions
