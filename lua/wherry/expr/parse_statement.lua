-- INSERT, UPDATE and DELETE.
local Parser = require "wherry.expr.parser"

local ACTIONS = { ROLLBACK = true, ABORT = true, FAIL = true, IGNORE = true, REPLACE = true }

-- The table that is written to, with its schema and alias.
local function target(parser, node)
    node.table = parser:name()
    if parser:accept(".") then
        node.schema, node.table = node.table, parser:name()
    end
    if parser:accept("AS") then
        node.alias = parser:name()
    end
end

local function conflict(parser)
    if not parser:accept("OR") then
        return nil
    end
    local action = parser:key()
    if not ACTIONS[action] then
        parser:fail("expected a conflict action")
    end
    parser:next()
    return action
end

local function assignments(parser)
    local set = {}
    parser:expect("SET")
    repeat
        local columns = parser:key() == "(" and parser:names() or { parser:name() }
        parser:expect("=")
        set[#set + 1] = { columns = columns, value = parser:expression() }
    until not parser:accept(",")
    return set
end

local function returning(parser)
    return parser:accept("RETURNING") and parser:result_columns() or nil
end

-- ON CONFLICT clauses, nil when there is none.
local function upserts(parser)
    local list = {}
    while parser:accept("ON") do
        local upsert = {}
        parser:expect("CONFLICT")
        if parser:accept("(") then
            upsert.target = parser:terms()
            parser:expect(")")
            if parser:accept("WHERE") then
                upsert.target_where = parser:expression()
            end
        end
        parser:expect("DO")
        if not parser:accept("NOTHING") then
            parser:expect("UPDATE")
            upsert.set = assignments(parser)
            if parser:accept("WHERE") then
                upsert.where = parser:expression()
            end
        end
        list[#list + 1] = upsert
    end
    return list[1] and list or nil
end

local function insert(parser, with)
    local node = { t = "insert", with = with, default_values = false }
    if parser:accept("REPLACE") then
        node.conflict = "REPLACE"
    else
        parser:expect("INSERT")
        node.conflict = conflict(parser)
    end
    parser:expect("INTO")
    target(parser, node)
    if parser:key() == "(" then
        node.columns = parser:names()
    end
    if parser:accept("DEFAULT") then
        parser:expect("VALUES")
        node.default_values = true
    else
        node.select = parser:select()
        node.upserts = upserts(parser)
    end
    node.returning = returning(parser)
    return node
end

-- What ends UPDATE and DELETE; ORDER BY and LIMIT only where SQLite was compiled with them.
local function tail(parser, node)
    if parser:accept("WHERE") then
        node.where = parser:expression()
    end
    node.returning = returning(parser)
    node.order_by = parser:order_by()
    parser:limit(node)
    return node
end

local function update(parser, with)
    parser:expect("UPDATE")
    local node = { t = "update", with = with, conflict = conflict(parser) }
    target(parser, node)
    parser:skip_index_hint()
    node.set = assignments(parser)
    if parser:accept("FROM") then
        node.from = parser:source()
    end
    return tail(parser, node)
end

local function delete(parser, with)
    parser:expect("DELETE", "FROM")
    local node = { t = "delete", with = with }
    target(parser, node)
    parser:skip_index_hint()
    return tail(parser, node)
end

local STATEMENTS = { INSERT = insert, REPLACE = insert, UPDATE = update, DELETE = delete }

---Reads a SELECT, INSERT, UPDATE or DELETE.
---@return table node
function Parser:statement()
    local start = self.at
    local with = self:with_clause()
    local read = STATEMENTS[self:key()]
    if read then
        return read(self, with)
    elseif with then
        self.at = start
    end
    if not self:is_select() then
        self:fail("expected SELECT, INSERT, UPDATE or DELETE")
    end
    return self:select()
end

return Parser
