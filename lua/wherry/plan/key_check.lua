-- key_check.lua: checks of a plan's values: each gives the value's copy, or raises kind "plan" with the place where it
-- stands and what is expected there.
local ends = require "wherry.plan.ends"
local failure = require "wherry.failure"
local shallow = require "wherry.shallow"

local key_check = {}

---Raises: something else is expected.
---@param place string
---@param wanted string
---@param value any
function key_check.fail(place, wanted, value)
    failure.raise("plan", ("%s: %s is expected, not %s"):format(place, wanted, ends.describe(value)))
end

---A text that is not blank.
---@param wanted string
---@return fun(value: any, place: string): string
function key_check.text(wanted)
    return function(value, place)
        if type(value) ~= "string" or value:match "^%s*$" then
            key_check.fail(place, wanted, value)
        end
        return value
    end
end

---A function.
---@param wanted string
---@return fun(value: any, place: string): function
function key_check.callback(wanted)
    return function(value, place)
        if type(value) ~= "function" then
            key_check.fail(place, wanted, value)
        end
        return value
    end
end

---One of some values.
---@param ... any
---@return fun(value: any, place: string): any
function key_check.choice(...)
    local choices, shown = { ... }, {}
    for i, choice in ipairs(choices) do
        shown[i] = type(choice) == "string" and '"' .. choice .. '"' or tostring(choice)
    end
    local wanted = table.concat(shown, " or ")
    return function(value, place)
        for _, choice in ipairs(choices) do
            if value == choice then
                return value
            end
        end
        return key_check.fail(place, wanted, value)
    end
end

---A list of texts.
---@param wanted string
---@return fun(value: any, place: string): string[]
function key_check.list(wanted)
    return function(value, place)
        if type(value) ~= "table" or getmetatable(value) then
            key_check.fail(place, wanted, value)
        end
        local copy, count = {}, 0
        for _ in pairs(value) do
            count = count + 1
        end
        for i = 1, count do
            if type(value[i]) ~= "string" or value[i] == "" then
                key_check.fail(("%s[%d]"):format(place, i), "a text", value[i])
            end
            copy[i] = value[i]
        end
        return copy
    end
end

---Values by name.
---@param wanted string
---@param check fun(value: any, place: string): any of each value
---@return fun(value: any, place: string): table<string, any>
function key_check.map(wanted, check)
    return function(value, place)
        if type(value) ~= "table" or getmetatable(value) then
            key_check.fail(place, wanted, value)
        end
        local copy = {}
        -- of two mistakes the same one is named each time
        for _, key in ipairs(shallow.keys(value)) do
            if type(key) ~= "string" then
                failure.raise("plan", ("%s: names are expected as keys, not %s"):format(place, ends.describe(key)),
                    "write name = ..., or [\"a name\"] = ...")
            end
            copy[key] = check(value[key], place .. "." .. key)
        end
        return copy
    end
end

return key_check
