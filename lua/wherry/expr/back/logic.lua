-- IS NULL, CASE, and the functions that choose among their arguments.
local cast = require "wherry.expr.back.cast"
local comparison = require "wherry.expr.back.comparison"
local numbers = require "wherry.expr.back.numbers"

local logic = { handlers = {} }
local handlers = logic.handlers

function handlers.is_null(p, node)
    local term = p:operand(node.operand)
    if term.kind == "record" or term.kind == "other" and not term.column then
        p:refuse(("%s IS NULL is not translated"):format(p:called(term)))
    end
    return p:term("boolean", { t = "is_null", operand = term.node, negated = node.negated })
end

-- The parts of a kind that all terms of a choice share.
local function shared(terms)
    local first = nil
    for _, term in ipairs(terms) do
        if not term.null then
            first = first or term
        end
    end
    if not first then
        return { kind = "null" }
    end
    local kind = { kind = first.kind, name = first.name, bytewise = first.bytewise, ascii_case = first.ascii_case,
        fixed = first.fixed, folded = first.folded, bits = first.bits, precision = first.precision,
        scale = first.scale }
    for _, term in ipairs(terms) do
        if not term.null then
            if kind.bits and term.bits and term.bits > kind.bits then
                kind.bits = term.bits
            end
            for _, field in ipairs({ "bytewise", "ascii_case", "precision", "scale" }) do
                if term[field] ~= kind[field] then
                    kind[field] = nil
                end
            end
        end
    end
    return kind
end

-- Terms of one kind: texts without a type get that of the others, decimals are numbers for all.
local function alike(p, terms)
    local kind
    for _, term in ipairs(terms) do
        if not term.null and not term.literal then
            kind = kind or term
        end
    end
    local made = {}
    for i, term in ipairs(terms) do
        if kind and term.literal and kind.kind ~= "text" then
            term = cast.to(p, { kind = kind.kind, bits = kind.bits, name = kind.name }, term)
        end
        made[i] = term
    end
    local common = shared(made)
    for _, term in ipairs(made) do
        if not term.null and (term.kind ~= common.kind or (term.name ~= common.name) or term.fixed ~= common.fixed
            or term.folded ~= common.folded) then
            p:refuse(("%s beside %s is not translated"):format(p:called(term), p:called(common)))
        end
    end
    local nodes = {}
    for i, term in ipairs(made) do
        nodes[i] = common.kind == "decimal" and numbers.node(p, term) or term.node
    end
    return nodes, common
end

function handlers.case(p, node)
    local operand = node.operand and p:print(node.operand)
    local conditions, results = {}, {}
    for i, branch in ipairs(node.branches) do
        if operand then
            conditions[i] = comparison.compare(p, "=", operand, p:print(branch.when)).node
        else
            conditions[i] = p:condition(branch.when).node
        end
        results[i] = p:print(branch.result)
    end
    results[#results + 1] = node.otherwise and p:print(node.otherwise) or nil
    local nodes, kind = alike(p, results)
    local made = { t = "case", branches = {} }
    for i, condition in ipairs(conditions) do
        made.branches[i] = { when = condition, result = nodes[i] }
    end
    made.otherwise = node.otherwise and nodes[#nodes] or nil
    return p:term(kind, made)
end

local function call(name, arguments)
    return { t = "function", name = name, arguments = arguments, star = false, distinct = false }
end

---COALESCE.
---@param p wherry.Back
---@param terms wherry.BackTerm[]
---@return wherry.BackTerm
function logic.coalesce(p, terms)
    if #terms == 2 and terms[1].or_false and terms[2].constant == false then
        return p:term("boolean", call("coalesce", { terms[1].or_false, terms[2].node }))
    end
    local nodes, kind = alike(p, terms)
    return p:term(kind, #nodes == 1 and nodes[1] or call("coalesce", nodes))
end

---NULLIF.
---@param p wherry.Back
---@param terms wherry.BackTerm[]
---@return wherry.BackTerm
function logic.nullif(p, terms)
    local equal = comparison.compare(p, "=", terms[1], terms[2]).node
    local nodes, kind = alike(p, { terms[1] })
    if equal.t == "binary" and equal.left == nodes[1] then
        return p:term(kind, call("nullif", { nodes[1], equal.right }))
    end
    return p:term(kind, { t = "case", branches = { { when = equal, result = { t = "null" } } }, otherwise = nodes[1] })
end

---GREATEST and LEAST, which leave NULLs out where SQLite's max and min give NULL.
---@param p wherry.Back
---@param terms wherry.BackTerm[]
---@param name "max"|"min"
---@return wherry.BackTerm
function logic.extreme(p, terms, name)
    local nodes, kind = alike(p, terms)
    for i = 2, #terms do
        comparison.compare(p, "<", terms[1], terms[i])
    end
    if kind.fixed or kind.folded then
        p:refuse(("%s of such a text is not translated"):format(name))
    end
    local node = nodes[1]
    for i = 2, #nodes do
        node = call("coalesce", { call(name, { node, nodes[i] }), node, nodes[i] })
    end
    return p:term(kind, node)
end

return logic
