-- progress.lua: how far a run is, on stderr: a line for each finished table, and on a terminal one bar line below them
-- that is drawn again and again, elsewhere a line every ten seconds.
local place = require "wherry.place"

local progress = {}
progress.__index = progress

local EVERY_SECONDS = 10
local REDRAW_SECONDS = 0.1
local LEAST_NAME = 12 -- characters of a name that a narrow terminal shows in any case

---@class wherry.ProgressReport
---@field phase string? what is done with the tables, where it is no load: "checking", "comparing"
---@field table string
---@field rows integer? rows of the table done so far; nil: nobody counts them
---@field total integer?
---@field all_rows integer? rows of all tables so far
---@field all_total integer? rows of all tables; nil where they are not told of, or, over lanes, not counted yet
---@field all_before integer? of these: were there before the load began
---@field seconds number? since the load began
---@field lanes integer? at work
---@field unsent integer? bytes that are encoded and wait for the connections: how far these lag behind the readers
---@field building integer? indexes and constraints that are being built ..
---@field builds_done integer? .. and were built, ..
---@field builds integer? .. of so many
---@field done boolean?

--- 1234567 as 1,234,567.
---@param number integer
---@return string
function progress.grouped(number)
    local digits = ("%d"):format(number)
    local sign, rest = digits:match "^(-?)(%d+)$"
    return sign .. rest:reverse():gsub("(%d%d%d)", "%1,"):gsub(",$", ""):reverse()
end

---@class wherry.ProgressOptions
---@field stderr file*
---@field terminal boolean
---@field clock fun(): number
---@field quiet boolean?
---@field width fun(): integer? of the terminal, which may be made wider or narrower meanwhile
---@field drawn fun(is: boolean)? told before the bar is drawn, and when it is gone

---@param options wherry.ProgressOptions
function progress.new(options)
    return setmetatable({
        stderr = options.stderr, terminal = options.terminal, clock = options.clock, quiet = options.quiet,
        width = options.width, tell_drawn = options.drawn or function() end, drawn = false, last = nil,
    }, progress)
end

local function rate_of(report)
    local rows = report.all_rows or report.rows or 0
    if report.seconds and report.seconds > 0.05 and rows > 0 then
        return ("%s rows/s"):format(progress.grouped(math.floor(rows / report.seconds)))
    end
    return nil
end

-- Always there while tables are loaded: that nothing waits says who is the slower one, too.
local function unsent_of(report)
    return report.unsent and ("%.1f MB unsent"):format(report.unsent / (1024 * 1024))
end

-- No more than `width` characters of a text; bytes, where it is not UTF-8.
local function cut(text, width)
    local length = utf8.len(text) or #text
    if length <= width then
        return text
    elseif width < 4 then
        return ""
    end
    local behind = utf8.len(text) and utf8.offset(text, width - 2) or width - 2
    return text:sub(1, behind - 1) .. "..."
end

-- A name from an untrusted file must not steer the terminal.
local function name_of(report)
    local name = place.printable(report.table)
    return (report.phase and name ~= "") and ("%s %s"):format(report.phase, name) or report.phase or name
end

local function count_of(report)
    if not report.rows then
        return nil
    end
    local total = report.total and " of " .. progress.grouped(report.total) or ""
    return ("%s%s rows"):format(progress.grouped(report.rows), total)
end

--- A duration, as one says it of what will take that long.
---@param seconds number
---@return string
function progress.span(seconds)
    if seconds < 1 then
        return "less than a second"
    elseif seconds < 120 then
        return ("%.0f s"):format(seconds)
    elseif seconds < 7200 then
        return ("%.0f minutes"):format(seconds / 60)
    end
    return ("%.1f hours"):format(seconds / 3600)
end

--- The time that something will take still.
---@param seconds number
---@return string
function progress.left(seconds)
    return ("%s%s left"):format(seconds < 1 and "" or "about ", progress.span(seconds))
end

-- Until all rows are there, at the rate so far.
local function time_left(report)
    local left = report.all_total and report.all_total - report.all_before - report.all_rows
    if not left or left <= 0 or report.all_rows == 0 or not report.seconds or report.seconds < 1 then
        return nil
    end
    return progress.left(left * report.seconds / report.all_rows)
