-- JSON's operators and functions.

local json = {}

local function call(name, ...)
    return { t = "function", name = name, arguments = { ... }, star = false, distinct = false }
end

local WRITTEN = "true and false come out of JSON as 1 and 0, numbers as SQLite writes them"

-- A key or place as SQLite's -> takes it, which reads a text that begins with $ as a path.
local function step(p, right)
    if right.kind == "integer" and right.constant and right.constant >= 0 then
        return right.node
    elseif right.kind == "text" and right.constant and right.constant:find("^[%a_][%w_ -]*$") then
        return { t = "string", value = right.constant }
    end
    return p:refuse("a key of JSON that is no plain name is not translated")
end

---An operator whose left side is JSON.
---@param p wherry.Back
---@param op string
---@param left wherry.BackTerm
---@param right wherry.BackTerm
---@return wherry.BackTerm
function json.operator(p, op, left, right)
    if op ~= "->" and op ~= "->>" then
        p:refuse(("the operator %s of JSON is not translated"):format(op))
    elseif not left.binary then
        p:note("where a key is there twice, SQLite takes the first")
    end
    local node = { t = "binary", op = op, left = left.node, right = step(p, right) }
    if op == "->" then
        return p:term({ kind = "json", binary = left.binary }, node)
    end
    -- The note is dropped by a comparison that is exact all the same.
    return p:term({ kind = "text", bytewise = p.settings.bytewise, ascii_case = p.settings.ascii_case },
        { t = "cast", operand = node, type = "TEXT" }, { from_json = node, deferred = WRITTEN })
end

local TYPES = { object = "object", array = "array", string = "text", null = "null", number = "integer, real",
    boolean = "true, false" }

---json_typeof and jsonb_typeof, by the names that PostgreSQL has.
---@param p wherry.Back
---@param term wherry.BackTerm
---@return wherry.BackTerm
function json.type_of(p, term)
    if term.kind ~= "json" then
        p:refuse(("the type of %s is not translated"):format(p:called(term)))
    end
    local node = { t = "case", operand = call("json_type", term.node), branches = {} }
    for _, name in ipairs({ "string", "number", "boolean" }) do
        for found in TYPES[name]:gmatch("%a+") do
            node.branches[#node.branches + 1] = { when = { t = "string", value = found },
                result = { t = "string", value = name } }
        end
    end
    node.otherwise = node.operand
    return p:term({ kind = "text", bytewise = p.settings.bytewise, ascii_case = p.settings.ascii_case }, node,
        { typed = term.node })
end

---A comparison of jsonb_typeof with one of its names, or nil.
---@param p wherry.Back
---@param op string
---@param term wherry.BackTerm
---@param other wherry.BackTerm
---@return wherry.BackTerm?
function json.type_is(p, op, term, other)
    local names = other.constant and TYPES[other.constant]
    if not term.typed or not names or not (op == "=" or op == "<>") then
        return nil
    end
    local list = {}
    for name in names:gmatch("%a+") do
        list[#list + 1] = { t = "string", value = name }
    end
    local found = call("json_type", term.typed)
    if #list == 1 then
        return p:term("boolean", { t = "binary", op = op, left = found, right = list[1] })
    end
    return p:term("boolean", { t = "in", operand = found, negated = op == "<>", list = list })
end

---json_array_length.
---@param p wherry.Back
---@param term wherry.BackTerm
---@return wherry.BackTerm
function json.length(p, term)
    if term.kind ~= "json" then
        p:refuse(("the length of %s is not translated"):format(p:called(term)))
    end
    p:note_error("of what is no array the length is 0, where PostgreSQL reports an error")
    return p:term({ kind = "integer", bits = 32 }, call("json_array_length", term.node))
end

---The number of elements of an array, which is stored as JSON; PostgreSQL's array_length knows none for an empty one.
---@param p wherry.Back
---@param term wherry.BackTerm
---@param empty boolean an empty array gives NULL
---@return wherry.BackTerm
function json.elements(p, term, empty)
    if term.kind ~= "array" or not term.column then
        p:refuse("the length of an array that is no column is not translated")
    end
    p:note("counted in the first dimension")
    local node = call("json_array_length", term.node)
    return p:term({ kind = "integer", bits = 32 }, empty and call("nullif", node, { t = "integer", value = 0 })
        or node)
end

return json
