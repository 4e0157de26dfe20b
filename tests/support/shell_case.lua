-- The shell on a terminal of its own, for the end-to-end tests: what is waited for, and what is typed.
local on_terminal = require "tests.support.on_terminal"

---Runs `wherry shell` on a terminal; `typed` makes the steps of lines.
---@param args string[]
---@param steps string[] as on_terminal.run takes them
---@param options table|nil the same
---@return ProcessResult|{ said: string }
local function run(args, steps, options)
    return on_terminal.run({ "shell", table.unpack(args) }, steps, options)
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
