-- rejects: the rows that a run rejected: what they are, and loading them by a mended script.
local arguments = require "wherry.cli.arguments"
local choices = require "wherry.cli.choices"
local failure = require "wherry.failure"
local report = require "wherry.report"
local rejects_report = require "wherry.rejects.report"
local target = require "wherry.target"

local rejects = { name = "rejects", group = "do", summary = "List, show or load the rows that a run rejected" }

rejects.description = "list: the open rejects of a run by table, column and reason. show: the rows themselves. retry: "
    .. "reads them again from the source and loads those that fit by the script as it is now. RUN is a number; without "
    .. "it, it is the newest run of SRC or SCRIPT. The target is found as run finds it."

local SHOWN = 50

function rejects.define(command)
    command:usage("Usage: wherry rejects list|show [OPTIONS] [SRC|SCRIPT] [DST] [RUN]\n"
        .. "       wherry rejects retry [OPTIONS] SRC|SCRIPT [DST] [RUN]")
    command:argument("ACTION", "list, show or retry."):choices { "list", "show", "retry" }:target "action"
    command:argument("ENDS", "Source, target and run, as above."):args "*":target "ends"
    command:group("What is shown",
        command:option("--table", "show: only rejects of this source table."):argname "NAME",
        command:flag("--all", ("show: all rejects, not the first %d."):format(SHOWN)))
    command:group("What does not fit",
        command:option("--on-bad", "retry: as of run, for what the script says nothing of."):argname "WORD")
    command:group("Where it is",
        command:option("--target --database-url", "The same as DST."):argname "DST":target "target_option",
        command:option("--target-schema", "Schema of the target (public)."):argname "NAME",
        command:option("--journal", "Schema of the journal in the target (wherry)."):argname "NAME",
        command:option("--retry", "How long a lost connection is tried again (60s)."):argname "TIME"
            :convert(arguments.named("--retry", arguments.duration)))
    command:epilog "See also: wherry help rejects, exit-codes."
end

local function once(found, key, word, what)
    if found[key] then
        failure.raise("usage", ("%s is given twice: %s"):format(what, word), "wherry help rejects")
    end
    found[key] = word
end

-- The words behind the action: a number is the run, what names a database the target, anything else the source.
local function ends_of(values, core)
    local found = { target = values.target_option }
    for _, word in ipairs(values.ends) do
        if word:find "^%d+$" then
            once(found, "run", math.tointeger(tonumber(word)) or failure.raise("usage", word .. " is no run's number"),
                "the run")
        elseif choices.is_pg(word, core) then
            once(found, "target", word, "the target")
        else
            once(found, "source", choices.path(word), "the source")
        end
    end
    if values.action == "retry" and not found.source then
        failure.raise("usage", "no source", "wherry rejects retry SCRIPT.lua: the rows are read from it again")
    elseif found.target and target.kind(found.target) ~= "postgresql" then
        failure.raise("usage", ("%s holds no journal"):format(found.target), "name a database")
    end
    return found
end

local function check_flags(values)
    for _, pair in ipairs { { "table", "show" }, { "all", "show" }, { "on_bad", "retry" } } do
        if values[pair[1]] and values.action ~= pair[2] then
            failure.raise("usage", ("--%s is for wherry rejects %s"):format((pair[1]:gsub("_", "-")), pair[2]),
                "wherry help rejects")
        end
    end
end

local function options_of(values, context)
    check_flags(values)
    local options = ends_of(values, context.core())
    options.action, options.table, options.limit = values.action, values.table, not values.all and SHOWN or nil
    options.on_bad, options.target_schema = choices.on_bad(values.on_bad), values.target_schema
    options.journal, options.retry = values.journal or "wherry", values.retry or 60
    options.getenv = context.getenv
    options.log = function(level, text) context.console:log(level, text) end
    return options
end

function rejects.run(values, context)
    local options = options_of(values, context)
    context.core().sys.signals()
    local result
    if options.action == "retry" then
        context.writing = true
        result = context.retry().run(options)
        context.writing = false
    else
        result = context.looking().run(options)
    end
    if result.error and not context.json then
        context.console:log("plain", report.error_block(result.error))
    end
    context.respond(rejects_report.document(result), rejects_report.text(result, context.console))
    return result.exit
end

return rejects
