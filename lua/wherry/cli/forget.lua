-- forget: takes a run that is over out of the journal.
local document = require "wherry.status.document"
local failure = require "wherry.failure"
local grouped = require "wherry.progress".grouped
local report = require "wherry.report"
local runs = require "wherry.cli.runs"

local forget = { name = "forget", group = "do", summary = "Take a run that is over out of the journal" }

forget.description = "Removes what the journal holds of a run that is done or was taken back: its plan, its counts, "
    .. "the rows that it rejected. The rows that it loaded stay. The target is found as run finds it."

function forget.define(command)
    command:usage "Usage: wherry forget [OPTIONS] [SRC|SCRIPT] [DST] RUN"
    command:argument("ENDS", "Source, target and the run's number."):args "+":target "ends"
    command:group("What goes", command:flag("--force", "Even definitions that the journal alone knows: of keys and "
        .. "indexes that were put aside and could not be put back."))
    runs.define(command)
    command:epilog "See also: wherry help journal, status."
end

local function text_of(result)
    if result.error then
        return ""
    end
    local rejects = result.rejects_gone
    return ("run %d is forgotten%s\n"):format(result.run, rejects > 0
        and (", and the %s that it rejected"):format(rejects == 1 and "row" or grouped(rejects) .. " rows") or "")
end

function forget.run(values, context)
    local options = runs.options(values, "forget", context)
    if not options.run then
        failure.raise("usage", "which run is to be forgotten?", "wherry forget RUN; wherry status lists them")
    end
    options.force = values.force
    context.core().sys.signals()
    local result = context.forget().run(options)
    if result.error and not context.json then
        context.console:log("plain", report.error_block(result.error))
    end
    context.respond(document.of_forget(result), text_of(result))
    return result.exit
end

return forget
