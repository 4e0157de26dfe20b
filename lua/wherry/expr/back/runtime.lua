-- The runtime functions that the way there created in PostgreSQL, as the parts of SQLite for which they stand.

local runtime = {}

local function call(name, arguments)
    return { t = "function", name = name, arguments = arguments, star = false, distinct = false }
end

local function nodes(arguments)
    local list = {}
    for i, term in ipairs(arguments) do
        list[i] = term.node
    end
    return list
end

local TEXT, INTEGER, REAL = { kind = "text", bytewise = true, ascii_case = true }, { kind = "integer", bits = 64 },
    { kind = "real" }

local functions = {}

-- A function of SQLite with the same arguments.
local function same(name, kind)
    return function(p, arguments)
        return p:term(kind, call(name, nodes(arguments)))
    end
end

-- A cast; of an integer's text it is the integer again.
local function casting(type, kind)
    return function(p, arguments)
        local node = arguments[1].node
        if type == "INTEGER" and node.t == "cast" and node.type == "TEXT" and node.operand.t == "cast"
            and node.operand.type == "INTEGER" then
            return p:term(kind, node.operand)
        end
        return p:term(kind, { t = "cast", operand = node, type = type })
    end
end

functions.sqlite_substr = same("substr", TEXT)
functions.sqlite_round = same("round", REAL)
functions.sqlite_json_type = same("json_type", TEXT)
functions.sqlite_json_array_length = same("json_array_length", INTEGER)
functions.sqlite_integer, functions.sqlite_real = casting("INTEGER", INTEGER), casting("REAL", REAL)
functions.sqlite_text, functions.sqlite_blob = casting("TEXT", TEXT), casting("BLOB", { kind = "blob" })

for name, kind in pairs({ strftime = TEXT, date = TEXT, datetime = TEXT, time = TEXT, julianday = REAL,
    unixepoch = INTEGER }) do
    functions["sqlite_" .. name] = same(name, kind)
    functions["sqlite_current_" .. name] = function(p, arguments)
        if p.use ~= "default" then
            p:refuse("the present time is not the same every time")
        end
        return same(name, kind)(p, arguments)
    end
end

for name, kind in pairs({ random = INTEGER, randomblob = { kind = "blob" } }) do
    functions["sqlite_" .. name] = function(p, arguments)
        if p.use ~= "default" then
            p:refuse("a random value is not the same every time")
        end
        return same(name, kind)(p, arguments)
    end
end

for name, op in pairs({ sqlite_shift_left = "<<", sqlite_shift_right = ">>" }) do
    functions[name] = function(p, arguments)
        return p:term(INTEGER, { t = "binary", op = op, left = arguments[1].node, right = arguments[2].node })
    end
end

function functions.sqlite_glob(p, arguments)
    return p:term("boolean", { t = "like", op = "GLOB", negated = false, left = arguments[2].node,
        right = arguments[1].node })
end

-- SQLite's versions differ about NULL, of which PostgreSQL's function knows nothing.
function functions.sqlite_json_valid(p, arguments)
    local valid = call("json_valid", nodes(arguments))
    return p:term("boolean", { t = "case", branches = { { result = valid,
        when = { t = "is_null", operand = arguments[1].node, negated = true } } } }, { or_false = valid })
end

for name, type in pairs({ sqlite_json_integer = "INTEGER", sqlite_json_number = "REAL", sqlite_json_text = "TEXT" }) do
    functions[name] = function(p, arguments)
        return p:term(({ INTEGER = INTEGER, REAL = REAL, TEXT = TEXT })[type],
            { t = "cast", operand = call("json_extract", nodes(arguments)), type = type })
    end
end

---A call of a runtime function; nil when it is none, or one that stands for nothing in SQLite.
---@param p wherry.Back
---@param node table
---@return wherry.BackTerm?
function runtime.call(p, node)
    local known = functions[node.name]
    local found = p.options.runtime and p.options.runtime[node.name]
    if not known or not found or (node.schema and node.schema ~= found) or node.variadic then
        return nil
    end
    local arguments = {}
    for i, argument in ipairs(node.arguments) do
        arguments[i] = p:print(argument)
    end
    return known(p, arguments)
end

return runtime
