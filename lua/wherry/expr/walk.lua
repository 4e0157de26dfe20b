-- Walks a tree: which fields of a node hold nodes, in the order in which they are written.

-- Per tag, the fields that hold a node, a list of nodes, or a list or record of parts that hold nodes.
local FIELDS = {
    unary = { "operand" }, binary = { "left", "right" }, collate = { "operand" }, cast = { "operand" },
    like = { "left", "right", "escape" }, is_null = { "operand" }, between = { "operand", "low", "high" },
    ["in"] = { "operand", "list", "select", "relation" }, case = { "operand", "branches", "otherwise" },
    ["function"] = { "arguments", "order_by", "filter", "over" }, exists = { "select" }, scalar = { "select" },
    row = { "values" }, raise = { "expression" },
    select = { "with", "cores", "order_by", "limit", "offset" },
    core = { "columns", "from", "where", "group_by", "having", "windows" }, values = { "rows" },
    table = { "arguments" }, subquery = { "select" }, join = { "left", "right", "on" },
    insert = { "with", "select", "upserts", "returning" },
    update = { "with", "set", "from", "where", "returning", "order_by", "limit", "offset" },
    delete = { "with", "where", "returning", "order_by", "limit", "offset" },
    create_view = { "select" }, create_trigger = { "when", "body" }, create_index = { "columns", "where" },
}

-- The fields of parts, which have no tag; lists come after them.
local PARTS = {
    "tables", "select", "arguments", "when", "result", "expr", "partition_by", "order_by", "frame", "window", "from",
    "to", "target", "target_where", "set", "value", "where",
}

-- Calls `visit` with each node that hangs directly on this node or part.
local function children(node, visit)
    local fields = node.t and FIELDS[node.t] or not node.t and PARTS or {}
    for _, field in ipairs(fields) do
        local value = node[field]
        if type(value) == "table" then
            visit(value)
        end
    end
    if not node.t then
        for _, value in ipairs(node) do
            if type(value) == "table" then
                visit(value)
            end
        end
    end
end

local walk = {}

---Calls `visit` with a node and then with every node below it, in the order of the text. A visit that returns false
---keeps the walk from going below that node.
---@param node table
---@param visit fun(node: table): boolean?
function walk.walk(node, visit)
    if node.t and visit(node) == false then
        return
    end
    children(node, function(child) walk.walk(child, visit) end)
end

---How many nodes lie above each other at most, found without recursion.
---@param node table
---@param limit integer where counting ends
---@return integer
function walk.height(node, limit)
    local level, height = { node }, 0
    while #level > 0 and height <= limit do
        height = height + 1
        local below = {}
        for _, entry in ipairs(level) do
            children(entry, function(child) below[#below + 1] = child end)
        end
        level = below
    end
    return height
end

return walk
