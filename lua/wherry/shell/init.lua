-- shell/init.lua: a shell over both databases: Lua and SQL, line by line; only a file ends at its first error.
local commands = require "wherry.shell.commands"
local cell = require "wherry.shell.cell"
local failure = require "wherry.failure"
local grid = require "wherry.shell.grid"
local pretty = require "wherry.shell.pretty"
local report = require "wherry.report"
local statement = require "wherry.shell.statement"

local shell = {}
shell.__index = shell

local INSTRUCTIONS = 10000 -- of Lua between two looks whether Ctrl-C was pressed
local READ_ONLY = "25006" -- SQLSTATE
local OWN = debug.getinfo(1, "S").source -- of functions that are not ended by Ctrl-C, but end others
local INTERRUPTED, TERMINATED = 130, 143 -- exit codes

---@class wherry.Shell
---@field core table wherry.core
---@field console wherry.Console
---@field databases wherry.ShellDatabases
---@field input wherry.Input
---@field history wherry.History|nil
---@field current string where SQL goes: a name of databases.names
---@field environment table the globals of what is typed
---@field left boolean .quit was typed
---@field exit integer

-- The globals: those of Lua, w, plan, src and dst; the databases are opened when they are named.
local function environment_of(self)
    local ends = { src = true, dst = true }
    return setmetatable({
        w = require "wherry", plan = self.databases.plan,
        print = function(...)
            local words = table.pack(...)
            for i = 1, words.n do
                words[i] = tostring(words[i])
            end
            self:say(table.concat(words, "\t", 1, words.n))
        end,
    }, { __index = function(_, name)
        return ends[name] and self.databases:value(name) or _G[name]
    end })
end

---@param options { core: table, console: wherry.Console, databases: wherry.ShellDatabases, input: wherry.Input,
---history: wherry.History? }
---@return wherry.Shell
function shell.new(options)
    local self = setmetatable({ core = options.core, console = options.console, databases = options.databases,
        input = options.input, history = options.history, left = false, exit = 0 }, shell)
    self.current = self.databases.names[1] or "dst"
    self.environment = environment_of(self)
    return self
end

---Shows a text and ends its line.
---@param text string
function shell:say(text)
    self.console:out(text .. "\n")
end

---Where tables are drawn.
---@return { out: fun(text: string), columns: integer|nil }
function shell:screen()
    return {
        out = function(text)
            self:look()
            self.console:out(text)
        end,
        columns = self.console.terminal_out and self.core.sys.columns(1) or nil,
    }
end

---Raises when Ctrl-C was pressed.
function shell:look()
    if self.core.sys.stopped() then
        failure.raise("interrupted", "interrupted")
    end
end

local function counted(count, what)
    return ("(%d %s%s)"):format(count, what, count == 1 and "" or "s")
end

-- Draws the rows of a cursor, which ends with them.
local function draw(self, cursor)
    local count = grid.write(self:screen(), cursor:columns(), function() return cursor:list() end)
    self:say(counted(count, "row"))
end

---Runs a statement of SQL and shows what it gives.
---@param sql string
---@param name string|nil where it runs
function shell:sql(sql, name)
    local handle = self.databases:open(name or self.current)
    if handle:gives_rows(sql) then
        local cursor <close> = handle:cursor(sql)
        draw(self, cursor)
    else
        local changed = handle:exec(sql)
        self:say(changed > 0 and counted(changed, "row") .. " changed" or "done")
    end
end

