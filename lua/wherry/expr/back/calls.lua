-- Function calls, by name and by the kinds of their arguments: a function of the same name over other types is not the
-- one that is known here.
local arithmetic = require "wherry.expr.back.arithmetic"
local json = require "wherry.expr.back.json"
local logic = require "wherry.expr.back.logic"
local numbers = require "wherry.expr.back.numbers"
local random = require "wherry.expr.back.random"
local runtime = require "wherry.expr.back.runtime"
local texts = require "wherry.expr.back.texts"
local times = require "wherry.expr.back.times"

local calls = { handlers = {} }
local functions = {}
for _, list in ipairs({ texts, random.functions }) do
    for name, made in pairs(list) do
        functions[name] = made
    end
end

local function call(name, ...)
    return { t = "function", name = name, arguments = { ... }, star = false, distinct = false }
end

function functions.abs(p, arguments)
    local term = arguments[1]
    if not numbers.is(term) then
        p:refuse(("abs of %s is not translated"):format(p:called(term)))
    elseif term.kind == "integer" and not term.constant then
        p:note_error(arithmetic.OVERFLOW)
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

-- floor of the clock's whole seconds; SQLite has it only where it was built with its mathematics.
function functions.floor(p, arguments)
    local term = arguments[1]
    if not term.whole then
        p:refuse("not every SQLite has floor")
    end
    term.deferred = nil
    return term
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

-- How many arguments a function takes: as many as it says, or from so many to so many. Others take what they find.
local COUNTS = { strpos = 2, position = 2, substr = { 2, 3 }, substring = { 2, 3 }, replace = 3, round = { 1, 2 } }
for name in ([[lower upper length char_length character_length octet_length abs floor json_typeof jsonb_typeof
    json_array_length jsonb_array_length cardinality uuid_send sha256]]):gmatch("%S+") do
    COUNTS[name] = 1
end
for name in ("left right starts_with mod nullif timezone extract date_part to_char array_length encode"):gmatch "%S+" do
    COUNTS[name] = 2
end
for name in ("btrim ltrim rtrim"):gmatch("%S+") do
    COUNTS[name] = { 1, 2 }
end
for name in ("coalesce greatest least concat num_nulls num_nonnulls"):gmatch("%S+") do
    COUNTS[name] = { 1, 1000 }
end

local function is_counted(node)
    local wanted = COUNTS[node.name]
    local least, most = wanted, wanted
    if type(wanted) == "table" then
        least, most = wanted[1], wanted[2]
    end
    return not wanted or (#node.arguments >= least and #node.arguments <= most)
end

-- Extensions put their functions where the database's owner wants them.
local ANYWHERE = { uuid_generate_v4 = true, gen_random_uuid = true }

calls.handlers["function"] = function(p, node)
    local own = runtime.call(p, node)
    if own then
        return own
    end
    local known = functions[node.name]
    local ours = not node.schema or node.schema == "pg_catalog" or ANYWHERE[node.name]
    if not known or not ours or node.star or node.distinct or node.variadic or not is_counted(node) then
        p:refuse(("the function %s is not translated"):format(
            node.schema and node.schema .. "." .. node.name or node.name))
    end
    local arguments = {}
    for i, argument in ipairs(node.arguments) do
        arguments[i] = node.name == "floor" and p:operand(argument) or p:print(argument)
    end
    return known(p, arguments)
end

return calls
