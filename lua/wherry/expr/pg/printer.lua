-- The printer: a node of SQLite's expression tree becomes a term, SQL of PostgreSQL with what is known of its value.
-- Kinds are static: a created column holds one storage class, so an expression's class is known when it is translated.
local names = require "wherry.names"

local Printer = {}
Printer.__index = Printer

---@class wherry.Term
---@field sql string
---@field kind string integer, real, text, blob, boolean, number, mixed, json, uuid, time, null
---@field atomic boolean? needs no parentheses anywhere
---@field level integer? how strongly its outermost operator binds (Printer.LEVEL)
---@field constant any? its value where it is known: integer, float, string (text or bytes)
---@field affinity string? of a column, or of a cast
---@field collation "BINARY"|"NOCASE"|"RTRIM"|nil the collation that SQLite compares it with, where it has one
---@field explicit_collation boolean? given by COLLATE
---@field bits integer? of an integer: no value is 2^bits or more, in either direction
---@field range integer[]? of a real: powers of two between which it lies where it is not 0
---@field least integer? of an integer: no value is less
---@field small boolean? its type in PostgreSQL is integer (32 bits), not bigint
---@field collated boolean? its text is under COLLATE "C" already
---@field nullable boolean? false: never NULL
---@field column boolean? a plain column or a parameter: may stand in the SQL more than once
---@field type wherry.Type? of a column: tells times of different types apart
---@field bare boolean? a literal with a point, which PostgreSQL takes for numeric
---@field whole boolean? of a text: always the digits of an integer; of a real: always an integer's value
---@field integer wherry.Term? of a text that is the digits of an integer: that integer
---@field never_number boolean? of a text: never looks like a number (a date with its hyphens)
---@field typeof {term: wherry.Term, class: string}? what typeof() was asked about
---@field time table<string, string>? of a text: the same moment as timestamptz, timestamp or date, for --idiomatic

-- Strength of PostgreSQL's operators; a term of lower level than its place asks for gets parentheses.
Printer.LEVEL = {
    OR = 1, AND = 2, NOT = 3, IS = 4, COMPARISON = 5, LIKE = 6, OTHER = 7, SUM = 8, PRODUCT = 9, COLLATE = 12,
    UNARY = 13, ATOMIC = 20,
}

-- Modules of node handlers and of function handlers, the latter { [name] = function(p, node, arguments) -> Term }.
local NODES = {
    "wherry.expr.pg.literal", "wherry.expr.pg.operator", "wherry.expr.pg.comparison", "wherry.expr.pg.branch",
    "wherry.expr.pg.cast", "wherry.expr.pg.like", "wherry.expr.pg.known",
}
local FUNCTIONS = {
    "wherry.expr.pg.text", "wherry.expr.pg.choice", "wherry.expr.pg.number", "wherry.expr.pg.aggregate",
    "wherry.expr.pg.window", "wherry.expr.pg.time", "wherry.expr.pg.json", "wherry.expr.pg.format",
    "wherry.expr.pg.random",
}

local VOLATILITY = { immutable = 1, stable = 2, volatile = 3 }
local IMMUTABLE_ONLY = { check = "a CHECK", generated = "a generated column", index = "an index" }
local USES = { check = "a CHECK", generated = "a generated column", index = "an index", default = "a DEFAULT" }

-- Merged at the first use: the modules may name this one.
local handlers

local function merge(list, into)
    for _, name in ipairs(list) do
        for key, handler in pairs(require(name)) do
            into[key] = handler
        end
    end
    return into
end

local function load_handlers()
    handlers = handlers or { nodes = merge(NODES, {}), functions = merge(FUNCTIONS, {}) }
    return handlers
end

---@param options wherry.PrintOptions
---@return wherry.Printer
function Printer.new(options)
    return setmetatable({
        use = options.use, scope = options.scope, schema = options.schema or "public", catalog = options.catalog,
        notes = {}, noted = {}, functions = {}, state = { volatility = "immutable" }, options = options,
    }, Printer)
end

---A printer for a part that sees other columns; notes and functions are shared.
---@param scope wherry.Scope
---@return wherry.Printer
function Printer:nested(scope)
    local nested = setmetatable({}, Printer)
    for key, value in pairs(self) do
        nested[key] = value
    end
    nested.scope = scope
    return nested
end

---Makes a term; `fields` is taken over.
---@param fields wherry.Term
---@return wherry.Term
function Printer.term(_, fields)
    if fields.nullable == nil then
        fields.nullable = true
    end
    if fields.kind == "boolean" then
        fields.bits = 1
    end
    return fields
end