local function names_of(row)
    local names = {}
    for name in pairs(row) do
        names[#names + 1] = name
    end
    table.sort(names)
    return names
end

-- Rows that were read already: without what is NULL, they know no more of their columns than others of them.
local function draw_rows(self, rows)
    local known, at = {}, 0
    for _, row in ipairs(rows) do
        for name in pairs(row) do
            known[name] = true
        end
    end
    local names = names_of(known)
    grid.write(self:screen(), names, function()
        at = at + 1
        local row, list = rows[at], {}
        for i, name in ipairs(row and names or {}) do
            list[i] = rawget(row, name)
        end
        return row and list
    end)
end

local function class_of(value)
    local metatable = debug.getmetatable(value)
    return type(metatable) == "table" and rawget(metatable, "__name") or nil
end

-- Shows the values of an expression: rows as a table, all else as Lua writes it.
local function show(self, values)
    local last = values[values.n]
    if values.n == 4 and type(values[1]) == "function" and (class_of(last) == "wherry.cursor"
        or class_of(last) == "wherry.statement") then
        draw(self, last)
        last:close()
    elseif values.n == 1 and class_of(last) == "wherry.row" then
        draw_rows(self, { last })
    elseif values.n == 1 and (class_of(last) == "wherry.batch"
        or type(last) == "table" and class_of(last[1]) == "wherry.row") then
        draw_rows(self, last)
    elseif values.n > 0 then
        for i = 1, values.n do
            values[i] = pretty.value(values[i])
        end
        self:say(table.concat(values, "\t", 1, values.n))
    end
end

-- A chunk of an expression or of statements; nil and why not; `more`: it does not end yet.
local function compile(self, text)
    local chunk, of_expression = load("return " .. text, "=shell", "t", self.environment)
    if chunk then
        return chunk
    end
    local compiled, why = load(text, "=shell", "t", self.environment)
    local ends_early = "near '?<eof>'?$"
    return compiled, why, not compiled and (why:find(ends_early) or of_expression:find(ends_early)) ~= nil
end

local function run_lua(self, chunk)
    show(self, table.pack(chunk()))
end

-- Errors: of the interpreter as they are, of ours with what is known; true where one was told.
local function tell(self, fault)
    if not failure.is(fault) then
        self.console:log("plain", cell.text(tostring(fault)))
        return
    elseif fault.kind == "interrupted" then
        self.console:log("plain", "interrupted")
        return
    end
    local hint = fault.sqlstate == READ_ONLY and "dst is written with wherry shell --write, and nothing else is"
        or fault.hint
    self.console:log("plain", report.error_block(failure.new(fault.kind, fault.message, hint, fault)))
end

-- What a failed line makes of the exit code of a file.
local function exit_of(fault)
    local kind = failure.is(fault) and fault.kind
    if kind == "interrupted" then
        return INTERRUPTED
    end
    return (kind == "environment" or kind == "connection" or kind == "source" or kind == "memory") and 3 or 4
end

---Does something that may fail. Ctrl-C ends it, and not the shell.
---@param work fun(...)
---@param ... any
function shell:guarded(work, ...)
    local raised = false
    local function look()
        if self.core.sys.stopped() and debug.getinfo(2, "S").source ~= OWN then
            -- What was typed may catch it: then at other places, some of which are outside of what catches. Not at
            -- once, for what is open is closed meanwhile.
            debug.sethook(look, "", raised and math.random(INSTRUCTIONS // 5) or INSTRUCTIONS)
            raised = true
            self:look()
        end
    end
    debug.sethook(look, "", INSTRUCTIONS)
    local ok, fault = pcall(work, self, ...)
    debug.sethook()
    local signal = self.core.sys.stopped()
    if signal == 2 then
        self.core.sys.acknowledge_stop()
        self.core.sys.signals() -- the next Ctrl-C is a first one again
        if not self.input.interactive then
            self.exit, self.left = INTERRUPTED, true
        end
    elseif signal then
        self.exit, self.left = TERMINATED, true
        return
    end
    if not ok then
        tell(self, fault)
        if not self.input.interactive then
            self.exit, self.left = exit_of(fault), true
        end
    end
    pcall(self.databases.rest, self.databases)
end

-- Runs what is complete of a text; gives what is left of it. At the end of the input nothing is left.
local function advance(self, text, at_end)
    local kind = statement.kind(text)
    if kind == "nothing" then
        return ""
    elseif kind == "command" then
        self:guarded(commands.run, text)
        return ""
    elseif kind == "sql" then
        local sql, rest = statement.split(text)
        if not sql and not at_end then
            return text
        end
        sql = sql or text
        if not statement.is_blank(sql) then
            self:guarded(self.sql, sql)
        end
        return rest or ""
    end
    local chunk, why, more = compile(self, text)
    if more and not at_end then
        return text
    elseif chunk then
        self:guarded(run_lua, chunk)
    else
        self:guarded(function() error(why, 0) end)
    end
    return ""
end

local function prompt_of(self, pending)
    local name = self.databases.known[self.current] and self.current or "wherry"
    return pending == "" and name .. "> " or (" "):rep(#name - 2) .. "..> "
end

---Reads and runs lines until there are no more.
---@return integer exit code
function shell:run()
    local pending = ""
    while not self.left do
        local line, how = self.input.line(prompt_of(self, pending))
        if how == "cancelled" then
            self.core.sys.acknowledge_stop()
            self.core.sys.signals()
            pending = ""
            if not self.input.interactive then
                return INTERRUPTED
            end
        elseif how == "stopped" then
            return TERMINATED
        else
            if self.history and line then
                self.history:add(line)
            end
            local text = pending .. (pending ~= "" and line and "\n" or "") .. (line or "")
            repeat
                local before = text
                text = advance(self, text, line == nil)
            until self.left or text == "" or text == before
            pending = text
            self.left = self.left or line == nil or self.console.failed ~= nil
        end
    end
    return self.exit
end

return shell
