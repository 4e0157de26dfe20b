-- From PostgreSQL's expressions, as its catalog prints them, to SQLite's: by the kinds of the operands, since SQLite
-- has five classes of values where PostgreSQL has a type for everything. Another result is noted or refused.
local attempt = require "wherry.expr.attempt"
local assign = require "wherry.expr.back.assign"
local kinds = require "wherry.expr.back.kinds"
local sqlite = require "wherry.expr.sqlite"
local times = require "wherry.expr.back.times"

local back = {}

---@class wherry.BackTerm : wherry.BackKind
---@field node table of SQLite's tree
---@field constant any the value of a constant, in the form of its kind
---@field null boolean? the constant NULL
---@field literal boolean? a text without a type of its own, which takes that of its context
---@field as_text boolean? a decimal in its stored form, as text
---@field column boolean? the term is a column as it stands
---@field or_false table? the node to take where NULL is no different from false
---@field deferred string? a note that holds unless the term is used where it makes no difference

---@class wherry.BackColumn
---@field name string in SQLite
---@field kind wherry.BackKind

---@class wherry.BackOptions
---@field column fun(name: string): wherry.BackColumn|nil, string|nil what a name means; nil and a reason
---@field use "check"|"default"|"generated"|"index"
---@field settings wherry.PgSettings
---@field enums table<string, boolean>?
---@field runtime table<string, string>? the schema of each runtime function of the way there
---@field value wherry.BackColumn? what VALUE means, in a domain's condition

---@class wherry.Back the work on one expression
---@field options wherry.BackOptions
---@field use string
---@field settings wherry.PgSettings
---@field notes string[]
---@field may_differ boolean?
---@field clock string? whose time it asks for
---@field fraction boolean? of a second, of that time
local Back = {}
Back.__index = Back

---Says what is not the same, once: values may differ.
---@param text string
function Back:note(text)
    self.may_differ = true
    self:note_error(text)
end

---Says where PostgreSQL reports an error and SQLite does not, once: a value that PostgreSQL has is the same.
---@param text string
function Back:note_error(text)
    for _, note in ipairs(self.notes) do
        if note == text then
            return
        end
    end
    self.notes[#self.notes + 1] = text
end

---Gives the expression up.
---@param reason string
function Back.refuse(_, reason)
    error({ refusal = reason }, 0)
end

---A term of a kind.
---@param kind wherry.BackKind|string
---@param node table
---@param fields table?
---@return wherry.BackTerm
function Back.term(_, kind, node, fields)
    local made = {}
    for key, value in pairs(type(kind) == "string" and { kind = kind } or kind) do
        made[key] = value
    end
    made.node = node
    for key, value in pairs(fields or {}) do
        made[key] = value
    end
    return made
end

---What a term is called in a reason.
---@param term wherry.BackTerm
---@return string
function Back.called(_, term)
    return term.kind == "other" and "the type " .. term.name or term.kind
end

---The kind of a type's name, with the database's own ways to compare text.
---@param type wherry.PgTypeName
---@return wherry.BackKind
function Back:kind(type)
    local kind = kinds.of_name(type, self.options.enums)
    if kind.kind == "text" and kind.bytewise == nil then
        kind.bytewise, kind.ascii_case = self.settings.bytewise, self.settings.ascii_case
    end
    return kind
end

local handlers = {}
for _, name in ipairs({ "literals", "cast", "comparison", "arithmetic", "logic", "calls" }) do
    for tag, handler in pairs(require("wherry.expr.back." .. name).handlers) do
        handlers[tag] = handler
    end
end

---Translates one node whose note, where it has one that depends on its use, the caller sees to.
---@param node table
---@return wherry.BackTerm
function Back:operand(node)
    local handler = handlers[node.t]
    if not handler then
        self:refuse(("%s is not translated"):format((node.t:gsub("_", " "))))
    end
    return handler(self, node)
end

---Translates one node.
---@param node table
---@return wherry.BackTerm
function Back:print(node)
    return self:plain(self:operand(node))
end

---A term that is used as it stands, so that its note holds.
---@param term wherry.BackTerm
---@return wherry.BackTerm
function Back:plain(term)
    if term.deferred then
        self:note(term.deferred)
    end
    return term
end

---A term that has to be a condition.
---@param node table
---@return wherry.BackTerm
function Back:condition(node)
    local term = self:print(node)
    if term.kind ~= "boolean" and not term.null then
        self:refuse(("%s is no condition"):format(self:called(term)))
    end
    return term
end

-- A tree with a part that only other parts know what to do with, as the elements of an array.
local function is_formless(node)
    if node.t == "formless" then
        return true
    end
    for _, part in pairs(node) do
        if type(part) == "table" and is_formless(part) then
            return true
        end
    end
    return false
end

local function run(node, options, make)
    local work = setmetatable({ options = options, use = options.use, settings = options.settings, notes = {} }, Back)
    local term, reason = attempt(make, work, node)
    if not term then
        return nil, reason
    end
    if is_formless(term.node) then
        return nil, ("%s is not translated here"):format(work:called(term))
    end
    times.notes(work)
    return { node = term.node, sql = sqlite.expression(term.node), kind = term.kind, constant = term.constant,
        null = term.null, outcome = #work.notes > 0 and "changed" or "exact", notes = work.notes,
        may_differ = work.may_differ == true }
end

---@class wherry.BackPrinted
---@field sql string
---@field node table
---@field kind string
---@field outcome "exact"|"changed"
---@field notes string[]
---@field may_differ boolean values that both databases have may differ, by what the notes say

---A condition: true, false or NULL where PostgreSQL's is.
---@param node table of pg_parse
---@param options wherry.BackOptions
---@return wherry.BackPrinted?
---@return string? reason
function back.condition(node, options)
    return run(node, options, Back.condition)
end

---A value of any kind, as an index key.
---@param node table
---@param options wherry.BackOptions
---@return wherry.BackPrinted?
---@return string? reason
function back.value(node, options)
    return run(node, options, Back.print)
end

---A value as a column stores it.
---@param node table
---@param options wherry.BackOptions
---@param kind wherry.BackKind the column's
---@return wherry.BackPrinted?
---@return string? reason
function back.assign(node, options, kind)
    return run(node, options, function(work, given)
        return assign.to(work, work:print(given), kind)
    end)
end

return back
