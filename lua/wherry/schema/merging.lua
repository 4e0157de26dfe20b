-- Unique keys over columns whose values lost their class: what SQLite keeps apart (1 and '1') can be one value in
-- PostgreSQL. Whether the rows hold such values is found before the load.
local scope = require "wherry.expr.pg.scope"

local merging = {}

---@class wherry.MergeColumn
---@field name string source column
---@field form "same"|"text"|"uuid"|"json"|"time"|"declared" how its values arrive; "same": as in SQLite
---@field type wherry.Type? its type in PostgreSQL, where a column of the key is "declared"
---@field collation string upper case, of the key

local NOTES = {
    text = "its values lose their class, so that 1 and '1' are equal",
    json = "documents that differ in spaces or in the order of keys are equal",
    uuid = "the spellings of one UUID are equal",
    time = "the spellings of one instant are equal",
    declared = "what its declared type takes for equal is equal",
}
local FORMS = { mixed = "text", json = "json", uuid = "uuid", time = "time", declared = "declared" }

-- The form in which a column's values arrive.
local function form_of(column)
    local kind = column.kind or (column.type.name == "citext" and "text") or scope.kind_of(column.type)
    return FORMS[kind] or "same"
end

---Looks whether a unique key can hold in PostgreSQL, and notes what it takes for equal.
---@param work wherry.Translation
---@param entry wherry.Translated
---@param columns string[] source columns
---@param collations string[]? of the key, upper case
---@param notes wherry.Notes
---@return boolean merges rows that SQLite keeps apart have one key in PostgreSQL
function merging.found(work, entry, columns, collations, notes)
    local list, lossy, declared = {}, {}, false
    for i, name in ipairs(columns) do
        local form = form_of(entry.column[name])
        list[i] = { name = name, form = form, collation = collations and collations[i] or "BINARY" }
        declared = declared or form == "declared"
        if form ~= "same" then
            lossy[#lossy + 1] = ("%s: %s"):format(name, NOTES[form])
        end
    end
    if #lossy == 0 then
        return false
    end
    for i, name in ipairs(declared and columns or {}) do
        list[i].type = entry.column[name].type
    end
    notes:add(table.concat(lossy, "; "), true)
    local count = work.options.merges and work.options.merges(entry.source, list) or 0
    if count > 0 then
        notes:add(("%s held by several rows then: an index that is not unique instead"):format(
            count == 1 and "one key is" or ("%d keys are"):format(count)), true)
    end
    return count > 0
end

return merging
