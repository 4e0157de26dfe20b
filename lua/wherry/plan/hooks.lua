-- hooks.lua: a plan's functions over rows: row, map, columns that row fills (w.hook), rows that it drops (w.drop).
local ends = require "wherry.plan.ends"
local failure = require "wherry.failure"
local match = require "wherry.match"
local shallow = require "wherry.shallow"
local value_of = require "wherry.plan.value"

local hooks = {}

local MOST_KEPT = 1000 -- drops, by their reasons

---The metatable of what w.drop gives, by which the core knows it.
hooks.drop_metatable = { __name = "wherry.drop" }

local kept, count = {}, 0

---What `row` returns to leave a row out: it is counted under its reason.
---@param reason string
---@return wherry.Drop
function hooks.drop(reason)
    local drop = kept[reason]
    if drop then
        return drop
    elseif type(reason) ~= "string" or reason:match "^%s*$" then
        failure.raise("plan", "w.drop takes the reason for leaving the row out, not " .. ends.describe(reason))
    elseif not utf8.len(reason) or reason:find("\0", 1, true) then
        failure.raise("plan", "w.drop takes a reason in UTF-8 without the character U+0000")
    end
    drop = setmetatable({ reason = reason }, hooks.drop_metatable)
    if count < MOST_KEPT then
        kept[reason], count = drop, count + 1
    end
    return drop
end

---Checks what the keys of a table say together; raises kind "plan".
---@param entry table
---@param place string
---@return table
function hooks.check(entry, place)
    if entry.emits[1] and not entry.row then
        failure.raise("plan", ("%s.emits: rows are emitted by row, and there is none"):format(place),
            "add row = function(old, new, emit) emit(\"" .. entry.emits[1] .. "\", { ... }) end")
    end
    for _, target in ipairs(shallow.keys(entry.columns)) do
        local column = entry.columns[target]
        local filled = type(column) == "table" and value_of.is(column.from) and column.from.kind == "hook"
        if filled and not entry.row then
            failure.raise("plan", ("%s.columns.%s: w.hook is filled by row, and there is none"):format(place, target),
                "add row = function(old, new) new." .. target .. " = ... end")
        elseif filled and column.map then
            failure.raise("plan", ("%s.columns.%s: w.hook holds nothing that map could change"):format(place, target),
                "let row assign what map would give")
        end
    end
    return entry
end

---The plan's entry for a source table: by its name, else by the only one that is equal without case.
---@param tables table<string, table> the plan's
---@param name string as messages have it: "source.name" where the plan has several
---@param source string|nil the name of its source, where the plan has several
---@return table|nil
function hooks.entry(tables, name, source)
    local prefix = source and source .. "." or ""
    local own = name:sub(1, #prefix) == prefix and name:sub(#prefix + 1) or name
    for _, key in ipairs { prefix .. own, own } do
        local found = tables[key] and key or match.find(key, shallow.keys(tables))
        if found then
            return tables[found]
        end
    end
end

return hooks
