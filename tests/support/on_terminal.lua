-- Programs on a terminal of their own, for the end-to-end tests: what is waited for, what is typed, and what is seen at
-- the end.
local harness = require "tests.support.harness"

local on_terminal = {}

local build = os.getenv "WHERRY_BUILD" or (harness.process.shell "pwd" .. "/build")

---Starts wherry on a terminal. Each step is "wait TEXT", "send TEXT", "resize COLUMNS" or "run COMMAND", as
---tests/support/pty.c has them.
---@param args string[]
---@param steps string[]
---@param options { columns: integer?, env: table<string, string>?, changing: boolean? }|nil
---@return Process
function on_terminal.start(args, steps, options)
    options = options or {}
    local place = harness.process.shell("mktemp -d " .. harness.path "terminal.XXXXXX")
    local file, program = place .. "/steps", place .. "/typed"
    harness.process.write(file, table.concat(steps, "\n") .. "\n")
    harness.process.write(program, ("#!/bin/sh\nexec %s/tests/pty %s %d %s \"$@\"\n"):format(build, file,
        options.columns or 80, os.getenv "WHERRY" or build .. "/wherry"))
    harness.process.shell("chmod +x " .. program)
    harness.command(program)
    local env = { TERM = "xterm", PATH = os.getenv "PATH" }
    for name, value in pairs(options.env or {}) do
        env[name] = value
    end
    local running = harness.start(args, { env = env, changing = options.changing })
    harness.command(nil)
    return running
end

---Runs wherry on a terminal.
---@param args string[]
---@param steps string[]
---@param options table|nil as on_terminal.start takes them
---@return ProcessResult|{ said: string }
function on_terminal.run(args, steps, options)
    return on_terminal.start(args, steps, options):finish(60)
end

---What a terminal that is wide enough shows at the end, line by line.
---@param text string what was written to it: lines, returns, colours, and what deletes to the end of the line
---@return string[] lines
function on_terminal.screen(text)
    local lines, line, at = {}, "", 0
    for before, steers in (text:gsub("\27%[[%d;]*m", "") .. "\n"):gmatch "([^\r\n\27]*)([\r\n\27]%[?K?)" do
        line = line:sub(1, at) .. (" "):rep(at - #line) .. before .. line:sub(at + #before + 1)
        at = at + #before
        if steers == "\n" then
            lines[#lines + 1], line, at = line, "", 0
        elseif steers == "\r" then
            at = 0
        elseif steers == "\27[K" then
            line = line:sub(1, at)
        else
            error(("the terminal is told %q"):format(steers))
        end
    end
    return lines
end

return on_terminal
