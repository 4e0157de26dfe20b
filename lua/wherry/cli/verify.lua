-- verify: whether the target holds what the source does: every value of every row, compared without writing anything.
local arguments = require "wherry.cli.arguments"
local choices = require "wherry.cli.choices"
local document = require "wherry.report.document"
local failure = require "wherry.failure"
local file = require "wherry.back.file"
local json = require "wherry.json"
local options_of = require "wherry.engine.options"
local place = require "wherry.place"
local report = require "wherry.report"
local report_comparison = require "wherry.report.comparison"
local reporting = require "wherry.cli.reporting"
local shallow = require "wherry.shallow"
local target = require "wherry.target"

local verify = { name = "verify", group = "do",
    summary = "Compare every value of every row on both sides, write nothing" }

verify.description = "Compares what SRC (a SQLite file), or what SCRIPT makes of its source, with what stands in DST, "
    .. "as run would choose it: all values of all rows, counts, and what the script's verify says. Rows that differ "
    .. "are named. Nothing is written, and others may go on reading and writing meanwhile. Exit code 1: something "
    .. "differs. A PostgreSQL URL as SRC is compared with the file that was made of it (wherry help way-back)."

local function percent(text)
    local number = tonumber(text:match "^(%d+%.?%d*)%%?$")
    if not number or number <= 0 or number > 100 then
        return nil, ("%q is no share of the rows such as 5%%"):format(text)
    end
    return number
end

function verify.define(command)
    command:usage "Usage: wherry verify [OPTIONS] SRC|SCRIPT [DST]"
    local source_option, target_option = choices.define_ends(command)
    command:group("What is compared",
        command:option("--run", "The run to verify (the newest one of the source that is done)."):argname "RUN"
            :target "run_number":convert(arguments.named("--run", arguments.whole(1, math.maxinteger))),
        command:option("--against", "source: the source as it is now (the default); journal: what the run has read, as "
            .. "its journal knows it."):choices { "source", "journal" },
        command:option("--only", "Only tables that match; may be repeated, takes comma lists."):count "*"
            :argname "GLOB",
        command:option("--skip", "Leave tables that match out; like --only."):count "*":argname "GLOB",
        command:option("--target-schema", "Schema in PostgreSQL (public), where no run is known."):argname "NAME")
    command:group("How",
        command:option("--sample", "Compare only about P% of the rows of each table."):argname "P%"
            :convert(arguments.named("--sample", percent)),
        command:flag("--detailed", "Name all rows that differ, not the first 20 of a table."),
        command:flag("--sql", "Compare nothing: print statements by which sqlite3 and psql say it themselves."),
        reporting.define(command),
        command:option("--jobs --parallel", "Threads that read the source (as many as there are processors).")
            :argname "N":convert(arguments.named("--jobs", arguments.whole(1, options_of.MOST_JOBS))),
        command:option("--journal", "Schema of the journal in the target (wherry)."):argname "NAME")
    command:group("Other spellings", source_option, target_option)
    command:epilog "See also: wherry help verification, report, ledger, journal, exit-codes."
end

local function read_options(values, source, context)
    local path = choices.path(source)
    local wanted = choices.target(values, path, context.core())
    if values.sql and (values.report or values.sample) then
        failure.raise("usage", "--sql compares nothing", "leave out " .. (values.report and "--report" or "--sample"))
    end
    if target.kind(wanted) == "dump" then
        failure.raise("usage", ("%s is a dump: verify looks at a database"):format(wanted),
            "load it into one, and name that")
    end
    return options_of.check {
        source = path, target = wanted, against = values.against or "source", run = values.run_number,
        only = arguments.list(values.only), skip = arguments.list(values.skip),
        target_schema = values.target_schema, journal = values.journal,
        jobs = values.jobs, sample = values.sample, detailed = values.detailed, sql = values.sql,
        from = choices.from(values.source, values.source_option), getenv = context.getenv,
        log = function(level, text) context.console:log(level, text) end,
        progress = function(state) context.console.progress:update(state) end,
    }
end

-- What has no meaning for a file that was made of PostgreSQL.
local FORWARD = { run_number = "run", against = "against", sample = "sample", detailed = "detailed", sql = "sql" }

local function back_options(values, source, context)
    for _, name in ipairs(shallow.keys(FORWARD)) do
        if values[name] then
            failure.raise("usage", ("--%s has no meaning for a file that was made of PostgreSQL"):format(FORWARD[name]),
                "leave it out")
        end
    end
    return { source = source, path = file.path(choices.target(values, source, context.core())),
        schema = values.target_schema or "public", journal = values.journal or "wherry",
        only = arguments.list(values.only), skip = arguments.list(values.skip), jobs = values.jobs,
        log = function(level, text) context.console:log(level, text) end,
        progress = function(state) context.console.progress:update(state) end }
end

-- What argparse adds, the ends, and the options of run that mean something for a verification.
local OF_RUN = {}
for name in ([[command run verify_only detailed sql json quiet verbose help version source source_option target
    target_option target_schema only skip journal jobs report]]):gmatch "%S+" do
    OF_RUN[name] = true
end

---Refuses options of run that say nothing about a verification.
---@param values table
function verify.refuse(values)
    for _, name in ipairs(shallow.keys(values)) do
        local value = values[name]
        if not OF_RUN[name] and value and not (type(value) == "table" and #value == 0) then
            failure.raise("usage", ("--%s has no meaning with --verify-only"):format((name:gsub("_", "-"))),
                "leave it out: nothing is loaded")
        end
    end
end

local AT_ONCE = 1000 -- lines

-- All rows that differ, as they are found: there may be more than a document could hold. Some are written at once.
local function teller(output)
    local lines, last = {}, nil
    local function flush()
        if lines[1] then
            output.progress:clear()
            output:out(table.concat(lines, "\n") .. "\n")
            lines = {}
        end
    end
    local function each(name, one)
        if name ~= last then
            lines[#lines + 1] = (last and "\n" or "") .. place.printable(name) .. ":"
            last = name
        end
        report_comparison.add_difference(one, lines)
        if #lines >= AT_ONCE then
            flush()
        end
    end
    return each, flush
end

---Checks what the words of the command line name; also what `run --verify-only` does.
---@param values table
---@param context wherry.Context
---@return integer exit code
function verify.run(values, context)
    local source = choices.source(values, "verify")
    local core, output = context.core(), context.console
    local is_back = choices.is_pg(source, core)
    local options = (is_back and back_options or read_options)(values, source, context)
    local each, flush = teller(output)
    options.each = options.detailed and not context.json and each or nil
    local reports = reporting.begin(context, values.report, source, options.target or options.path)
    output:begin_progress(core)
    core.sys.signals()
    local result = reporting.around(reports, "verify", function()
        return (is_back and context.verification_back or context.verification)().run(options)
    end)
    flush()
    output.progress:clear()
    if result.sql then
        context.respond({ schema = 1, command = "verify", status = result.status, sql = result.sql, error = json.null },
            result.sql)
        return result.exit
    end
    reporting.write(reports, result)
    if context.json then
        context.respond(document.of(result), "")
        return result.exit
    end
    if result.error then
        output:log("plain", report.error_block(result.error))
    end
    output:out(report.summary(result, output, { verbose = output.verbose }))
    return result.exit
end

return verify
