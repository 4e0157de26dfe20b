-- run: moves a SQLite file, or what a script says, to PostgreSQL, and a PostgreSQL schema back into a SQLite file.
local arguments = require "wherry.cli.arguments"
local check = require "wherry.cli.check"
local choices = require "wherry.cli.choices"
local document = require "wherry.report.document"
local dump = require "wherry.target.dump"
local failure = require "wherry.failure"
local options_of = require "wherry.engine.options"
local report = require "wherry.report"
local reporting = require "wherry.cli.reporting"
local run_back = require "wherry.cli.run_back"
local shallow = require "wherry.shallow"
local target = require "wherry.target"
local verify = require "wherry.cli.verify"

local run = { name = "run", group = "do", summary = "Move a SQLite file, or what a script says, to PostgreSQL" }

run.description = "Moves SRC (a SQLite file) or what SCRIPT (a .lua file) says to DST: a PostgreSQL URL or connection "
    .. "string, FILE.sql or FILE.dump (pg_dump's), or - (SQL on stdout). Without DST: the script's target, else "
    .. "DATABASE_URL, else PGHOST, PGSERVICE or PGDATABASE, else, for a file, the private server. A PostgreSQL URL as "
    .. "SRC goes into a new SQLite file (wherry help way-back)."

local function define_how(command)
    command:group("What is read",
        command:option("--source-mode", "auto: the file, or a copy of it where another process uses it (the default); "
            .. "frozen: the file; copy: a copy."):choices { "auto", "frozen", "copy" })
    command:group("How it is checked",
        command:option("--rejects", "Write the rejected rows into FILE, one JSON document a line."):argname "FILE",
        reporting.define(command),
        command:option("--verify", "digest: compare every value of every row, and call the script's verify (default); "
            .. "count: the counts of both sides, and the script's verify; none.")
            :choices { "digest", "count", "none" },
        command:flag("--no-check", "Do not run SQLite's quick_check beside the load."),
        command:flag("--dry-run", "Write nothing: the same as wherry check."))
    command:group("When it stops half-way",
        command:option("--retry", "How long a lost connection is tried again (60s)."):argname "TIME"
            :convert(arguments.named("--retry", arguments.duration)),
        command:option("--resume", "Go on with the run that stopped half-way: --resume, or --resume=RUN."):args "?"
            :argname "RUN",
        command:flag("--accept-changes", "With --resume: go on although source, script or target have changed; what "
            .. "is loaded stays where it still fits (wherry help resume)."),
        command:flag("--restart", "Remove exactly what that run loaded, and begin anew."),
        command:option("--journal", "Schema of the journal in the target (wherry)."):argname "NAME")
    command:group("How fast",
        command:option("--jobs --parallel", "Lanes: connections that load and build indexes side by side (as many as "
            .. "there are processors, if the server allows it)."):argname "N"
            :convert(arguments.named("--jobs", arguments.whole(1, options_of.MOST_JOBS))),
        command:option("--batch-size", "Rows a step (50000)."):argname "N"
            :convert(arguments.named("--batch-size", arguments.whole(1, options_of.MOST_STEP_ROWS))),
        command:flag("--no-analyze", "Take no statistics of the loaded tables: run ANALYZE yourself, before queries "
            .. "matter."))
end

function run.define(command)
    command:usage "Usage: wherry run [OPTIONS] SRC|SCRIPT [DST]"
    local source_option, target_option = choices.define_ends(command)
    choices.define(command)
    define_how(command)
    command:group("Other spellings", source_option, target_option,
        command:flag("--verify-only", "The same as wherry verify; --detailed goes with it."),
        command:flag("--detailed", "With --verify-only: name all rows that differ."),
        command:flag("--validate", "The same as --verify digest."),
        command:flag("--skip-validation", "The same as --verify none."))
    command:epilog("See also: wherry help urls, scripts, copies, indexes, ledger, journal, verification, report, "
        .. "resume, status, way-back, exit-codes.")
end

local function verify_of(values)
    local wanted = values.verify or (values.skip_validation and "none") or (values.validate and "digest") or nil
    local skips = values.skip_validation or values.verify == "none"
    if skips and (values.validate or values.verify and values.verify ~= "none") then
        failure.raise("usage", "both verification and none of it are asked for", "leave one of the options out")
    end
    return wanted
end

local function target_of(values, source, context)
    local wanted = choices.target(values, source, context.core())
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

local function read_options(values, source, context)
    options_of.check_resuming(values)
    local options = choices.of(values)
    if values.no_analyze then
        options.analyze = false
    end
    local resume = values.resume and (values.resume[1] or "") or nil
    local own = {
        source = source, check = not values.no_check, retry = values.retry,
        resume = resume and (resume == "" or resume) or nil, restart = values.restart,
        accept_changes = values.accept_changes, journal = values.journal, step_rows = values.batch_size,
        rejects = values.rejects, jobs = values.jobs, source_mode = values.source_mode,
        command = reporting.command(context), report = values.report, secrets = context.console.secrets,
        getenv = context.getenv, verify = verify_of(values),
        log = function(level, text) context.console:log(level, text) end,
        progress = function(state) context.console.progress:update(state) end,
    }
    return options_of.run(shallow.copy(options, own))
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

-- What the command line asks for: the options, the target as given and its kind.
local function read(values, context)
    local source = choices.source(values, "run")
    if choices.is_pg(source, context.core()) then
        return run_back.options(values, source, context, verify_of(values)), nil, "sqlite"
    end
    source = choices.path(source)
    local wanted, kind = target_of(values, source, context)
    return read_options(values, source, context), wanted, kind
end

-- What reads and writes: the engine of that way.
local function work(options, wanted, kind, context)
    if kind == "dump" then
        return dump.run(context, options, wanted)
    elseif kind == "sqlite" then
        return context.back().run(options)
    end
    options.target = wanted
    context.writing = true
    return context.engine().run(options)
end

function run.run(values, context)
    if values.dry_run then
        return check.run(values, context)
    end
    if values.verify_only then
        verify.refuse(values)
        return verify.run(values, context)
    elseif values.detailed then
        failure.raise("usage", "--detailed says how wherry verify tells what differs", "add --verify-only, or run: "
            .. "wherry verify --detailed")
    end
    local options, wanted, kind = read(values, context)
    local core, output = context.core(), context.console
    local reports = reporting.begin(context, values.report, options.source, wanted or options.path)
    output:begin_progress(core)
    core.sys.signals()
    local result = reporting.around(reports, "run", function()
        return work(options, wanted, kind, context)
    end)
    output.progress:clear()
    if result.target and result.target.origin == "private server" then
        local look = result.exit == 0 and not result.target.file and result.target.database
        output:log("info", ("the private server goes on running: %swherry pg stop ends it"):format(
            look and ("wherry pg psql %s looks into it, "):format(look) or ""))
    end
    reporting.write(reports, result)
    answer(result, context, wanted == "-")
    context.writing = false
    return result.exit
end

return run