---Tells what differs from SQLite; the outcome becomes "changed".
---@param text string
function Printer:note(text)
    if not self.noted[text] then
        self.noted[text] = true
        self.notes[#self.notes + 1] = text
    end
end

---Gives up: the expression is not carried, for this reason.
---@param reason string
function Printer.refuse(_, reason)
    error({ refusal = reason }, 0)
end

---The term's SQL, in parentheses unless it binds at least as strongly as `level`.
---@param term wherry.Term
---@param level integer? Printer.LEVEL.ATOMIC by default
---@return string
function Printer.wrap(_, term, level)
    local own = term.atomic and Printer.LEVEL.ATOMIC or term.level or 0
    return own >= (level or Printer.LEVEL.ATOMIC) and term.sql or "(" .. term.sql .. ")"
end

---A call of a runtime function, which is recorded.
---@param name string without schema
---@param ... string SQL of the arguments
---@return string sql
function Printer:call(name, ...)
    self.functions[name] = true
    return ("%s(%s)"):format(names.qualified(self.schema, name), table.concat({ ... }, ", "))
end

---Says that the expression is at least this volatile.
---@param volatility "stable"|"volatile"
function Printer:volatility(volatility)
    if VOLATILITY[volatility] > VOLATILITY[self.state.volatility] then
        self.state.volatility = volatility
    end
end

---@return "immutable"|"stable"|"volatile"
function Printer:current_volatility()
    if next(self.functions) then
        local runtime = require "wherry.expr.pg.runtime"
        for name in pairs(self.functions) do
            self:volatility(runtime.volatility(name))
        end
    end
    return self.state.volatility
end

---Refuses what PostgreSQL would refuse at this place.
function Printer:check_volatility()
    if IMMUTABLE_ONLY[self.use] and self:current_volatility() ~= "immutable" then
        self:refuse(("%s must always give the same result"):format(IMMUTABLE_ONLY[self.use]))
    end
end

---@param text string
---@return string sql
function Printer:literal_text(text)
    if not utf8.len(text) or text:find("\0", 1, true) then
        self:refuse("a text that PostgreSQL cannot hold (a NUL or bytes that are not UTF-8)")
    end
    return names.literal_pg(text)
end

---@param node wherry.Node
---@return wherry.Term
function Printer:print(node)
    local handler = load_handlers().nodes[node.t]
    if not handler then
        self:refuse(("%s is not translated"):format(node.t:gsub("_", " ")))
    end
    return handler(self, node)
end

---Several nodes.
---@param nodes wherry.Node[]
---@return wherry.Term[]
function Printer:print_all(nodes)
    local terms = {}
    for i, node in ipairs(nodes) do
        terms[i] = self:print(node)
    end
    return terms
end

---The handler of a function or of an operator that is one (-> and ->>), or nil.
---@param name string lower case
---@return (fun(p: wherry.Printer, node: wherry.Node, arguments: wherry.Node[]): wherry.Term)?
function Printer.handler(_, name)
    return load_handlers().functions[name]
end

---A subquery; refused where neither database has one. A scalar subquery gives its first row in SQLite, an error in
---PostgreSQL where there are more: `as` tells what it stands for.
---@param node wherry.Select
---@param as "scalar"|"exists"|"in"|nil nil: the whole statement
---@return {sql: string, columns: table[]} printed without parentheses; each column has name and the fields of a term
function Printer:select(node, as)
    if USES[self.use] then
        self:refuse(("a subquery in %s"):format(USES[self.use]))
    end
    return require("wherry.expr.pg.select").print(self, node, as)
end

---A term as a boolean, by SQLite's rules of truth.
---@param term wherry.Term
---@return wherry.Term
function Printer:condition(term)
    return require("wherry.expr.pg.convert").condition(self, term)
end

---A term converted as CAST does it.
---@param term wherry.Term
---@param kind "integer"|"real"|"text"|"blob"|"number"
---@return wherry.Term
function Printer:as(term, kind)
    return require("wherry.expr.pg.convert").as(self, term, kind)
end

---A term as a value of a column, by its affinity and type.
---@param term wherry.Term
---@param column wherry.CreatedColumn
---@return wherry.Term
function Printer:assign(term, column)
    return require("wherry.expr.pg.assign").assign(self, term, column)
end

---A term of one kind: what only the value tells becomes text, with a note.
---@param term wherry.Term
---@return wherry.Term
function Printer:plain(term)
    return term.kind == "dynamic" and require("wherry.expr.pg.dynamic").shown(self, term) or term
end

---SQL whose type PostgreSQL knows: a bare literal gets a cast.
---@param term wherry.Term
---@return string
function Printer:shown(term)
    return require("wherry.expr.pg.convert").shown(self, term)
end

---The only argument count(s) that a function takes.
---@param node wherry.Node
---@param least integer
---@param most integer?
function Printer:expect(node, least, most)
    local count = #node.arguments
    if count < least or count > (most or least) then
        self:refuse(("wrong number of arguments to function %s()"):format(node.name))
    end
end

return Printer
