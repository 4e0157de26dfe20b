-- Functions that build JSON documents: json_quote, json_array, json_object, the aggregates; all without white space.
local dynamic = require "wherry.expr.pg.dynamic"
local convert = require "wherry.expr.pg.convert"
local walk = require "wherry.expr.walk"

local build = {}
local functions = {}
build.functions = functions

-- Calls that hand a value on, and with it what SQLite knows of it: that it is JSON already.
local HANDS_ON = { coalesce = true, ifnull = true, iif = true, nullif = true, min = true, max = true, likely = true,
    unlikely = true, likelihood = true }

local function hides_json(node)
    if node.t ~= "case" and node.t ~= "scalar" and not (node.t == "function" and HANDS_ON[node.name]) then
        return false
    end
    local found = false
    walk.walk(node, function(inner)
        found = found or inner.t == "function" and inner.name:find "^json" ~= nil or inner.op == "->"
            or inner.op == "->>"
    end)
    return found
end

local ESCAPES = { ['"'] = '\\"', ["\\"] = "\\\\", ["\b"] = "\\b", ["\f"] = "\\f", ["\n"] = "\\n", ["\r"] = "\\r",
    ["\t"] = "\\t" }

local function quoted(text)
    return '"' .. text:gsub('[%c"\\]', function(character)
        if character == "\x7f" then
            return nil
        end
        return ESCAPES[character] or ("\\u%04x"):format(character:byte())
    end) .. '"'
end

-- A value inside a document: its JSON where it is known, else SQL that is never NULL.
local function element(p, node)
    local term = p:print(node)
    if term.kind == "null" then
        return { text = "null" }
    elseif term.kind == "blob" then
        p:refuse "JSON cannot hold BLOB values"
    elseif term.dynamic or hides_json(node) then
        p:refuse "a value that may be JSON itself or a text inside a document that is built"
    elseif term.kind == "json" then
        p:note(dynamic.JSONB)
    end
    local sql
    if term.parts then
        return term
    elseif term.json then
        sql = p:wrap(term, p.LEVEL.OTHER + 1)
    elseif term.kind == "json" then
        sql = p:wrap(term) .. "::text"
    elseif term.constant ~= nil then
        local text = p:as(term, "text").constant
        return { text = term.kind == "text" and quoted(text) or text }
    elseif term.kind == "text" then
        sql = ("to_json(%s)::text"):format(term.sql)
    else
        convert.known(p, term)
        sql = p:wrap(p:as(term, "text"), p.LEVEL.OTHER + 1)
    end
    return { sql = term.nullable and ("COALESCE(%s, 'null')"):format(sql) or sql }
end

-- The name of a member of a document.
local function label(p, node)
    local term = p:print(node)
    if term.kind ~= "text" then
        p:refuse "json_object() labels must be TEXT"
    elseif term.constant then
        return { text = quoted(term.constant) }
    elseif term.nullable then
        p:note "a label that is NULL makes the whole document NULL, in SQLite it is an error"
    end
    return { sql = ("to_json(%s)::text"):format(term.sql) }
end

-- Pieces one behind another as one term; neighbours that are known become one literal.
local function document(p, pieces)
    local merged = {}
    local function add(piece)
        local last = merged[#merged]
        if piece.parts then
            for _, part in ipairs(piece.parts) do
                add(part)
            end
        elseif piece.text and last and last.text then
            last.text = last.text .. piece.text
        else
            merged[#merged + 1] = { text = piece.text, sql = piece.sql }
        end
    end
    for _, piece in ipairs(pieces) do
        add(piece)
    end
    local list = {}
    for i, piece in ipairs(merged) do
        list[i] = piece.sql or p:literal_text(piece.text)
    end
    return p:term { sql = table.concat(list, " || "), kind = "text", json = true, nullable = false, parts = merged,
        level = #list > 1 and p.LEVEL.OTHER or nil, atomic = #list == 1 }
end

---A value as JSON.
---@param p wherry.Printer
---@param node wherry.Node
---@return string sql never NULL
function build.value(p, node)
    return document(p, { element(p, node) }).sql
end

function functions.json_quote(p, node)
    p:expect(node, 1)
    return document(p, { element(p, node.arguments[1]) })
end

function functions.json_array(p, node)
    local pieces = { { text = "[" } }
    for i, argument in ipairs(node.arguments) do
        pieces[#pieces + 1] = i > 1 and { text = "," } or nil
        pieces[#pieces + 1] = element(p, argument)
    end
    pieces[#pieces + 1] = { text = "]" }
    return document(p, pieces)
end

function functions.json_object(p, node)
    if #node.arguments % 2 == 1 then
        p:refuse "json_object() requires an even number of arguments"
    end
    local pieces = { { text = "{" } }
    for i = 1, #node.arguments, 2 do
        pieces[#pieces + 1] = i > 1 and { text = "," } or nil
        pieces[#pieces + 1] = label(p, node.arguments[i])
        pieces[#pieces + 1] = { text = ":" }
        pieces[#pieces + 1] = element(p, node.arguments[i + 1])
    end
    pieces[#pieces + 1] = { text = "}" }
    return document(p, pieces)
end

local ORDER = "the order of the elements is PostgreSQL's"

local function aggregate(open, close, count, part)
    return function(p, node)
        p:expect(node, count)
        if node.distinct then
            p:refuse(("%s() with DISTINCT"):format(node.name))
        end
        p:note(ORDER)
        local call = require("wherry.expr.pg.aggregate").finish(p, node,
            ("string_agg(%s, ',')"):format(document(p, part(p, node)).sql))
        return document(p, { { text = open }, { sql = ("COALESCE(%s, '')"):format(call) }, { text = close } })
    end
end

functions.json_group_array = aggregate("[", "]", 1, function(p, node)
    return { element(p, node.arguments[1]) }
end)

functions.json_group_object = aggregate("{", "}", 2, function(p, node)
    return { label(p, node.arguments[1]), { text = ":" }, element(p, node.arguments[2]) }
end)

return build
