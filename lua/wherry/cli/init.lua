-- cli/init.lua: the command line: finds the command, runs it under one protected call, turns every end into an exit
-- code. stdout is the result (with --json exactly one document, whatever happens), stderr is everything else.
local arguments = require "wherry.cli.arguments"
local console = require "wherry.cli.console"
local document = require "wherry.report.document"
local failure = require "wherry.failure"
local json = require "wherry.json"
local report = require "wherry.report"
local url = require "wherry.url"

local cli = {}

-- One table of commands, in the order in which the help shows them.
cli.commands = {
    require "wherry.cli.inspect", require "wherry.cli.plan", require "wherry.cli.check", require "wherry.cli.run",
    require "wherry.cli.verify",
    require "wherry.cli.status", require "wherry.cli.rejects", require "wherry.cli.forget",
    require "wherry.cli.snapshot", require "wherry.cli.starter", require "wherry.cli.shell", require "wherry.cli.pg",
    require "wherry.cli.dsn", require "wherry.cli.help", (require "wherry.cli.version"), -- require gives a second value
}

---@class wherry.Context what a command gets
---@field console wherry.Console
---@field json boolean
---@field getenv fun(name: string): string|nil
---@field core fun(): table wherry.core, loaded when it is needed
---@field engine fun(): table
---@field back fun(): table
---@field preview fun(): table
---@field check fun(): table
---@field verification fun(): table
---@field verification_back fun(): table
---@field looking fun(): table
---@field retry fun(): table
---@field status fun(): table
---@field forget fun(): table
---@field argv string[]
---@field respond fun(document: table, text: string)

-- Without the core (a broken installation) help and usage errors must work still.
local function isatty_of(injected)
    if injected.isatty then
        return injected.isatty
    end
    local ok, core = pcall(require, "wherry.core")
    return ok and core.sys and core.sys.isatty or function() return false end
end

local function new_context(argv, injected)
    local context = {
        argv = argv, json = arguments.has(argv, "--json"), getenv = injected.getenv or os.getenv,
        core = function() return injected.core or require "wherry.core" end,
        engine = function() return injected.engine or require "wherry.engine" end,
        back = function() return injected.back or require "wherry.back.engine" end,
        preview = function() return injected.preview or require "wherry.preview" end,
        check = function() return injected.check or require "wherry.check" end,
        verification = function() return injected.verification or require "wherry.verification" end,
        verification_back = function()
            return injected.verification_back or require "wherry.verification.back"
        end,
        looking = function() return injected.looking or require "wherry.rejects.looking" end,
        retry = function() return injected.retry or require "wherry.rejects.retry" end,
        status = function() return injected.status or require "wherry.status" end,
        forget = function() return injected.forget or require "wherry.status.forget" end,
    }
    context.console = console.new { stdout = injected.stdout, stderr = injected.stderr, getenv = context.getenv,
        isatty = isatty_of(injected) }
    context.console.quiet = arguments.has(argv, "--quiet", "-q")
    context.console.verbose = arguments.has(argv, "--verbose", "-v")
    function context.respond(answer, text)
        if context.json then
            context.console:raw(json.encode(document.mask(answer, context.console.secrets)) .. "\n")
        else
            context.console:out(text)
        end
    end
    return context
end

-- Words that stand in messages anyway. A password that is one of them ("postgres") is no secret, and taking it out
-- everywhere would leave URLs unreadable; inside URLs and connection strings its place is masked all the same.
local EVERYDAY = "postgresql password localhost wherry public sqlite"

local function without_everyday(secrets, around)
    local list = {}
    for _, secret in ipairs(secrets) do
        if not (EVERYDAY .. " " .. around):find(secret, 1, true) then
            list[#list + 1] = secret
        end
    end
    return list
end

local function secrets_of(text)
    local form = url.form(text)
    if form == "path" then
        -- "user:password@host/db", a URL that has lost its scheme
        return { text:match "^[^:/@%s]+:(.+)@[^@]+$" }
    elseif form ~= "postgresql" and form ~= "keywords" then
        return {}
    end
    local ok, parsed = pcall(url.parse, text)
    return ok and without_everyday(parsed.secrets, parsed.masked) or {}
end

-- Learns every password there is to hide, before anything can be printed. True when one stands on the command line.
local function hide_secrets(context)
    local found = false
    for _, word in ipairs(context.argv) do
        local secrets = secrets_of(word:match "^%-%-[%w-]+=(.*)$" or word)
        found = found or #secrets > 0
        context.console:hide(secrets)
    end
    context.console:hide(secrets_of(context.getenv "DATABASE_URL" or ""))
    local around = ("%s %s %s"):format(context.getenv "PGUSER" or "", context.getenv "PGDATABASE" or "",
        context.getenv "PGHOST" or "")
    context.console:hide(without_everyday({ context.getenv "PGPASSWORD" or "" }, around))
    return found
end

local function run_command(context)
    local password_given = hide_secrets(context)
    local read = arguments.read(cli.commands, context.argv)
    if read.help then
        if context.json then
            context.respond({ schema = 1, command = "help", text = read.help, error = json.null })
        else
            context.console:raw(read.help)
        end
        return 0
    end
    context.command = read.command.name
    if password_given then
        context.console:log("warning", "a password on the command line can be seen by every user of this machine; "
            .. "put it into ~/.pgpass (PGPASSFILE) or a service file (PGSERVICE)")
    end
    return read.command.run(read.values, context)
end

-- A mistake of our own keeps its traceback; a structured error needs none.
local function with_traceback(raised)
    if failure.is(raised) then
        return raised
    end
    return failure.new("internal", tostring(raised), "please report this; --verbose shows where it happened",
        { traceback = debug.traceback("", 2) })
end

local function exit_code(context, fault)
    if fault.kind == "interrupted" then
        local signal = context.core().sys.stopped()
        return signal == 15 and 143 or 130
    elseif context.writing then
        -- Something broke while or after the engine worked: what is in the target is known to the journal only.
        return 5
    end
    return failure.exit_code(fault)
end

local function tell(context, fault)
    local command = context.command or arguments.command_word(context.argv)
    if context.json then
        context.respond(document.of_error(command, fault))
        return
    end
    if fault.kind == "usage" then
        local text = fault.message .. (fault.hint and ("\n  %s"):format(fault.hint) or "")
        context.console:log("plain", "wherry: " .. text)
    else
        context.console:log("plain", report.error_block(fault))
    end
    if fault.traceback and context.console.verbose then
        context.console:log("plain", fault.traceback)
    end
end

--- Runs a command line.
---@param argv string[]
---@param injected { stdout: file*?, stderr: file*?, getenv: function?, core: table?, engine: table? }? for tests
---@return integer exit code
function cli.main(argv, injected)
    local context = new_context(argv, injected or {})
    local ok, result = xpcall(run_command, with_traceback, context)
    if context.console.progress then
        context.console.progress:clear()
    end
    local code
    if ok then
        code = result
    else
        code = exit_code(context, result)
        tell(context, result)
    end
    if context.console.failed and code == 0 then
        context.console:log("error", "stdout could not be written: " .. context.console.failed)
        return 3
    end
    return code
end

return cli
