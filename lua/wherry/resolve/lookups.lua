-- resolve/lookups.lua: what is looked up, as the resolved plan names it; it is read while the plan is resolved, so that
-- the plan knows what it was.
local merging = require "wherry.resolve.merging"
local shallow = require "wherry.shallow"

local lookups = {}

---@class wherry.Lookup
---@field name string
---@field kind "pg"|"sqlite"|"file"
---@field text string the SELECT, or the file's path as the plan has it
---@field count? integer keys, once it is filled
---@field digest? string of keys and values, once it is filled

local function of_plan(plan)
    local list = {}
    for i, name in ipairs(shallow.keys(plan.lookups or {})) do
        local entry = plan.lookups[name]
        local kind = entry.pg and "pg" or entry.sqlite and "sqlite" or "file"
        list[i] = { name = name, kind = kind, text = entry[kind] }
    end
    return list
end

local function tell(context, list)
    for _, one in ipairs(list) do
        context.outcome:receipt("lookup", one.name, "exact", one.unread and "not read: there is no target to read it "
            .. "from" or ("%d key%s from %s"):format(one.count, one.count == 1 and "" or "s", one.text))
    end
end

---Names and fills the lookups that the plan defines: what is resolved may look at rows as they will be.
---@param context wherry.Context gets lookups
function lookups.begin(context)
    context.lookups = of_plan(context.plan)
    if context.lookups[1] and context.fill_lookups then
        context.fill_lookups(context.lookups)
        tell(context, context.lookups)
    end
end

---The lookups of a plan that is resolved but for them: also those of merges are filled, where nothing is wrong with it.
---@param context wherry.Context
---@param tables wherry.LoadTable[]
---@return table[]|nil
function lookups.finish(context, tables)
    local list = context.lookups
    if list[1] and context.fill_lookups and not context.outcome.findings[1] then
        context.fill_lookups(list)
        merging.tell(context, tables)
    end
    return list[1] and list or nil
end

return lookups
