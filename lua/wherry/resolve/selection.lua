-- selection.lua: which tables of the source a plan carries, and the receipts of those it leaves out.
local glob = require "wherry.glob"
local match = require "wherry.match"
local model = require "wherry.schema.model"
local shallow = require "wherry.shallow"
local vocabulary = require "wherry.plan.vocabulary"

local selection = {}

---@class wherry.Selected
---@field table wherry.Table of the source
---@field entry wherry.Table the plan's keys for it

local EMPTY = {}

-- Everything in the source that has rows of its own to carry: tables and virtual tables.
local function everything(source)
    local list, known = {}, {}
    for _, t in ipairs(source.tables) do
        list[#list + 1], known[t.name] = t.name, true
    end
    for _, virtual in ipairs(source.virtuals) do
        if not known[virtual.name] then
            list[#list + 1], known[virtual.name] = virtual.name, true
        end
    end
    return list
end

-- The plan's entries by the source's own spelling of the names.
local function entries(plan, source, known, outcome)
    local found, views = {}, model.names(source.views)
    for _, name in ipairs(shallow.keys(plan.tables)) do
        if not match.find(name, known) and match.find(name, views) then
            outcome:finding { code = "unknown_table", table = name, key = name,
                reason = ('"%s" is a view of the source; only tables are carried'):format(name),
                hint = "take it out of tables" }
        else
            local own = outcome:lookup(name, known, { kind = "table", side = "source", table = name,
                code = "unknown_table", hint = "tables are keyed by their source name" })
            if own and found[own] then
                outcome:finding { code = "duplicate_table", table = own, key = name,
                    reason = ('tables names "%s" twice, in different spellings'):format(own), hint = "join the two" }
            elseif own then
                found[own] = plan.tables[name]
            end
        end
    end
    return found
end

local SHOWN = 10

local function tables_are(known)
    local shown = table.move(known, 1, math.min(#known, SHOWN), 1, {})
    return ("the source's tables: %s%s"):format(table.concat(shown, ", "),
        #known > SHOWN and (" and %d more"):format(#known - SHOWN) or "")
end

-- A glob without wildcards that matches nothing is a slip: what was to be left out would be copied without a word.
local function check_globs(plan, source, known, outcome)
    local shadows = table.move(known, 1, #known, 1, {})
    for _, virtual in ipairs(source.virtuals) do
        table.move(virtual.shadows or EMPTY, 1, #(virtual.shadows or EMPTY), #shadows + 1, shadows)
    end
    for _, list in ipairs(plan.globs_checked and {} or { { "only", plan.only, known }, { "skip", plan.skip,
        shadows } }) do
        local flag, globs, names = list[1], list[2], list[3]
        for _, text in ipairs(globs) do
            local used = flag == "skip" and text:find "[%*%?%[]" ~= nil
            for _, name in ipairs(names) do
                used = used or glob.matches(name, text)
            end
            if not used then
                outcome:finding { code = "unknown_table", table = text, key = flag,
                    reason = ('%s: "%s" matches no table of the source'):format(flag, text),
                    hint = match.suggestion(text, names) or tables_are(known) }
            end
        end
    end
end

-- Why a table is left out, or nil.
local function left_out(plan, name, entry)
    local by = glob.any(name, plan.skip)
    if by then
        return ("left out by skip: %s"):format(by)
    elseif entry and vocabulary.is_skip(entry) then
        return entry.reason
    elseif (plan.only_given or plan.only[1]) and not glob.any(name, plan.only) then
        return "not among only: " .. table.concat(plan.only_given or plan.only, " ")
    end
    return nil
end

local function select_virtual(virtual, reason, entry, outcome)
    if reason then
        outcome:receipt("virtual table", virtual.name, "not_carried", reason, { table = virtual.name })
    elseif virtual.owns_rows then
        outcome:finding { code = "virtual_table_owns_rows", table = virtual.name,
            reason = ("a virtual table (%s) whose rows stand nowhere else: %s"):format(
                virtual.module == "" and "unknown module" or virtual.module, virtual.reason),
            hint = ("leave it out knowingly: --skip %s, or in a script: tables = { [%q] = w.skip \"reason\" }"):format(
                outcome:label(virtual.name), outcome:label(virtual.name)) }
    elseif entry then
        outcome:finding { code = "unknown_table", table = virtual.name, key = virtual.name,
            reason = ('"%s" is a virtual table that is not carried: %s'):format(virtual.name, virtual.reason),
            hint = "only w.skip can be said about it" }
    else
        return true
    end
    return false
end

---Chooses the tables to carry.
---@param plan wherry.Plan
---@param source wherry.Model
---@param outcome wherry.Outcome
---@return wherry.Selected[] selected in the source's order
---@return wherry.Virtual[] virtuals neither left out nor refused, and carried in no way: they still need a receipt
---@return string[] order the plan's `order` in the source's spelling
function selection.choose(plan, source, outcome)
    local known = everything(source)
    local by_name = entries(plan, source, known, outcome)
    check_globs(plan, source, known, outcome)
    local selected, virtuals = {}, {}
    for _, t in ipairs(source.tables) do
        local entry = by_name[t.name]
        local reason = left_out(plan, t.name, entry)
        if reason then
            outcome:receipt("table", t.name, "not_carried", reason, { table = t.name })
        else
            selected[#selected + 1] = { table = t, entry = entry or EMPTY }
        end
    end
    for _, virtual in ipairs(source.virtuals) do
        local entry = by_name[virtual.name]
        if not virtual.carried_as_table
            and select_virtual(virtual, left_out(plan, virtual.name, entry), entry, outcome) then
            virtuals[#virtuals + 1] = virtual
        end
    end
    local order, seen = {}, {}
    for _, name in ipairs(plan.order) do
        local own = outcome:lookup(name, known, { kind = "table", side = "source", table = name,
            code = "unknown_table", hint = "order names source tables" })
        if own and not seen[own] then
            order[#order + 1], seen[own] = own, true
        end
    end
    return selected, virtuals, order
end

return selection
