-- screen.lua: shows a run that is being watched: redrawn in its place on a terminal, elsewhere a line when something
-- changes and one every ten seconds.
local text = require "wherry.status.text"

local screen = {}
screen.__index = screen

local EVERY_SECONDS = 10

-- A line that is longer than the terminal is wide is cut by it while it does not wrap: then each takes one row.
local NO_WRAP, WRAP, TO_END = "\27[?7l", "\27[?7h", "\27[J"

---@param console wherry.Console
---@param clock fun(): number
function screen.new(console, clock)
    return setmetatable({ console = console, clock = clock, rows = 0, said = nil, at = nil }, screen)
end

local function above(rows)
    return rows > 0 and ("\27[%dA\r"):format(rows) or ""
end

local function draw(self, run)
    local lines = text.block(run, self.console)
    self.console:out(above(self.rows) .. TO_END .. NO_WRAP .. table.concat(lines, "\n") .. WRAP .. "\n")
    self.rows = #lines
end

local function tell(self, run)
    local open = 0
    for _, tbl in ipairs(run.tables or {}) do
        open = open + (tbl.state ~= "loaded" and 1 or 0)
    end
    local said, now = ("%s %s %d %d"):format(run.state, run.phase or "", open, #run.objects), self.clock()
    if said ~= self.said or now - self.at >= EVERY_SECONDS then
        self.said, self.at = said, now
        self.console:out(text.line(run) .. "\n")
    end
end

--- Takes a run as it is now.
---@param run wherry.RunStatus
function screen:update(run)
    if self.console.terminal_out then
        draw(self, run)
    elseif not self.console.quiet then
        tell(self, run)
    end
end

--- Takes away what is drawn, for what comes in its place.
function screen:clear()
    if self.rows > 0 then
        self.console:raw(above(self.rows) .. TO_END)
        self.rows = 0
    end
end

--- Leaves what is drawn where it is: the next one comes below.
function screen:leave()
    self.rows = 0
end

return screen
