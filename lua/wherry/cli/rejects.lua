-- rejects: the rows that a run rejected: what they are, and loading them by a mended script.
local choices = require "wherry.cli.choices"
local failure = require "wherry.failure"
local report = require "wherry.report"
local rejects_report = require "wherry.rejects.report"
local runs = require "wherry.cli.runs"

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
    runs.define(command,
        command:option("--target-schema", "Schema of the target (public)."):argname "NAME")
    command:epilog "See also: wherry help rejects, exit-codes."
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
    local options = runs.options(values, "rejects", context)
    if values.action == "retry" and not options.source then
        failure.raise("usage", "no source", "wherry rejects retry SCRIPT.lua: the rows are read from it again")
    end
    options.action, options.table, options.limit = values.action, values.table, not values.all and SHOWN or nil
    options.on_bad, options.target_schema = choices.on_bad(values.on_bad), values.target_schema
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
