-- outcome.lua: what resolving a plan found out beside the tables to load: findings, receipts, objects to put in place.
local match = require "wherry.match"
local shallow = require "wherry.shallow"

---@class wherry.Finding
---@field code string
---@field table? string
---@field column? string
---@field key? string
---@field value? string
---@field reason string
---@field hint? string

---@class wherry.Object
---@field kind string
---@field name string
---@field table? string source table
---@field target? string
---@field state "todo"|"aside"|"receipt"
---@field sql? string puts it in place
---@field undo? string
---@field of_trigger? string a trigger's function: the trigger's name
---@field tried? string a statement for the rehearsal only: it proves what the server does not look at otherwise
---@field aside_sql? string takes it away before the load
---@field key? wherry.ObjectKey of a key, a foreign key or an index, under the target's names
---@field made? integer of several that share a name, which was made first
---@field outcome "exact"|"changed"|"not_carried"
---@field note? string

---@class wherry.ObjectKey
---@field columns string[]
---@field unique? boolean a key by these columns as they are
---@field terms? string[] of what is unique: the SQL of that which no two rows may share
---@field where? string the condition of the rows that it is about
---@field nulls_equal? boolean two rows that have NULL there share it, too
---@field parent? string
---@field parent_schema? string where it is another one than the tables'
---@field parent_columns? string[]

---@class wherry.Place
---@field kind "table"|"column"
---@field side "source"|"target"
---@field table? string
---@field column? string
---@field code string of the finding when there is no match
---@field silent? boolean no match is no finding
---@field hint? string when nothing similar is there

---@class wherry.Outcome
---@field findings wherry.Finding[]
---@field objects wherry.Object[]
---@field private found table<string, boolean>
---@field private prefix string before the names of source tables, where there are several sources
local Outcome = {}
Outcome.__index = Outcome

---@param source? string the name of the source that it is of, where there are several
---@return wherry.Outcome
function Outcome.new(source)
    return setmetatable({ findings = {}, objects = {}, found = {}, prefix = source and source .. "." or "" }, Outcome)
end

---What a source table is called outside of its source.
---@param name string
---@return string
function Outcome:label(name)
    return self.prefix .. name
end

-- An entry about a table as it is told outside of the source; what is called after the table is called so, too.
local function labelled(self, entry)
    if self.prefix == "" or not entry.table then
        return entry
    end
    local changes = { table = self:label(entry.table) }
    if entry.name == entry.table or entry.name and entry.name:sub(1, #entry.table + 1) == entry.table .. "." then
        changes.name = self:label(entry.name)
    end
    return shallow.copy(entry, changes)
end

---Adds a finding; the same code at the same place is told once.
---@param finding wherry.Finding
function Outcome:finding(finding)
    local key = table.concat({ finding.code, finding.table or "", finding.column or "", finding.key or "" }, "\0")
    if not self.found[key] then
        self.found[key] = true
        self.findings[#self.findings + 1] = labelled(self, finding)
    end
end

---Adds the receipt of an object for which nothing is left to do.
---@param kind string
---@param name string
---@param outcome "exact"|"changed"|"not_carried"
---@param note? string
---@param fields? { table?: string, target?: string }
function Outcome:receipt(kind, name, outcome, note, fields)
    self.objects[#self.objects + 1] = labelled(self, {
        kind = kind, name = name, outcome = outcome, note = note, state = "receipt",
        table = fields and fields.table, target = fields and fields.target,
    })
end

---Adds an object that is put in place after the load. What several source tables have in common is put aside once.
---@param object wherry.Object
function Outcome:object(object)
    local key = object.state == "aside" and table.concat({ "aside", object.kind, object.name, object.target }, "\0")
    if not (key and self.found[key]) then
        self.found[key or object] = true
        self.objects[#self.objects + 1] = labelled(self, object)
    end
end

---Takes over what another one has found out.
---@param other wherry.Outcome
function Outcome:absorb(other)
    for _, finding in ipairs(other.findings) do
        self:finding(finding)
    end
    for _, object in ipairs(other.objects) do
        if object.state == "receipt" then
            self.objects[#self.objects + 1] = object
        else
            self:object(object)
        end
    end
end

---Finds a name among candidates; what is not exact leaves a receipt or a finding behind.
---@param name string
---@param candidates string[]
---@param place wherry.Place
---@return string|nil found
---@return "exact"|"case"|"none"|"ambiguous" how
function Outcome:lookup(name, candidates, place)
    local found, how, equal = match.find(name, candidates)
    if how == "case" then
        self:receipt(place.kind, name, "changed", ('matched the %s %s "%s" without regard to case'):format(place.side,
            place.kind, found), { table = place.table })
    elseif how == "ambiguous" then
        self:finding { code = "ambiguous_name", table = place.table, column = place.column, key = name,
            reason = ('"%s" could be each of the %s %ss "%s"'):format(name, place.side, place.kind,
                table.concat(equal, '", "')),
            hint = "name the one that is meant" }
    elseif how == "none" and not place.silent then
        self:finding { code = place.code, table = place.table, column = place.column, key = name,
            reason = ('there is no %s %s "%s"'):format(place.side, place.kind, name),
            hint = match.suggestion(name, candidates) or place.hint }
    end
    return found, how
end

local function less(fields)
    return function(a, b)
        for _, field in ipairs(fields) do
            local x, y = a[field] or "", b[field] or ""
            if x ~= y then
                return x < y
            end
        end
        return false
    end
end

---Findings by table, column and code; objects that are built keep their order, receipts follow by table, kind and name.
---@return wherry.Finding[] findings
---@return wherry.Object[] objects
function Outcome:sorted()
    table.sort(self.findings, less { "table", "column", "code", "key", "reason" })
    local objects, receipts = {}, {}
    for _, object in ipairs(self.objects) do
        local list = object.state == "receipt" and receipts or objects
        list[#list + 1] = object
    end
    table.sort(receipts, less { "table", "kind", "name", "note" })
    return self.findings, table.move(receipts, 1, #receipts, #objects + 1, objects)
end

return Outcome
