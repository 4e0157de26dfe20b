-- runs.lua: what the commands about runs share: their words (source, target, run, in any order), where the journal is.
local arguments = require "wherry.cli.arguments"
local choices = require "wherry.cli.choices"
local failure = require "wherry.failure"
local target = require "wherry.target"

local runs = {}

local function once(found, key, word, what, topic)
    if found[key] then
        failure.raise("usage", ("%s is given twice: %s"):format(what, word), "wherry help " .. topic)
    end
    found[key] = word
end

-- Words in any order: a number is a run, what names a database the target, anything else the source.
local function read_words(words, found, topic, core)
    for _, word in ipairs(words) do
        if word:find "^%d+$" then
            once(found, "run", math.tointeger(tonumber(word)) or failure.raise("usage", word .. " is no run's number"),
                "the run", topic)
        elseif choices.is_pg(word, core) then
            once(found, "target", word, "the target", topic)
        else
            once(found, "source", choices.path(word), "the source", topic)
        end
    end
    if found.target and target.kind(found.target) ~= "postgresql" then
        failure.raise("usage", ("%s holds no journal"):format(found.target), "name a database")
    end
end

---Defines where the journal is, for the commands about runs.
---@param command table argparse command
---@param ... table further options of this group
function runs.define(command, ...)
    command:group("Where it is",
        command:option("--source --sqlite-path", choices.SOURCE):argname "SRC":target "source_option",
        command:option("--target --database-url", "The same as DST."):argname "DST":target "target_option",
        command:option("--journal", "Schema of the journal in the target (wherry)."):argname "NAME",
        command:option("--retry", "How long a lost connection is tried again (60s)."):argname "TIME"
            :convert(arguments.named("--retry", arguments.duration)), ...)
end

---The options of a command about runs: source, target and run from its words, and where the journal is.
---@param values table
---@param topic string of the help
---@param context wherry.Context
---@return table
function runs.options(values, topic, context)
    local options = { target = values.target_option, journal = values.journal or "wherry",
        retry = values.retry or 60, getenv = context.getenv,
        log = function(level, text) context.console:log(level, text) end }
    read_words(values.ends, options, topic, context.core())
    options.from = choices.from(options.source, values.source_option)
    if values.source_option and not options.from then
        once(options, "source", choices.path(values.source_option), "the source", topic)
    end
    return options
end

return runs
