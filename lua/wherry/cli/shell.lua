-- shell: Lua and SQL over both databases, line by line.
local choices = require "wherry.cli.choices"
local failure = require "wherry.failure"
local state_directory = require "wherry.state_directory"

local command = { name = "shell", group = "write", summary = "Try Lua and SQL over both databases" }

command.description = "Opens a shell with src, dst and w: Lua as scripts have it, SQL up to a semicolon. SRC is a "
    .. "SQLite file, a PostgreSQL URL or a script, whose ends are taken; DST is chosen as run would choose it. Neither "
    .. "is opened before it is used. Lines of a file or a pipe are run one after the other, up to the first error."

function command.define(parser)
    parser:usage "Usage: wherry shell [--write] [SRC|SCRIPT] [DST]"
    local source_option, target_option = choices.define_ends(parser)
    parser:group("What may be done", parser:flag("--write", "dst may be written; the source never is."))
    parser:group("Other spellings", source_option, target_option)
    parser:epilog "See also: wherry help library, tools, shell."
end

local function options_of(values, context)
    return {
        source = choices.either(values.source, values.source_option, "the source"),
        target = choices.either(values.target, values.target_option, "the target"),
        write = values.write or false, getenv = context.getenv,
        log = function(level, text)
            if level ~= "info" then
                context.console:log(level, text)
            end
        end,
    }
end

-- Where the lines are kept; nil where there is no place for them.
local function directory(context, core)
    local ok, path = pcall(state_directory, core, context.getenv, "the history of the shell", "")
    return ok and path or nil
end

local function greet(shell)
    local lines = {}
    for i, name in ipairs(shell.databases.names) do
        local one = shell.databases.known[name]
        lines[i] = ("%s  %s%s"):format(name, one.label, one.write and " (may be written)" or "")
    end
    lines[#lines + 1] = ".help says what can be typed; Ctrl-D leaves"
    shell:say(table.concat(lines, "\n"))
end

function command.run(values, context)
    if context.json then
        failure.raise("usage", "shell has no --json", "it prints tables, and what scripts print")
    end
    local core, console = context.core(), context.console
    core.sys.signals()
    local history = require "wherry.shell.history".open(core, core.sys.isatty(0) and directory(context, core))
    local complete = require "wherry.shell.complete"
    local found = require "wherry.shell.databases".find(options_of(values, context), core)
    local shell
    local input = require "wherry.shell.input".open(core, console, history, function(before)
        return complete.find(shell, before)
    end)
    shell = require "wherry.shell".new { core = core, console = console, databases = found, input = input,
        history = history }
    if input.interactive then
        greet(shell)
    end
    local code = shell:run()
    pcall(found.close, found)
    return code
end

return command
