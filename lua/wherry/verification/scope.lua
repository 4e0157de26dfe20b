-- scope.lua: which tables are verified: all of the plan, or those that --only and --skip choose by their names.
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

local function refuse_unknown(text, option, tables)
    local known = {}
    for _, tbl in ipairs(tables) do
        known[#known + 1] = tbl.source or tbl.target.name
    end
    failure.raise("usage", ("--%s: %q matches no table that is compared"):format(option, text),
        match.suggestion(text, known) or "the tables: " .. table.concat(known, ", "))
end

local function mark(tables, text, option, chosen, value)
    local used = false
    for _, tbl in ipairs(tables) do
        for _, name in ipairs(names_of(tbl)) do
            if glob.matches(name, text) then
                used, chosen[tbl.target_sql] = true, value
            end
        end
    end
    if not used then
        refuse_unknown(text, option, tables)
    end
end

---The target tables that are chosen, by their names in SQL. Whatever fills one of them belongs to it.
---@param resolved wherry.Resolved
---@param options { only: string[], skip: string[]? }
---@return table<string, boolean>|nil nil: all
function scope.chosen(resolved, options)
    local tables, skip, chosen = emits.all(resolved), options.skip or {}, {}
    if not (options.only[1] or skip[1]) then
        return nil
    end
    for _, tbl in ipairs(options.only[1] and {} or tables) do
        chosen[tbl.target_sql] = true
    end
    for _, text in ipairs(options.only) do
        mark(tables, text, "only", chosen, true)
    end
    for _, text in ipairs(skip) do
        mark(tables, text, "skip", chosen, nil)
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
