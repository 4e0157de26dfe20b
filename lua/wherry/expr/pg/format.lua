-- printf() and format(): the text between the conversions, %s and %d plainly, other conversions by a runtime function.
local constant = require "wherry.expr.pg.constant"
local convert = require "wherry.expr.pg.convert"

local format = {}

local KINDS = { d = "integer", i = "integer", u = "integer", x = "integer", X = "integer", o = "integer", f = "real",
    e = "real", E = "real", g = "real", G = "real", s = "text", z = "text", q = "text", Q = "text", w = "text" }

local CONVERSION = "^(%%([-+ #!0,]*)(%d*%*?)(%.?%d*%*?)l*([%a%%]))"

-- The pieces of a format: texts, and conversions { flags, width, precision, letter }.
local function parse(p, text)
    local pieces, first = {}, 1
    while first <= #text do
        local plain = text:match("^[^%%]+", first)
        if plain then
            pieces[#pieces + 1] = plain
            first = first + #plain
        else
            local whole, flags, width, precision, letter = text:match(CONVERSION, first)
            if not whole then
                p:refuse(("the format %s holds an incomplete conversion"):format(text))
            elseif letter == "%" then
                pieces[#pieces + 1] = "%"
            elseif letter == "c" and #whole > 2 or letter ~= "c" and not KINDS[letter] then
                p:refuse(("the conversion %s of a format is not translated"):format(whole))
            else
                pieces[#pieces + 1] = { flags = flags, width = width, precision = precision, letter = letter }
            end
            first = first + #whole
        end
    end
    return pieces
end

-- The next argument; one that is missing is NULL.
local function take(p, arguments)
    arguments.at = arguments.at + 1
    local node = arguments.nodes[arguments.at]
    return node and p:print(node) or constant.term(p, "null")
end

-- Width and precision that stand among the arguments have to be known.
local function numbers(p, piece, arguments)
    if piece.width == "*" then
        local width = p:as(take(p, arguments), "integer").constant
        if not width then
            p:refuse "a format takes a width from a value"
        end
        piece.width = ("%d"):format(math.abs(width))
        piece.flags = piece.flags .. (width < 0 and "-" or "")
    end
    if piece.precision == ".*" then
        local precision = p:as(take(p, arguments), "integer").constant
        if not precision then
            p:refuse "a format takes a precision from a value"
        end
        piece.precision = precision >= 0 and (".%d"):format(precision) or (".%d"):format(-precision)
    end
    if piece.width:find "%*" or piece.precision:find "%d%*" then
        p:refuse "a format is not well-formed"
    end
end

local function or_else(term, value)
    return term.nullable and ("COALESCE(%s, %s)"):format(term.sql, value) or term.sql
end

-- A conversion as SQL that is never NULL, or as a text that is known.
local function conversion(p, piece, term)
    local kind = KINDS[piece.letter] or "text"
    local plain = piece.flags == "" and piece.width == "" and piece.precision == ""
    if term.kind == "null" then
        term = nil
    elseif term.kind ~= "dynamic" then
        convert.known(p, term)
    end
    local value = term and p:as(term, kind)
    if piece.letter == "c" then
        p:note "%c of an empty text is nothing here, in SQLite a NUL character"
        return value and { sql = ("left(%s, 1)"):format(or_else(value, "''")) } or { text = "" }
    elseif plain and kind == "text" and (piece.letter == "s" or piece.letter == "z") then
        if not value or value.constant then
            return { text = value and value.constant or "" }
        end
        return { sql = value.nullable and or_else(value, "''") or p:wrap(value, p.LEVEL.OTHER + 1) }
    elseif plain and kind == "integer" and (piece.letter == "d" or piece.letter == "i") then
        if not value or value.constant then
            return { text = ("%d"):format(value and value.constant or 0) }
        end
        return { sql = (value.nullable and or_else(value, "0") or p:wrap(value)) .. "::text" }
    end
    local spec = ("%%%s%s%s%s"):format(piece.flags, piece.width, piece.precision, piece.letter == "z" and "s"
        or piece.letter)
    local types = { integer = "bigint", real = "double precision", text = "text" }
    local sql = value and (value.constant ~= nil and p:wrap(value) .. "::" .. types[kind] or value.sql)
        or "NULL::" .. types[kind]
    return { sql = p:call("sqlite_printf", p:literal_text(spec), sql) }
end

-- Neighbouring texts become one literal.
local function concatenated(p, pieces)
    local list, text = {}, ""
    local function flush()
        if text ~= "" then
            list[#list + 1] = p:literal_text(text)
            text = ""
        end
    end
    for _, piece in ipairs(pieces) do
        if piece.text then
            text = text .. piece.text
        else
            flush()
            list[#list + 1] = piece.sql
        end
    end
    flush()
    if #list == 0 then
        return constant.term(p, "text", "")
    elseif #list == 1 and #pieces == 1 and pieces[1].text then
        return constant.term(p, "text", pieces[1].text)
    end
    return p:term { sql = table.concat(list, " || "), kind = "text", level = #list > 1 and p.LEVEL.OTHER or nil,
        atomic = #list == 1, nullable = false }
end

function format.printf(p, node)
    if #node.arguments == 0 then
        return constant.term(p, "null")
    end
    local template = p:print(node.arguments[1])
    if template.kind == "null" then
        return template
    elseif template.constant == nil then
        p:refuse "a format that is not known when the expression is translated"
    end
    local arguments = { nodes = node.arguments, at = 1 }
    local pieces = {}
    local text = p:as(template, "text").constant
    if text == "" then -- NULL in SQLite, where a format that comes to nothing is an empty text
        return constant.term(p, "null")
    end
    for i, piece in ipairs(parse(p, text)) do
        if type(piece) == "string" then
            pieces[i] = { text = piece }
        else
            numbers(p, piece, arguments)
            pieces[i] = conversion(p, piece, take(p, arguments))
        end
    end
    return concatenated(p, pieces)
end

format.format = format.printf

return format
