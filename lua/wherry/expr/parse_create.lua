-- CREATE VIEW, CREATE TRIGGER and CREATE INDEX.
local Parser = require "wherry.expr.parser"

-- [IF NOT EXISTS] [schema.] name
local function object_name(parser)
    if parser:looking_at("IF", "NOT", "EXISTS") then
        parser.at = parser.at + 3
    end
    local name = parser:name()
    if parser:accept(".") then
        name = parser:name()
    end
    return name
end

local function view(parser)
    local node = { t = "create_view", name = object_name(parser) }
    if parser:key() == "(" then
        node.columns = parser:names()
    end
    parser:expect("AS")
    node.select = parser:select()
    return node
end

local function trigger_time(parser)
    if parser:accept("INSTEAD") then
        parser:expect("OF")
        return "INSTEAD OF"
    elseif parser:accept("AFTER") then
        return "AFTER"
    end
    parser:accept("BEFORE")
    return "BEFORE"
end

local function trigger_event(parser, node)
    node.event = parser:key()
    if parser:accept("UPDATE") then
        if parser:accept("OF") then
            node.columns = {}
            repeat
                node.columns[#node.columns + 1] = parser:name()
            until not parser:accept(",")
        end
    elseif not parser:accept("INSERT") then
        parser:expect("DELETE")
    end
end

local function trigger(parser)
    local node = { t = "create_trigger", name = object_name(parser), time = trigger_time(parser), body = {} }
    trigger_event(parser, node)
    parser:expect("ON")
    node.table = object_name(parser)
    if parser:accept("FOR") then
        parser:expect("EACH", "ROW")
    end
    if parser:accept("WHEN") then
        node.when = parser:expression()
    end
    parser:expect("BEGIN")
    repeat
        node.body[#node.body + 1] = parser:statement()
        parser:expect(";")
    until parser:accept("END")
    return node
end

-- A string where the name of a column is wanted is taken for that name.
local function string_as_name(term)
    local parent, key, node = term, "expr", term.expr
    while node.t == "collate" do
        parent, key, node = node, "operand", node.operand
    end
    if node.t == "string" then
        parent[key] = { t = "column", name = node.value, quoted = '"' }
    end
end

local function index(parser, unique)
    local node = { t = "create_index", name = object_name(parser), unique = unique }
    parser:expect("ON")
    node.table = parser:name()
    parser:expect("(")
    node.columns = parser:terms()
    parser:expect(")")
    for _, term in ipairs(node.columns) do
        string_as_name(term)
    end
    if parser:accept("WHERE") then
        node.where = parser:expression()
    end
    return node
end

---Reads a CREATE statement for anything but a table.
---@return table node
function Parser:create()
    self:expect("CREATE")
    if not self:accept("TEMP") then
        self:accept("TEMPORARY")
    end
    if self:accept("VIEW") then
        return view(self)
    elseif self:accept("TRIGGER") then
        return trigger(self)
    elseif self:accept("INDEX") then
        return index(self, false)
    elseif self:accept("UNIQUE") then
        self:expect("INDEX")
        return index(self, true)
    end
    return self:fail("expected VIEW, TRIGGER or INDEX")
end

return Parser
