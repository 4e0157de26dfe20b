-- check: the dry run: every row is read, encoded and compared as a run would, and nothing is written.
local choices = require "wherry.cli.choices"
local failure = require "wherry.failure"
local options_of = require "wherry.engine.options"
local report = require "wherry.report"
local shallow = require "wherry.shallow"
local target = require "wherry.target"
local url = require "wherry.url"

local check = { name = "check", group = "look", summary = "A dry run: read and convert every row, write nothing" }

check.description = "Reads every row, converts it for the target's columns and compares keys, as run does with the "
    .. "same arguments, and says what would not fit, which rows are duplicates or orphans, and what a run would do. "
    .. "Nothing is written, neither beside the source nor in the target. Without a target (and without DATABASE_URL) "
    .. "it checks for an empty database."

function check.define(command)
    command:usage "Usage: wherry check [OPTIONS] SRC|SCRIPT [DST]"
    local source_option, target_option = choices.define_ends(command)
    choices.define(command)
    command:group("How it is checked",
        command:flag("--no-check", "Do not run SQLite's quick_check beside the reading."),
        command:option("--journal", "Schema of the journal in the target (wherry)."):argname "NAME")
    command:group("Other spellings", source_option, target_option)
    command:epilog "See also: wherry help dry-run, scripts, exit-codes."
end

local function refuse_resuming(values)
    if values.resume or values.restart then
        failure.raise("usage", "a dry run begins nothing that could be gone on with",
            "leave out " .. (values.resume and "--resume" or "--restart"))
    elseif values.source_mode and values.source_mode ~= "frozen" then
        failure.raise("usage", "a dry run reads the file itself", "leave out --source-mode; a file that is in use can "
            .. "be copied first: wherry snapshot SRC FILE")
    elseif values.rejects then
        failure.raise("usage", "a dry run rejects no rows", "leave out --rejects; what would be rejected is told")
    elseif values.report then
        failure.raise("usage", "a dry run has no report: nothing is moved", "leave out --report; --json is a document "
            .. "of what was found")
    end
end

local function read_options(values, context)
    refuse_resuming(values)
    local source = choices.source(values, "check")
    if choices.is_pg(source, context.core()) then
        failure.raise("usage", "the source is PostgreSQL, and a dry run reads SQLite",
            "wherry plan prints what a run would make of a PostgreSQL source")
    end
    local path = choices.path(source)
    local wanted = choices.target(values, path, context.core())
    if target.kind(wanted) == "dump" then
        failure.raise("usage", ("%s is a dump: check looks at a database, or at none"):format(wanted),
            "leave the target out")
    end
    return options_of.check(shallow.copy(choices.of(values), {
        source = path, target = wanted, check = not values.no_check, journal = values.journal, retry = values.retry,
        getenv = context.getenv,
        log = function(level, text) context.console:log(level, text) end,
        progress = function(state) context.console.progress:update(state) end,
    }))
end

---Checks what the words of the command line name; also what `run --dry-run` does.
---@param values table
---@param context wherry.Context
---@return integer exit code
function check.run(values, context)
    local options = read_options(values, context)
    local core, output = context.core(), context.console
    output:begin_progress(core)
    core.sys.signals()
    local result = context.check().run(options)
    output.progress:clear()
    if context.json then
        context.respond(require "wherry.check.answer".document(result), "")
        return result.exit
    end
    if result.error then
        output:log("plain", report.error_block(result.error))
    end
    output:out(require "wherry.check.text".full(result, output, url.mask(options.source)))
    return result.exit
end

return check
