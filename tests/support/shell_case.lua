-- The shell on a terminal of its own, for the end-to-end tests: what is waited for, and what is typed.
local harness = require "tests.support.harness"

local build = os.getenv "WHERRY_BUILD" or (harness.process.shell "pwd" .. "/build")

---Runs `wherry shell` on a terminal. Each step is "wait TEXT" or "send TEXT", as tests/support/pty.c has them; `type`
---of shell_case makes the steps of a line.
---@param args string[]
---@param steps string[]
---@param options { columns: integer?, env: table<string, string>?, changing: boolean? }|nil
---@return ProcessResult|{ said: string }
local function run(args, steps, options)
    options = options or {}
    local file, program = harness.path "steps", harness.path "typed"
    harness.process.write(file, table.concat(steps, "\n") .. "\n")
    harness.process.write(program, ("#!/bin/sh\nexec %s/tests/pty %s %d %s \"$@\"\n"):format(build, file,
        options.columns or 80, os.getenv "WHERRY" or build .. "/wherry"))
    harness.process.shell("chmod +x " .. program)
    harness.command(program)
    local env = { TERM = "xterm", PATH = os.getenv "PATH" }
    for name, value in pairs(options.env or {}) do
        env[name] = value
    end
    return harness.wherry({ "shell", table.unpack(args) }, { env = env, changing = options.changing })
end

---The steps of lines that are typed when the prompt is there, and of Ctrl-D behind them.
---@param ... string a line, or a list of steps
---@return string[]
local function typed(...)
    local steps = {}
    for _, line in ipairs { ... } do
        if type(line) == "table" then
            table.move(line, 1, #line, #steps + 1, steps)
        else
            steps[#steps + 1] = "wait > "
            steps[#steps + 1] = "send " .. line:gsub("\\", "\\\\") .. "\\r"
            steps[#steps + 1] = "wait \\n"
        end
    end
    steps[#steps + 1] = "wait > "
    steps[#steps + 1] = "send \\x04"
    return steps
end

return { run = run, typed = typed }
