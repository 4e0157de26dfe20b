-- run: moves a SQLite file, or what a script says, to PostgreSQL.
local arguments = require "wherry.arguments"
local document = require "wherry.document"
local dump = require "wherry.dump"
local failure = require "wherry.failure"
local progress = require "wherry.progress"
local report = require "wherry.report"
local target = require "wherry.target"
local url = require "wherry.url"

local run = { name = "run", group = "do", summary = "Move a SQLite file, or what a script says, to PostgreSQL" }

run.description = "Moves SRC (a SQLite file) or what SCRIPT (a .lua file) says to DST: a PostgreSQL URL or connection "
    .. "string, FILE.sql or FILE.dump (pg_dump's), or - (SQL on stdout). Without DST: the script's target, else "
    .. "DATABASE_URL, else PGHOST, PGSERVICE or PGDATABASE, else, for a file, the private server."

local STEP_BYTES = 16 * 1024 * 1024

local function define_what(command)
    command:group("What goes where",
        command:option("--schema", "existing: load into the tables that are there; create: make them. Without it: "
            .. "existing when the target has tables."):choices { "existing", "create" },
        command:option("--target-schema", "Schema of the target (public)."):argname "NAME",
        command:option("--only", "Only tables that match; may be repeated, takes comma lists."):count "*"
            :argname "GLOB",
        command:option("--skip", "Leave tables that match out; like --only."):count "*":argname "GLOB",
        command:option("--triggers", "User triggers of the target that fire on INSERT: let them, or switch them off "
            .. "for the load."):choices { "fire", "off" })
end

local function define_how(command)
    command:group("How it is checked",
        command:option("--verify", "count: compare the counts of both sides (default); none.")
            :choices { "count", "none" },
        command:flag("--no-check", "Do not run SQLite's quick_check beside the load."))
    command:group("When it stops half-way",
        command:option("--retry", "How long a lost connection is tried again (60s)."):argname "TIME"
            :convert(arguments.named("--retry", arguments.duration)),
        command:option("--resume", "Go on with the run that stopped half-way: --resume, or --resume=RUN."):args "?"
            :argname "RUN",
        command:flag("--restart", "Remove exactly what that run loaded, and begin anew."),
        command:option("--journal", "Schema of the journal in the target (wherry)."):argname "NAME",
        command:option("--batch-size", "Rows a step (50000)."):argname "N"
            :convert(arguments.named("--batch-size", arguments.whole(1, 10000000))))
end

function run.define(command)
    command:usage "Usage: wherry run [OPTIONS] SRC|SCRIPT [DST]"
    command:argument("SRC", "The SQLite file (path or sqlite:/// URL), or the script (.lua)."):args "?"
        :target "source"
    command:argument("DST", "Where to."):args "?":target "target"
    define_what(command)
    define_how(command)
    command:group("Other spellings",
        command:option("--source --sqlite-path", "The same as SRC."):argname "SRC":target "source_option",
        command:option("--target --database-url", "The same as DST."):argname "DST":target "target_option",
        command:flag("--validate", "The same as --verify count."),
        command:flag("--skip-validation", "The same as --verify none."))
    command:epilog "See also: wherry help urls, scripts, ledger, journal, exit-codes."
end

-- SRC and --source may not both be given: which one is meant would be a guess.
local function either(positional, option, names)
    if positional and option then
        failure.raise("usage", ("%s is given twice"):format(names), "wherry help run")
    end
    return positional or option
end

local function verify_of(values)
    local wanted = values.verify or (values.skip_validation and "none") or (values.validate and "count") or nil
    local skips = values.skip_validation or values.verify == "none"
    if skips and (values.validate or values.verify == "count") then
        failure.raise("usage", "both verification and none of it are asked for", "leave one of the options out")
    end
    return wanted
end

