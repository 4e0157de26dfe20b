-- input.lua: where the lines of the shell come from: an editor on a terminal, or the standard input as it is.
local editor = require "wherry.shell.editor"

local input = {}

---@class wherry.Input
---@field interactive boolean somebody types: prompts, and errors do not end it
---@field line fun(prompt: string): string|nil, "line"|"cancelled"|"end"|"stopped"

-- Keys on a terminal. Between two lines it is as every program expects it.
local function typed(core, console, history, complete)
    local edited = editor.new { history = history.lines, complete = complete,
        write = function(text) console:raw(text) end,
        columns = function() return core.sys.columns(1) or 80 end }
    return function(prompt)
        local terminal <close> = core.terminal.open(0)
        local line, how = edited:read(prompt, function() return terminal:read() end)
        return line, core.sys.stopped() and "stopped" or how
    end
end

-- Lines of a file or of a pipe; of a terminal that can't be drawn on, too, where a Ctrl-C cancels the line.
local function plain(core, stdin, prompter)
    return function(prompt)
        prompter(prompt)
        local line = stdin:read "L"
        if core.sys.stopped() then
            return nil, core.sys.stopped() == 2 and "cancelled" or "stopped"
        elseif not line then
            return nil, "end"
        end
        return (line:gsub("\r?\n$", "")), "line"
    end
end

---@param core table wherry.core
---@param console wherry.Console
---@param history wherry.History
---@param complete fun(before: string): string[], integer
---@return wherry.Input
function input.open(core, console, history, complete)
    local interactive = core.sys.isatty(0)
    if interactive and console.terminal_out then
        return { interactive = true, line = typed(core, console, history, complete) }
    end
    return { interactive = interactive, line = plain(core, io.stdin, function(prompt)
        if interactive then
            console.stderr:write(prompt)
            console.stderr:flush()
        end
    end) }
end

return input
