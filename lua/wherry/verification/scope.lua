-- scope.lua: which tables are verified: all of the plan, or those that --only names, by their names on either side.
local emits = require "wherry.resolve.emits"
local failure = require "wherry.failure"
local glob = require "wherry.glob"
local match = require "wherry.match"
local shallow = require "wherry.shallow"

local scope = {}

local function names_of(tbl)
    return { tbl.source or tbl.target.name, tbl.own or tbl.source or tbl.target.name, tbl.target.name,
        tbl.target.schema .. "." .. tbl.target.name }
end

local function refuse_unknown(text, tables)
    local known = {}
    for _, tbl in ipairs(tables) do
        known[#known + 1] = tbl.source or tbl.target.name
    end
    failure.raise("usage", ("--only: %q matches no table that is compared"):format(text),
        match.suggestion(text, known) or "the tables: " .. table.concat(known, ", "))
end

---The target tables that are chosen, by their names in SQL. Whatever fills one of them belongs to it.
---@param resolved wherry.Resolved
---@param only string[]
---@return table<string, boolean>|nil nil: all
function scope.chosen(resolved, only)
    if not only[1] then
        return nil
    end
    local tables, chosen = emits.all(resolved), {}
    for _, text in ipairs(only) do
        local used = false
        for _, tbl in ipairs(tables) do
            for _, name in ipairs(names_of(tbl)) do
                if glob.matches(name, text) then
                    used, chosen[tbl.target_sql] = true, true
                end
            end
        end
        if not used then
            refuse_unknown(text, tables)
        end
    end
    return chosen
end

local function filtered(tables, chosen)
    local list = {}
    for _, tbl in ipairs(tables) do
        list[#list + 1] = chosen[tbl.target_sql] and tbl or nil
    end
    return list
end

---The resolved plan with the chosen tables alone.
---@param resolved wherry.Resolved
---@param chosen table<string, boolean>|nil
---@return wherry.Resolved
function scope.of(resolved, chosen)
    return not chosen and resolved or shallow.copy(resolved, { tables = filtered(resolved.tables, chosen),
        emitted = resolved.emitted and filtered(resolved.emitted, chosen) })
end

return scope
