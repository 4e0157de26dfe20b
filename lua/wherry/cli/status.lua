-- status: the runs that a target has seen and the one that is at work there, from another terminal.
local document = require "wherry.status.document"
local report = require "wherry.report"
local reporting = require "wherry.cli.reporting"
local runs = require "wherry.cli.runs"
local screen = require "wherry.status.screen"
local text = require "wherry.status.text"

local status = { name = "status", group = "look", summary = "Show the runs of a target, while they are at work, too" }

status.description = "Shows the runs that the journal of the target holds, the newest first: who, when, how far, what "
    .. "is put aside, how it ended. RUN is a number, and shows all of that run. Nothing is locked, nothing is written. "
    .. "The target is found as run finds it; without one, it is the newest database of the private server."

local SHOWN = 20

function status.define(command)
    command:usage "Usage: wherry status [OPTIONS] [SRC|SCRIPT] [DST] [RUN]"
    command:argument("ENDS", "Source, target and run, as above."):args "*":target "ends"
    command:group("What is shown",
        command:flag("--watch", "Show the run every second until it has ended, and exit as it did."),
        command:flag("--all", ("All runs, not the newest %d."):format(SHOWN)),
        reporting.define(command, "Make the report of RUN, or of the newest run, once more, in the folder DIR."))
    runs.define(command)
    command:epilog "See also: wherry help status, report, journal, exit-codes."
end

function status.run(values, context)
    local options = runs.options(values, "status", context)
    local console, clock = context.console, context.core().sys.clock
    local shown = screen.new(console, clock)
    options.watch, options.report = values.watch, values.report
    local reports = reporting.begin(context, values.report)
    options.limit = not (values.all or context.json) and SHOWN or nil
    options.show = function(run)
        if not context.json then
            shown:update(run)
        end
    end
    options.log = function(level, line)
        shown:leave()
        console:log(level, line)
    end
    context.core().sys.signals()
    local result = context.status().run(options)
    if not result.error then
        shown:clear()
    elseif not context.json then
        console:log("plain", report.error_block(result.error))
    end
    reporting.copy(reports, result.report)
    context.respond(document.of(result), text.full(result, console, options.run ~= nil))
    return result.exit
end

return status
