-- Paths into JSON documents, checked when they are known: '$.a."b c"[0][#-1]', and the short forms after -> and ->>.
local dynamic = require "wherry.expr.pg.dynamic"

local path = {}

local STEPS = { '^%."[^"]+"', '^%.[^%."%[][^%.%[]*', "^%[%d+%]", "^%[#%]", "^%[#%-%d+%]" }

local function well_formed(text)
    local first = 2
    while first <= #text do
        local found
        for _, step in ipairs(STEPS) do
            found = found or text:match(step, first)
        end
        if not found then
            return false
        end
        first = first + #found
    end
    return text:sub(1, 1) == "$"
end

-- 'name', '[0]' and 0 after -> and ->>.
local function expanded(value)
    local text = math.type(value) == "integer" and ("%d"):format(value) or value
    if type(text) ~= "string" or text:sub(1, 1) == "$" then
        return text
    elseif text:find "^%d" then
        return ("$[%s]"):format(text)
    end
    return text:sub(1, 1) == "[" and "$" .. text or "$." .. text
end

---The SQL of a path.
---@param p wherry.Printer
---@param term wherry.Term
---@param short boolean? it stands after -> or ->>
---@return string sql
---@return string? known its text
function path.sql(p, term, short)
    local value = short and expanded(term.constant) or term.constant
    if value == nil then
        if short then
            p:refuse "a JSON path that is not known when the expression is translated"
        end
        return p:as(term, "text").sql
    elseif type(value) ~= "string" or not well_formed(value) then
        p:refuse(("JSON path error near %s"):format(tostring(value)))
    end
    return p:literal_text(value), value
end

---A term as the text of a document.
---@param p wherry.Printer
---@param term wherry.Term
---@return wherry.Term
function path.document(p, term)
    if term.kind == "json" then
        p:note(dynamic.JSONB)
        return p:term { sql = p:wrap(term) .. "::text", kind = "text", atomic = true, nullable = term.nullable }
    elseif term.kind == "blob" then
        p:refuse "JSON cannot hold BLOB values"
    end
    local text = p:as(term, "text")
    if text.constant then
        return p:term { sql = text.sql, kind = "text", atomic = true, constant = text.constant, nullable = false }
    end
    return text
end

---The document and the path of a call; nil where one of them is NULL.
---@param p wherry.Printer
---@param node wherry.Node
---@return wherry.Term? document
---@return string? path SQL, nil when none is given
function path.of_call(p, node)
    p:expect(node, 1, 2)
    local term, at = p:print(node.arguments[1]), node.arguments[2] and p:print(node.arguments[2])
    if term.kind == "null" or at and at.kind == "null" then
        return nil, nil
    end
    return path.document(p, term), at and path.sql(p, at)
end

return path