end

-- The parts of a line as it shows them, each with its rank in the order in which they are left out, or said in fewer
-- words first, where the line would be too long; no number is ever cut. The rate is that of the whole load.
local function parts_of(report)
    local named, parts = report.table ~= "", {}
    local function add(rank, text, short)
        parts[#parts + 1] = text and { rank = rank, text = text, short = short } or nil
    end
    add(6, named and count_of(report) or nil)
    add(4, named and rate_of(report) or nil)
    if (report.building or 0) > 0 then
        local done = ("%d of %d"):format(report.builds_done, report.builds)
        add(2, ("builds indexes and constraints, %s done"):format(done), ("builds %s"):format(done))
    end
    add(3, named and time_left(report) or nil)
    add(1, (report.lanes or 0) > 1 and report.lanes .. " lanes" or nil)
    add(0, named and unsent_of(report) or nil)
    return parts
end

local function joined(parts)
    local texts = {}
    for index, part in ipairs(parts) do
        texts[index] = part.text
    end
    return table.concat(texts, ", ")
end

local function shorten(parts)
    local least = 1
    for index, part in ipairs(parts) do
        least = part.rank < parts[least].rank and index or least
    end
    local part = parts[least]
    if part.short then
        parts[least] = { rank = 5, text = part.short }
    else
        table.remove(parts, least)
    end
end

-- Of a line that would be longer than `width` parts are shortened or left out, and names cut.
local function line_of(report, width)
    local parts, name = parts_of(report), name_of(report)
    local least = name == "" and 0 or math.min(utf8.len(name) or #name, LEAST_NAME) + 2
    local text = joined(parts)
    while width and parts[1] and least + #text > width do
        shorten(parts)
        text = joined(parts)
    end
    if name == "" then
        return text
    elseif text == "" then
        return width and cut(name, width) or name
    end
    return ("%s: %s"):format(width and cut(name, math.max(width - #text - 2, LEAST_NAME)) or name, text)
end

-- How much of the load is done, where that is known, else of the table. A load over lanes shows no share until its rows
-- are counted: that of a table would go back to nothing then.
local function share_of(report)
    if report.all_total then
        return report.all_total > 0 and math.min((report.all_before + report.all_rows) / report.all_total, 1)
    elseif report.lanes then
        return nil
    end
    return report.rows and report.total and report.total > 0 and math.min(report.rows / report.total, 1)
end

-- The share as a bar, or as a number alone where there is no room for one.
local function bar_of(report, width)
    local share = share_of(report)
    if not share then
        return cut(line_of(report, width - 1), width - 1)
    end
    local text = ("%3d%% %s"):format(share * 100 // 1 | 0, line_of(report, width - 6))
    local cells = math.min(20, width - (utf8.len(text) or #text) - 4)
    if cells < 5 then
        return text
    end
    local full = math.floor(cells * share)
    return ("[%s%s] %s"):format(("#"):rep(full), ("."):rep(cells - full), text)
end

local function draw(self, report)
    self.tell_drawn(true)
    self.stderr:write("\r\27[K", bar_of(report, self.width and self.width() or 80))
    self.stderr:flush()
    self.drawn = true
end

local function tell(self, text)
    self.stderr:write(text, "\n")
    self.stderr:flush()
end

--- Takes one report of the engine, which tells of every finished table once.
---@param report wherry.ProgressReport
function progress:update(report)
    if self.quiet then
        return
    end
    local now = self.clock()
    self.last = self.last or now
    if report.done then
        self:clear()
        local count = count_of(report)
        tell(self, ("%s: %sdone"):format(name_of(report), count and count .. ", " or ""))
    elseif self.terminal and (not self.drawn or now - self.last >= REDRAW_SECONDS) then
        self.last = now
        draw(self, report)
    elseif not self.terminal and now - self.last >= EVERY_SECONDS then
        self.last = now
        tell(self, line_of(report))
    end
end

--- Removes the bar, so that a line can be written in its place.
function progress:clear()
    if self.drawn then
        self.stderr:write "\r\27[K"
        self.stderr:flush()
        self.drawn = false
        self.tell_drawn(false)
    end
end

return progress
