-- SELECT: common table expressions, cores joined by UNION and its like, VALUES, ordering and limits.
local Parser = require "wherry.expr.parser"

local COMPOUND = { UNION = true, INTERSECT = true, EXCEPT = true }

---Whether a SELECT comes next. WITH cannot be a name where a select may stand.
---@return boolean
function Parser:is_select()
    local key = self:key()
    return key == "SELECT" or key == "VALUES" or key == "WITH"
end

local function common_table(parser)
    local entry = { name = parser:name() }
    if parser:key() == "(" then
        entry.columns = parser:names()
    end
    parser:expect("AS")
    if parser:accept("MATERIALIZED") then
        entry.materialized = true
    elseif parser:accept("NOT") then
        parser:expect("MATERIALIZED")
        entry.materialized = false
    end
    parser:expect("(")
    entry.select = parser:select()
    parser:expect(")")
    return entry
end

---Reads WITH and its tables, nil when there is none.
---@return {recursive: boolean, tables: table[]}?
function Parser:with_clause()
    if not self:accept("WITH") then
        return nil
    end
    local with = { recursive = self:accept("RECURSIVE"), tables = {} }
    repeat
        with.tables[#with.tables + 1] = common_table(self)
    until not self:accept(",")
    return with
end

---Reads the columns of a SELECT or RETURNING.
---@return table[]
function Parser:result_columns()
    local columns = {}
    repeat
        if self:accept("*") then
            columns[#columns + 1] = { star = true }
        elseif self:is_name(self.at) and self.keys[self.at + 1] == "." and self.keys[self.at + 2] == "*" then
            columns[#columns + 1] = { star = true, table = self:name() }
            self:expect(".", "*")
        else
            local from = self.at
            local column = { expr = self:expression() }
            column.text = self:text_from(from)
            column.alias = self:alias()
            columns[#columns + 1] = column
        end
    until not self:accept(",")
    return columns
end

local function values(parser)
    local core = { t = "values", rows = {} }
    parser:expect("VALUES")
    repeat
        parser:expect("(")
        core.rows[#core.rows + 1] = parser:expressions()
        parser:expect(")")
    until not parser:accept(",")
    return core
end

local function named_windows(parser)
    local windows = {}
    parser:expect("WINDOW")
    repeat
        local name = parser:name()
        parser:expect("AS")
        windows[#windows + 1] = { name = name, window = parser:window() }
    until not parser:accept(",")
    return windows
end

local function core(parser)
    if parser:key() == "VALUES" then
        return values(parser)
    end
    parser:expect("SELECT")
    local node = { t = "core", distinct = parser:accept("DISTINCT") }
    if not node.distinct then
        parser:accept("ALL")
    end
    node.columns = parser:result_columns()
    if parser:accept("FROM") then
        node.from = parser:source()
    end
    if parser:accept("WHERE") then
        node.where = parser:expression()
    end
    if parser:accept("GROUP") then
        parser:expect("BY")
        node.group_by = parser:expressions()
    end
    if parser:accept("HAVING") then
        node.having = parser:expression()
    end
    if parser:window_clause_follows() then
        node.windows = named_windows(parser)
    end
    return node
end

---Reads LIMIT into a node, in both of its spellings.
---@param node table
function Parser:limit(node)
    if not self:accept("LIMIT") then
        return
    end
    node.limit = self:expression()
    if self:accept("OFFSET") then
        node.offset = self:expression()
    elseif self:accept(",") then
        node.offset, node.limit = node.limit, self:expression()
    end
end

---Reads a SELECT with all that belongs to it.
---@return table node
function Parser:select()
    self:enter()
    local node = { t = "select", with = self:with_clause(), cores = { core(self) }, operators = {} }
    while COMPOUND[self:key()] do
        local operator = self:next().upper
        if operator == "UNION" and self:accept("ALL") then
            operator = "UNION ALL"
        end
        node.operators[#node.operators + 1] = operator
        node.cores[#node.cores + 1] = core(self)
    end
    node.order_by = self:order_by()
    self:limit(node)
    self:leave()
    return node
end

return Parser
