-- steps.lua: what a plan does before and after the load, each exactly once: SQL, or a function of both databases.
local ends = require "wherry.plan.ends"
local failure = require "wherry.failure"
local key_check = require "wherry.plan.key_check"
local sql_text = require "wherry.plan.sql_text"

local steps = {}

local WANTED = "SQL, a list of SQL texts, or function(src, dst)"

---The steps of a plan, in the order of a run.
steps.names = { "before_load", "after_load" }

local function add_statements(list, text, place)
    if type(text) ~= "string" then
        key_check.fail(place, "a text of SQL", text)
    end
    for _, statement in ipairs(sql_text.split(text)) do
        local control = sql_text.control(statement)
        if control then
            failure.raise("plan", ("%s: %s: it is one transaction, which wherry begins and ends"):format(place,
                control), "leave it out; savepoints are allowed")
        end
        list[#list + 1] = statement
    end
end

---Checks what a step does; raises kind "plan".
---@param value any
---@param place string
---@return function|string[] a function, or statements
function steps.check(value, place)
    if type(value) == "function" then
        return value
    elseif type(value) ~= "string" and (type(value) ~= "table" or getmetatable(value)) then
        key_check.fail(place, WANTED, value)
    end
    local list = {}
    if type(value) == "string" then
        add_statements(list, value, place)
    else
        for index in pairs(value) do
            if math.type(index) ~= "integer" or index < 1 or index > #value then
                failure.raise("plan", ("%s: a list of SQL texts is expected, and it has the key %s"):format(place,
                    ends.describe(index)))
            end
        end
        for index, text in ipairs(value) do
            add_statements(list, text, ("%s[%d]"):format(place, index))
        end
    end
    if not list[1] then
        failure.raise("plan", ("%s holds no statement"):format(place), "leave it out, or write " .. WANTED)
    end
    return list
end

---@class wherry.PlannedStep
---@field name "before_load"|"after_load"
---@field statements string[]|nil nil: a function of the script

---The steps of a plan as the resolved plan has them.
---@param plan wherry.Plan
---@return wherry.PlannedStep[]
function steps.planned(plan)
    local list = {}
    for _, name in ipairs(steps.names) do
        local given = plan[name]
        if given then
            list[#list + 1] = { name = name, statements = type(given) == "table" and given or nil }
        end
    end
    return list
end

---The steps as a check lists what it does not do.
---@param planned wherry.PlannedStep[]
---@return wherry.Unseen[]
function steps.unseen(planned)
    local list = {}
    for index, step in ipairs(planned) do
        list[index] = { table = "the plan", kind = "step", name = step.name,
            reason = ("%s, which a check does not run: what it changes is not seen"):format(steps.describe(step)) }
    end
    return list
end

---A step in words.
---@param step wherry.PlannedStep
---@return string
function steps.describe(step)
    local count = step.statements and #step.statements
    return count and ("%d statement%s"):format(count, count == 1 and "" or "s") or "a function of the script"
end

return steps
