-- open_options.lua: what open() may be told, of either kind of database.
local ends = require "wherry.plan.ends"
local failure = require "wherry.failure"
local shallow = require "wherry.shallow"

local open_options = {}

---Raises kind "usage" for what is no option.
---@param options any
---@param known string[] names of those that are true or false
function open_options.check(options, known)
    if type(options) ~= "table" then
        failure.raise("usage", "open takes a table of options, not " .. ends.describe(options),
            ("open { %s = true }"):format(known[1]))
    end
    local is_known = {}
    for _, name in ipairs(known) do
        is_known[name] = true
    end
    for _, name in ipairs(shallow.keys(options)) do
        local value = options[name]
        if not is_known[name] then
            failure.raise("usage", ("open has no option %q"):format(tostring(name)),
                "its options: " .. table.concat(known, ", "))
        elseif type(value) ~= "boolean" then
            failure.raise("usage", ("option %s of open is true or false, not %s"):format(name, ends.describe(value)))
        end
    end
end

return open_options
