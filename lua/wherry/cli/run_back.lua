-- run_back.lua: the options of `run postgresql://... FILE` and `plan postgresql://...`. What has no meaning on the way
-- back is refused, whichever option it is: only the ones that are named here are read.
local choices = require "wherry.cli.choices"
local failure = require "wherry.failure"
local file = require "wherry.back.file"

local run_back = {}

-- What argparse adds, the ends, and the options that the way back reads.
local READ = {}
for name in ([[command run plan sql json quiet verbose help version source source_option target target_option
    target_schema only skip verify validate skip_validation journal report]]):gmatch "%S+" do
    READ[name] = true
end

local REASONS = {
    resume = "a file that was not completed is not there: the way back always starts from the beginning",
    restart = "a file that was not completed is not there: the way back always starts from the beginning",
    retry = "a lost connection takes the snapshot with it: nothing can be tried again",
    batch_size = "the file is made in one transaction, not in steps",
    no_analyze = "no statistics are taken in the new file: SQLite's ANALYZE takes them there",
    no_check = "the new file is always checked before it gets its name",
}

local function is_given(value)
    return value ~= nil and value ~= false and not (type(value) == "table" and #value == 0)
end

---Refuses the first option, by name, that says nothing about the way back.
---@param values table
function run_back.refuse(values)
    local names = {}
    for name, value in pairs(values) do
        names[#names + 1] = (not READ[name] and is_given(value) or name == "resume" and value ~= nil) and name or nil
    end
    table.sort(names)
    if names[1] then
        failure.raise("usage", ("--%s has no meaning on the way back from PostgreSQL"):format(
            (names[1]:gsub("_", "-"))), REASONS[names[1]] or "leave it out")
    end
end

---The options of plan, and what run takes beside others: a preview needs no file.
---@param values table
---@param source string
---@param context wherry.Context
---@return table
function run_back.common(values, source, context)
    run_back.refuse(values)
    local chosen, wanted = choices.of(values), choices.target(values, source, context.core())
    return { source = source, path = wanted and file.path(wanted), schema = chosen.target_schema or "public",
        journal = values.journal or "wherry", only = chosen.only, skip = chosen.skip,
        log = function(level, text) context.console:log(level, text) end }
end

---@param values table
---@param source string
---@param context wherry.Context
---@param verify string?
---@return wherry.RunBackOptions
function run_back.options(values, source, context, verify)
    local options = run_back.common(values, source, context)
    options.path, options.verify = options.path or file.path(nil), verify
    options.progress = function(state) context.console.progress:update(state) end
    return options
end

return run_back
