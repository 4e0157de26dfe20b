-- json.lua: w.json: JSON texts as values of Lua and back, by the core; and, called, a source column that holds JSON.
local core = require "wherry.core"
local failure = require "wherry.failure"
local value = require "wherry.plan.value"

local json = {
    decode = core.json.decode,
    encode = core.json.encode,
    null = core.json.null,
    array = core.json.array,
    is_array = core.json.is_array,
    number = core.json.number,
}

return setmetatable(json, {
    __call = function(_, column)
        if not value.json then
            failure.raise("plan", "w.json \"column\" is not there yet", "w.json.decode and w.json.encode are")
        end
        return value.json(column)
    end,
})
