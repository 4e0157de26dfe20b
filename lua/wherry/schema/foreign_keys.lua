-- Foreign keys of a created target: carried where PostgreSQL compares child and parent as SQLite does.
local names = require "wherry.names"
local translation = require "wherry.schema.translation"

local foreign_keys = {}

local ACTIONS = { CASCADE = true, RESTRICT = true, ["SET NULL"] = true, ["SET DEFAULT"] = true }

-- Kinds of columns in which different values of SQLite can be one.
local LOSSY = { mixed = true, json = true, uuid = true, time = true, declared = true }

-- Types that PostgreSQL compares with each other in a foreign key.
local FAMILY = { int2 = "int8", int4 = "int8", varchar = "text", bpchar = "bpchar" }

local function names_twice(columns)
    local seen = {}
    for _, name in ipairs(columns) do
        if seen[name] then
            return true
        end
        seen[name] = true
    end
    return false
end

-- Why a child column cannot refer to a parent column. SQLite compares both by the parent's collation.
local function pair_refusal(key, name, child, parent_name, parent)
    local collation = parent.collation
    local one, other = FAMILY[child.type.name] or child.type.name, FAMILY[parent.type.name] or parent.type.name
    if one ~= other and not (child.type.name == "citext" and parent.type.name == "text") then
        return ("%s is %s, but %s.%s is %s"):format(name, child.type.display, key.parent, parent_name,
            parent.type.display)
    elseif other ~= "text" and not parent.native_nocase then
        return nil -- a collation has no say about other values
    elseif child.native_nocase and not parent.native_nocase and child.type.name == "text" then
        return ("%s compares without case, %s.%s with it"):format(name, key.parent, parent_name)
    elseif collation ~= nil and collation ~= "BINARY" and not parent.native_nocase then
        return ("%s.%s compares with COLLATE %s%s"):format(key.parent, parent_name, collation,
            collation == "NOCASE" and ", which --nocase=citext carries" or "")
    end
    return nil
end

-- Why a foreign key cannot be carried; nil when it can.
local function refusal(work, entry, key)
    local parent = work.by_source[key.parent]
    if key.parent_missing then
        return key.parent_reason
    elseif not parent then
        return ("%s is left out"):format(key.parent)
    elseif names_twice(key.columns) then
        return "it names a column twice"
    end
    for i, name in ipairs(key.columns) do
        local parent_name = key.parent_columns[i]
        local reason = pair_refusal(key, name, entry.column[name], parent_name, parent.column[parent_name])
        if reason then
            return reason
        end
    end
    if not parent.unique[translation.set_of(key.parent_columns)] then
        return ("the key of %s is not carried"):format(key.parent)
    end
    return nil
end

-- What differs although the key is carried.
local function add_notes(notes, entry, parent, key)
    notes:add(key.match and ("MATCH %s is left out, SQLite does not heed it"):format(key.match))
    for i, name in ipairs(key.columns) do
        local child, column = entry.column[name], parent.column[key.parent_columns[i]]
        if child.native_nocase then
            notes:add(("%s also folds letters beyond ASCII"):format(names.quote_pg(child.name)), true)
        end
        if LOSSY[child.kind] or LOSSY[column.kind] then
            notes:add(("%s refers to what its values have become, not to what SQLite keeps apart"):format(
                names.quote_pg(child.name)), true)
        end
    end
end

---Adds a foreign key, or the receipt why it is not carried.
---@param work wherry.Translation
---@param entry wherry.Translated
---@param key wherry.ForeignKey
function foreign_keys.add(work, entry, key)
    local columns = translation.target_columns(entry, key.columns)
    local pattern = ("%s_%s_fkey"):format(entry.target.name, table.concat(columns, "_"))
    local reason = refusal(work, entry, key)
    if reason then
        translation.not_carried(work, "foreign key", key.name or pattern, entry,
            ("(%s) refers to %s: %s"):format(table.concat(key.columns, ", "), key.parent, reason))
        return
    end
    local notes, parent = translation.notes(), work.by_source[key.parent]
    add_notes(notes, entry, parent, key)
    local name = translation.constraint_name(entry.constraints, key.name, pattern, notes)
    local parts = {
        ("ALTER TABLE %s ADD CONSTRAINT %s FOREIGN KEY (%s)"):format(translation.qualified(work, entry),
            names.quote_pg(name), names.list_pg(columns)),
        ("REFERENCES %s (%s)"):format(translation.qualified(work, parent),
            names.list_pg(translation.target_columns(parent, key.parent_columns))),
    }
    if ACTIONS[key.on_delete] then
        parts[#parts + 1] = "ON DELETE " .. key.on_delete
    end
    if ACTIONS[key.on_update] then
        parts[#parts + 1] = "ON UPDATE " .. key.on_update
    end
    if key.deferrable then
        parts[#parts + 1] = "DEFERRABLE" .. (key.initially_deferred and " INITIALLY DEFERRED" or "")
    end
    translation.object(work, {
        kind = "foreign key", name = name, table = entry.source.name, target = translation.qualified(work, entry),
        sql = table.concat(parts, " "), outcome = notes.outcome, note = notes:text(),
        key = { columns = columns, parent = parent.target.name,
            parent_columns = translation.target_columns(parent, key.parent_columns) },
    })
end

return foreign_keys
