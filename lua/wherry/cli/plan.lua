-- plan: what a run would do, as text that a diff can compare: the statements, and a receipt for every object.
local choices = require "wherry.cli.choices"
local document = require "wherry.report.document"
local failure = require "wherry.failure"
local preview_text = require "wherry.preview.text"
local report = require "wherry.report"
local run_back = require "wherry.cli.run_back"
local target = require "wherry.target"
local url = require "wherry.url"

local plan = { name = "plan", group = "look", summary = "Show what a run would do: tables, objects, receipts" }

plan.description = "Prints what run would do with the same arguments, as SQL with comments: what is created before the "
    .. "load, how the rows go, what is built behind it, and a receipt for every object of the source. Nothing is "
    .. "written. Without a target (and without DATABASE_URL) it plans for an empty database. Of a PostgreSQL URL it "
    .. "prints the tables that SQLite would get."

local RETRY_SECONDS = 0

function plan.define(command)
    command:usage "Usage: wherry plan [OPTIONS] SRC|SCRIPT [DST]"
    local source_option, target_option = choices.define_ends(command)
    choices.define(command)
    command:group("What is printed", command:flag("--sql", "Only the statements."))
    command:group("Other spellings", source_option, target_option)
    command:epilog "See also: wherry help schema, scripts, exit-codes."
end

local function options_of(values, source, context)
    local options = choices.of(values)
    options.source, options.journal, options.retry, options.getenv = source, "wherry", RETRY_SECONDS, context.getenv
    options.log = function(level, text) context.console:log(level, text) end
    return options
end

local function target_of(values, source, context)
    local wanted = choices.target(values, source, context.core())
    if target.kind(wanted) == "dump" then
        failure.raise("usage", ("%s is a dump: plan looks at a database, or at none"):format(wanted),
            "leave the target out")
    end
    return wanted
end

function plan.run(values, context)
    local source = choices.source(values, "plan")
    local is_back = choices.is_pg(source, context.core())
    local options
    if is_back then
        options = run_back.common(values, source, context)
    else
        local path = choices.path(source)
        options = options_of(values, path, context)
        options.target = target_of(values, path, context)
    end
    context.core().sys.signals()
    local result = context.preview().run(options, is_back)
    if context.json then
        context.respond(document.of_preview(result), "")
        return result.exit
    end
    if result.error then
        context.console:log("plain", report.error_block(result.error))
    else
        context.console:raw(values.sql and preview_text.sql(result)
            or preview_text.full(result, is_back and url.mask(source) or source))
        if values.sql and result.findings[1] then
            context.console:log("error", ("a run would write nothing: %d finding%s, listed by wherry plan without "
                .. "--sql"):format(#result.findings, result.findings[2] and "s" or ""))
        end
    end
    return result.exit
end

return plan
