-- json.lua: w.json: JSON texts as values of Lua and back, by the core; and, called, what holds JSON in a row.
local core = require "wherry.core"
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
        return value.json(column)
    end,
})
