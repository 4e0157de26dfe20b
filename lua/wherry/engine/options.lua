-- options.lua: what a run and a check are told beside the plan, with their defaults; the command line and scripts both
-- go through here.
local failure = require "wherry.failure"
local shallow = require "wherry.shallow"

local options = {}

options.MOST_JOBS, options.MOST_STEP_ROWS = 256, 10000000

local STEP_BYTES = 16 * 1024 * 1024
local RETRY_SECONDS = 60

---@class wherry.RunOptions
---@field source string|nil path of the SQLite file or of the script
---@field plan wherry.Plan|nil instead of a source
---@field from string|nil path of the file that is read in the place of the script's own
---@field script_hash string|nil of the file in which that plan stands
---@field target string|wherry.Target|nil as given
---@field journal string
---@field retry number seconds
---@field check boolean whether quick_check runs
---@field step_rows integer
---@field step_bytes integer
---@field source_mode "auto"|"frozen"|"copy"
---@field resume boolean|string|nil
---@field restart boolean|nil
---@field accept_changes boolean|nil
---@field jobs integer|nil
---@field verify "digest"|"count"|"none"|nil "digest" without it
---@field rejects string|nil
---@field command string|nil for the journal
---@field getenv fun(name: string): string|nil
---@field log fun(level: string, text: string)
---@field progress fun(state: table)

local function nothing() end

---@param given table
---@return wherry.RunOptions
function options.run(given)
    return shallow.copy({ check = true, retry = RETRY_SECONDS, journal = "wherry", step_rows = 50000,
        step_bytes = STEP_BYTES, source_mode = "auto", getenv = os.getenv, log = nothing, progress = nothing }, given)
end

---@param given table
---@return wherry.RunOptions
function options.check(given)
    return shallow.copy({ check = true, retry = 0, journal = "wherry", getenv = os.getenv, log = nothing,
        progress = nothing }, given)
end

---Raises kind "usage" where what is asked for excludes itself.
---@param given { resume: any, restart: any, accept_changes: any }
function options.check_resuming(given)
    if given.resume and given.restart then
        failure.raise("usage", "--resume and --restart exclude each other", "wherry help run")
    elseif given.accept_changes and not given.resume then
        failure.raise("usage", "--accept-changes says how a run is gone on with: it needs --resume",
            "wherry help resume")
    end
end

return options