-- SRC = "out.sql" by a slip, a PostgreSQL URL (the way back), another database's URL.
local function source_of(values, context)
    local source = either(values.source, values.source_option, "the source")
    if not source or source == "" then
        failure.raise("usage", "no source", "wherry run app.db, or wherry run SCRIPT.lua")
    end
    local form = url.form(source)
    if form == "postgresql" or form == "keywords" and not context.core().sys.stat(source) then
        failure.raise("usage", "PostgreSQL to SQLite is not there yet; nothing was done",
            "the source is a SQLite file or a script")
    elseif form == "foreign" then
        failure.raise("usage", ("%s is neither a SQLite file nor a script"):format(url.mask(source)),
            "wherry reads SQLite")
    end
    return form == "sqlite" and url.sqlite_path(source) or source
end

local function target_of(values, source, context)
    local wanted = either(values.target, values.target_option, "the target")
    local core = context.core()
    local real = wanted and core.sys.realpath(wanted)
    if wanted and (wanted == source or real and real == core.sys.realpath(source)) then
        failure.raise("usage", "source and target are the same file", "the target is a PostgreSQL database")
    end
    local kind = target.kind(wanted)
    if kind == "dump" and (values.resume or values.restart) then
        failure.raise("usage", "a dump is always made from the start: there is nothing to resume",
            "leave out " .. (values.resume and "--resume" or "--restart"))
    elseif wanted == "-" and context.json then
        failure.raise("usage", "- puts the dump on stdout, where --json puts its document",
            "name a file: wherry run app.db out.sql --json")
    end
    return wanted, kind
end

local function options_of(values, source, context)
    if values.resume and values.restart then
        failure.raise("usage", "--resume and --restart exclude each other", "wherry help run")
    end
    for _, name in ipairs { "only", "skip" } do
        if #values[name] > 0 and #arguments.list(values[name]) == 0 then
            failure.raise("usage", ("--%s names no table"):format(name), "an empty variable of the shell? name tables, "
                .. "or leave it out")
        end
    end
    local resume = values.resume and (values.resume[1] or "") or nil
    local words = { "wherry" }
    for _, word in ipairs(context.argv) do
        words[#words + 1] = context.console:mask(word)
    end
    return {
        source = source, schema = values.schema, target_schema = values.target_schema,
        only = arguments.list(values.only), skip = arguments.list(values.skip), check = not values.no_check,
        retry = values.retry or 60, resume = resume and (resume == "" or resume) or nil, restart = values.restart,
        triggers = values.triggers, journal = values.journal or "wherry", step_rows = values.batch_size or 50000,
        step_bytes = STEP_BYTES, command = table.concat(words, " "), getenv = context.getenv,
        verify = verify_of(values),
        log = function(level, text) context.console:log(level, text) end,
        progress = function(state) context.console.progress:update(state) end,
    }
end

local function answer(result, context, to_stderr)
    if context.json then
        context.respond(document.of(result), "")
        return
    end
    local text = report.summary(result, context.console, { verbose = context.console.verbose })
    if result.error then
        context.console:log("plain", report.error_block(result.error))
    end
    if to_stderr then
        context.console:log("plain", (text:gsub("\n$", "")))
    else
        context.console:out(text)
    end
end

function run.run(values, context)
    local source = source_of(values, context)
    local wanted, kind = target_of(values, source, context)
    local options = options_of(values, source, context)
    local core, output = context.core(), context.console
    output.progress = progress.new { stderr = output.stderr, terminal = output.terminal, clock = core.sys.clock,
        quiet = output.quiet, width = tonumber(context.getenv "COLUMNS") }
    core.sys.signals()
    local result
    if kind == "dump" then
        result = dump.run(context, options, wanted)
    else
        options.target = wanted
        context.writing = true
        result = context.engine().run(options)
    end
    output.progress:clear()
    if result.target and result.target.origin == "private server" then
        local look = result.exit == 0 and not result.target.file and result.target.database
        output:log("info", ("the private server goes on running: %swherry pg stop ends it"):format(
            look and ("wherry pg psql %s looks into it, "):format(look) or ""))
    end
    answer(result, context, wanted == "-")
    context.writing = false
    return result.exit
end

return run
