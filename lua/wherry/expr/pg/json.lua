-- Functions that read JSON and the operators -> and ->>. A column holds JSON as text; with --idiomatic as jsonb.
local constant = require "wherry.expr.pg.constant"
local dynamic = require "wherry.expr.pg.dynamic"
local path = require "wherry.expr.pg.json_path"

local json = {}

local function null(p)
    return constant.term(p, "null")
end

-- SQLite 3.40 takes NULL for malformed.
function json.json_valid(p, node)
    p:expect(node, 1)
    local term = p:print(node.arguments[1])
    local result
    if term.kind == "null" then
        return constant.term(p, "boolean", 0)
    elseif term.kind == "json" then
        result = p:term { sql = p:wrap(term, p.LEVEL.IS + 1) .. " IS NOT NULL", kind = "boolean", level = p.LEVEL.IS,
            nullable = false }
        return result
    elseif term.kind == "blob" then
        p:refuse "json_valid() of a blob"
    end
    result = p:term { sql = p:call("sqlite_json_valid", p:as(term, "text").sql), kind = "boolean", atomic = true,
        nullable = term.nullable }
    if term.nullable then
        result.sql, result.nullable = ("COALESCE(%s, FALSE)"):format(result.sql), false
    end
    return result
end

local function text_of(p, sql, fields)
    fields = fields or {}
    fields.sql, fields.kind, fields.atomic = sql, "text", true
    return p:term(fields)
end

local function minified(p, text, at)
    return p:call("sqlite_json_minify", p:call("sqlite_json_element", text, at))
end

function json.json_extract(p, node)
    if #node.arguments < 2 then
        p:refuse "wrong number of arguments to function json_extract()"
    end
    local terms = p:print_all(node.arguments)
    for _, term in ipairs(terms) do
        if term.kind == "null" then
            return null(p)
        end
    end
    local text = path.document(p, terms[1])
    if #terms == 2 then
        return dynamic.term(p, text.sql, (path.sql(p, terms[2])))
    end
    local parts = {}
    for i = 2, #terms do
        parts[i - 1] = ("COALESCE(%s, 'null')"):format(minified(p, text.sql, (path.sql(p, terms[i]))))
    end
    -- NULL stays NULL: one of the operands is the document itself.
    local list = ("'[' || %s || ']'"):format(table.concat(parts, " || ',' || "))
    if text.nullable then
        list = ("CASE WHEN %s IS NOT NULL THEN %s END"):format(p:wrap(text, p.LEVEL.IS + 1), list)
    end
    return p:term { sql = list, kind = "text", json = true, level = not text.nullable and p.LEVEL.OTHER or nil,
        atomic = text.nullable and true or nil, nullable = text.nullable }
end

json["->>"] = function(p, _, arguments)
    local term, at = p:print(arguments[1]), p:print(arguments[2])
    if term.kind == "null" or at.kind == "null" then
        return null(p)
    end
    return dynamic.term(p, path.document(p, term).sql, (path.sql(p, at, true)))
end

json["->"] = function(p, _, arguments)
    local term, at = p:print(arguments[1]), p:print(arguments[2])
    if term.kind == "null" or at.kind == "null" then
        return null(p)
    end
    return text_of(p, minified(p, path.document(p, term).sql, (path.sql(p, at, true))), { json = true })
end

local function of_element(name, kind)
    return function(p, node)
        local text, at = path.of_call(p, node)
        if not text then
            return null(p)
        end
        return p:term { sql = p:call(name, text.sql, at), kind = kind, atomic = true,
            nullable = at ~= nil or text.nullable }
    end
end

json.json_type = of_element("sqlite_json_type", "text")
json.json_array_length = of_element("sqlite_json_array_length", "integer")

function json.json(p, node)
    p:expect(node, 1)
    local term = p:print(node.arguments[1])
    if term.kind == "null" then
        return term
    end
    local text = path.document(p, term)
    return text_of(p, p:call("sqlite_json_minify", text.sql), { json = true, nullable = text.nullable })
end

-- Documents that are built or changed have files of their own.
for _, part in ipairs { require("wherry.expr.pg.json_build").functions, (require "wherry.expr.pg.json_edit") } do
    for name, handler in pairs(part) do
        json[name] = handler
    end
end

return json
