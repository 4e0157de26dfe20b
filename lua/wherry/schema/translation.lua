-- What all parts of a translation share: receipts, objects, notes, and the runtime functions that printed SQL calls.
local names = require "wherry.names"

local translation = {}

---Adds the receipt of something for which nothing is left to do after the load.
---@param work wherry.Translation
---@param fields wherry.Receipt
function translation.receipt(work, fields)
    table.insert(work.created.receipts, fields)
end

---Adds an object that is put in place after the load, in the order of these calls.
---@param work wherry.Translation
---@param fields wherry.Object
function translation.object(work, fields)
    fields.outcome = fields.outcome or "exact"
    table.insert(work.created.objects, fields)
end

---Adds the receipt of something that belongs to a table and is not carried.
---@param work wherry.Translation
---@param kind string
---@param name string
---@param entry wherry.Translated
---@param reason string
function translation.not_carried(work, kind, name, entry, reason)
    translation.receipt(work, {
        kind = kind, name = name, table = entry.source.name, outcome = "not_carried", note = reason,
    })
end

---Remembers the runtime functions that a printed expression calls, so that they are created before the tables.
---@param work wherry.Translation
---@param printed wherry.Printed
function translation.use(work, printed)
    for name in pairs(printed.functions or {}) do
        work.functions[name] = true
    end
end

---Whether nothing differs about a printed expression but errors where SQLite goes on: it gives no other value.
---@param printed wherry.Printed
---@return boolean
function translation.only_errors(printed)
    for _, note in ipairs(printed.notes) do
        if not note:find("error", 1, true) then
            return false
        end
    end
    return true
end

---A text as one line, for notes that quote the source.
---@param text string
---@return string
function translation.one_line(text)
    return (text:gsub("%s+", " "))
end

---@class wherry.Notes
---@field outcome "exact"|"changed"
local Notes = {}
Notes.__index = Notes

---Adds a note.
---@param text string? nil adds nothing
---@param changes boolean? it tells of a change, so that the outcome is "changed"
function Notes:add(text, changes)
    if text then
        self[#self + 1] = text
        self.outcome = changes and "changed" or self.outcome
    end
end

---Adds the notes of a printed expression, each once.
---@param printed wherry.Printed
function Notes:add_printed(printed)
    for _, text in ipairs(printed.notes or {}) do
        self:add(text)
    end
    if printed.outcome == "changed" then
        self.outcome = "changed"
    end
end

---All notes as one text, nil when there are none.
---@return string?
function Notes:text()
    return #self > 0 and table.concat(self, "; ") or nil
end

---Gathers notes; the first that tells of a change makes the outcome "changed".
---@return wherry.Notes
function translation.notes()
    return setmetatable({ outcome = "exact" }, Notes)
end

---A key's identity as a set of source columns.
---@param columns string[]
---@return string
function translation.set_of(columns)
    local list, seen = {}, {}
    for _, name in ipairs(columns) do
        if not seen[name] then
            seen[name] = true
            list[#list + 1] = name
        end
    end
    table.sort(list)
    return table.concat(list, "\0")
end

---The target's names of source columns, each once: SQLite lets a key name a column twice.
---@param entry wherry.Translated
---@param columns string[]
---@return string[]
function translation.target_columns(entry, columns)
    local list, seen = {}, {}
    for _, name in ipairs(columns) do
        local target = entry.column[name].name
        if not seen[target] then
            seen[target] = true
            list[#list + 1] = target
        end
    end
    return list
end

---The table's qualified name in PostgreSQL.
---@param work wherry.Translation
---@param entry wherry.Translated
---@return string
function translation.qualified(work, entry)
    return names.qualified(work.schema, entry.target.name)
end

---A name for a constraint; only one that the source gave can be changed by its translation.
---@param allocator wherry.Allocator
---@param given string? the source's name
---@param pattern string the name that it gets otherwise
---@param notes wherry.Notes
---@return string
function translation.constraint_name(allocator, given, pattern, notes)
    local name, note = allocator:take(given or pattern)
    if given then
        notes:add(note, true)
    end
    return name
end

return translation
