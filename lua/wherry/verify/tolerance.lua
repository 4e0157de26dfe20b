-- tolerance.lua: how far two numbers may be apart: { absolute = 0.01, relative = 1e-9 }; either of the two is enough.
local failure = require "wherry.failure"
local value = require "wherry.verify.value"

local tolerance = {}

local function check(given)
    if type(given) ~= "table" then
        failure.raise("usage", "within takes a table: { absolute = 0.01 }, { relative = 1e-9 } or both")
    end
    for key, number in pairs(given) do
        if key ~= "absolute" and key ~= "relative" then
            failure.raise("usage", ("within has no key %s"):format(tostring(key)), "its keys: absolute, relative")
        elseif type(number) ~= "number" or number < 0 or number ~= number then
            failure.raise("usage", ("%s of within is a number that is not below 0"):format(key))
        end
    end
    if next(given) == nil then
        failure.raise("usage", "within takes absolute, relative or both: { relative = 1e-9 }")
    end
end

---Whether two values are numbers that are near enough; without a tolerance no two different ones are.
---@param given { absolute: number?, relative: number? }|nil
---@return fun(a: any, b: any): boolean
function tolerance.of(given)
    if given == nil then
        return function() return false end
    end
    check(given)
    return function(a, b)
        local x, y = value.float(a), value.float(b)
        if not x or not y then
            return false
        end
        local apart, size = math.abs(x - y), math.max(math.abs(x), math.abs(y))
        return x == y or apart <= (given.absolute or -1) or size < math.huge and apart <= (given.relative or -1) * size
    end
end

return tolerance
