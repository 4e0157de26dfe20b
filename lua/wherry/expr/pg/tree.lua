-- Looking into SQLite's expression trees: what is in them, and whether two mean the same.
local model = require "wherry.schema.model"

local tree = {}

local AGGREGATES = {
    avg = true, count = true, group_concat = true, string_agg = true, sum = true, total = true,
    json_group_array = true, json_group_object = true,
}

---True for a call that makes one value of a group's rows.
---@param node wherry.Node
---@return boolean
function tree.is_aggregate(node)
    if node.t ~= "function" or node.over then
        return false
    end
    return AGGREGATES[node.name] or ((node.name == "min" or node.name == "max") and #node.arguments == 1)
end

-- Whether `test` holds for the node or one inside it; subqueries are not looked into unless asked.
local function any(node, test, subqueries)
    if node.t and test(node) then
        return true
    end
    if node.t == "select" and not subqueries then
        return false
    end
    for _, child in pairs(node) do
        if type(child) == "table" and any(child, test, subqueries) then
            return true
        end
    end
    return false
end

---Whether a test holds anywhere in a tree, subqueries included.
---@param node table
---@param test fun(node: wherry.Node): boolean?
---@return boolean
function tree.any(node, test)
    return any(node, test, true)
end

---Whether an aggregate of the query itself is in it.
---@param node table
---@return boolean
function tree.has_aggregate(node)
    return any(node, tree.is_aggregate, false)
end

---Whether a window function is in it.
---@param node table
---@return boolean
function tree.has_window(node)
    return any(node, function(one) return one.over ~= nil end, false)
end

---The node inside COLLATE, and the outermost collation.
---@param node wherry.Node
---@return wherry.Node
---@return string?
function tree.without_collate(node)
    local collation
    while node.t == "collate" do
        collation = collation or node.collation
        node = node.operand
    end
    return node, collation
end

---Whether two trees mean the same; `same_column` compares column nodes.
---@param a any
---@param b any
---@param same_column fun(a: wherry.Node, b: wherry.Node): boolean
---@return boolean
function tree.equal(a, b, same_column)
    if type(a) ~= "table" or type(b) ~= "table" then
        return a == b
    elseif a.t ~= b.t then
        return false
    elseif a.t == "column" then
        return same_column(a, b)
    end
    for key, value in pairs(a) do
        if key ~= "text" and not tree.equal(value, b[key], same_column) then
            return false
        end
    end
    for key in pairs(b) do
        if key ~= "text" and a[key] == nil then
            return false
        end
    end
    return true
end

---Compares column nodes as they are written.
---@param a wherry.Node
---@param b wherry.Node
---@return boolean
function tree.same_name(a, b)
    return model.fold(a.name) == model.fold(b.name)
        and (not a.table or not b.table or model.fold(a.table) == model.fold(b.table))
end

---The conditions that AND joins.
---@param node wherry.Node?
---@param list wherry.Node[]?
---@return wherry.Node[]
function tree.conjuncts(node, list)
    list = list or {}
    if node and node.t == "binary" and node.op == "AND" then
        tree.conjuncts(node.left, list)
        tree.conjuncts(node.right, list)
    elseif node then
        list[#list + 1] = node
    end
    return list
end

return tree
