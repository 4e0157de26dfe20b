-- stage/lane.lua: a script in the state of a lane: its functions over rows, which the core calls there.
local core = require "wherry.core"
local failure = require "wherry.failure"
local functions = require "wherry.stage.functions"
local plan_of = require "wherry.plan"

local lane = {}

local function check_hash(path, hash)
    local file <close> = io.open(path, "rb")
    if not file or core.sys.hash(file:read "a") ~= hash then
        failure.raise("changed", ("the script has changed while it was loaded: %s"):format(path),
            "run it again when nobody writes to it")
    end
end

---Loads the script, which has to have this hash.
---@param path string
---@param hash string
---@return table with functions(name, source, maps, has_row)
function lane.open(path, hash)
    check_hash(path, hash)
    return { functions = functions.of(plan_of.load(path), path) }
end

return lane
