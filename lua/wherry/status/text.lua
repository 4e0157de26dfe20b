-- text.lua: runs as text: a block for each, a line where there is no terminal to redraw, the whole answer.
local place = require "wherry.place"
local progress = require "wherry.progress"
local report_counts = require "wherry.report.counts"
local statements = require "wherry.statements"

local text = {}

local LISTED, TABLES = 5, 3

local grouped, printable, span = progress.grouped, place.printable, progress.span

local heads = {
    running = "is running", stopped = "stopped half-way", removed = "was taken back",
    dead = "is dead: no session holds the lock of its journal",
}
local phases = { loading = "loads rows", placing = "puts keys and indexes in place", finishing = "compares both sides" }
local ends = {
    verified = "every value of every row is the same on both sides", counted = "every row is accounted for",
    loaded = "loaded, not verified",
    differs = "DIFFERS: not all is as it should be",
}

local function head(run)
    if run.state == "done" then
        return ("run %d is done: %s"):format(run.id, ends[run.status] or printable(run.status))
    end
    local more = run.phase and phases[run.phase] or run.state == "stopped" and run.status and printable(run.status)
    return ("run %d %s%s"):format(run.id, heads[run.state], more and ": " .. more or "")
end

local function when(seconds)
    return os.date("%Y-%m-%d %H:%M:%S", math.floor(seconds))
end

local function share(read, expected)
    if not expected then
        return ("%s rows"):format(grouped(read))
    elseif expected == 0 or read > expected then
        return ("%s of %s rows"):format(grouped(read), grouped(expected))
    end
    return ("%s of %s rows (%d%%)"):format(grouped(read), grouped(expected), read * 100 // expected)
end

local function lanes(run)
    if run.phase ~= "loading" and run.phase ~= "placing" or run.lanes == 0 then
        return nil
    end
    return run.lanes == 1 and "1 lane" or run.lanes .. " lanes"
end

local function rows(run)
    local parts = { share(run.read, run.expected) }
    if run.rate then
        parts[#parts + 1] = grouped(math.floor(run.rate)) .. " rows/s"
    end
    if run.eta then
        parts[#parts + 1] = progress.left(run.eta)
    end
    parts[#parts + 1] = lanes(run)
    return table.concat(parts, ", ")
end

-- Between two steps no session writes: then it is the tables that are not read wholly.
local function under_way(tables)
    local writing, begun = {}, {}
    for _, tbl in ipairs(tables) do
        writing[#writing + 1] = tbl.under_way and tbl or nil
        begun[#begun + 1] = tbl.state == "loading" and tbl or nil
    end
    return writing[1] and writing or begun
end

-- How many tables are loaded, and which are being loaded.
local function tables_line(run)
    local named, loaded, more = {}, 0, 0
    for _, tbl in ipairs(run.tables or {}) do
        loaded = loaded + (tbl.state == "loaded" and 1 or 0)
    end
    for index, tbl in ipairs(run.phase == "loading" and under_way(run.tables or {}) or {}) do
        if index <= TABLES then
            named[index] = ("%s %s"):format(printable(tbl.table), share(tbl.read, tbl.expected))
        else
            more = more + 1
        end
    end
    if not run.tables or not run.tables[1] then
        return nil
    end
    named[#named + 1] = more > 0 and ("%d more"):format(more) or nil
    local counted = ("%d of %d loaded"):format(loaded, #run.tables)
    return named[1] and ("%s; under way: %s"):format(counted, table.concat(named, ", ")) or counted
end

-- "foreign key 2, index 3": in the order of the kinds.
local function kinds(objects, chosen)
    local counts, names, total = {}, {}, 0
    for _, object in ipairs(objects) do
        if chosen(object) then
            if not counts[object.kind] then
                names[#names + 1] = object.kind
            end
            counts[object.kind] = (counts[object.kind] or 0) + 1
            total = total + 1
        end
    end
    table.sort(names)
    for index, name in ipairs(names) do
        names[index] = ("%s %d"):format(printable(name), counts[name])
    end
    return total > 0 and ("%s (%s)"):format(grouped(total), table.concat(names, ", ")) or nil
end

local function field(lines, name, value)
    if value then
        lines[#lines + 1] = ("  %-10s %s"):format(name .. ":", value)
    end
end

local function named(object)
    return ("%s %s"):format(printable(object.kind), printable(object.name))
end

local function is_aside(object) return object.was_there and object.state ~= "failed" end
local function is_new(object) return not object.was_there and object.state ~= "failed" end

-- At most LISTED of the objects that are chosen.
local function list(run, lines, name, verbose, tell)
    local told, more = 0, 0
    for _, object in ipairs(run.objects) do
        local value = tell(object)
        if value and (told < LISTED or verbose) then
            told = told + 1
            field(lines, name, value)
        elseif value then
            more = more + 1
        end
    end
    field(lines, name, more > 0 and ("... and %d more (--verbose)"):format(more) or nil)
end

local function objects(run, lines, verbose)
    list(run, lines, "building", verbose, function(object)
        return run.phase and object.seconds and ("%s%s, for %s"):format(named(object), object.target and " of "
            .. printable(object.target) or "", span(object.seconds)) or nil
    end)
    field(lines, "aside", kinds(run.objects, is_aside))
    field(lines, "to make", kinds(run.objects, is_new))
    list(run, lines, "failed", verbose, function(object)
        return object.state == "failed" and ("%s: %s%s"):format(named(object), printable(object.reason or ""),
            object.was_there and "; it was put aside and is NOT back" or "") or nil
    end)
end

local function times(run)
    if run.state == "running" then
        return ("since %s (%s)"):format(when(run.started), span(run.seconds))
    elseif run.finished then
        return ("%s to %s (%s)"):format(when(run.started), when(run.finished), span(run.seconds))
    end
    return run.last_step and ("since %s, last step at %s"):format(when(run.started), when(run.last_step))
        or "since " .. when(run.started)
end

local function next_step(run)
    if run.state == "dead" and run.sessions > 0 then
        return ("%d of its sessions are still at work in the server; wherry run ... --resume goes on with it"):format(
            run.sessions)
    elseif run.state == "dead" or run.state == "stopped" then
        return "wherry run ... --resume goes on with it, --restart takes it back"
    end
    return run.objects[1] and run.state == "done" and "mend what is in the way, and wherry run ... --resume" or nil
end

local SHOWN_SOURCES = 5

local function sources(run, lines)
    if not run.files then
        field(lines, "source", run.path and printable(run.path) .. (run.fenced == false and " (without a fence)" or ""))
        return
    end
    for index, file in ipairs(run.files) do
        if index > SHOWN_SOURCES then
            field(lines, "source", ("... and %d more"):format(#run.files - SHOWN_SOURCES))
            break
        end
        field(lines, "source", ("%s: %s%s%s"):format(printable(file.name), printable(file.path),
            file.fenced and "" or " (without a fence)", file.copy and ", copy " .. printable(file.copy) or ""))
    end
end

--- A run as a block of lines.
---@param run wherry.RunStatus
---@param console wherry.Console
---@return string[] lines
function text.block(run, console)
    local lines = {}
    local good = run.state == "running" or run.state == "done" and run.status ~= "differs"
    lines[1] = console:paint(good and "good" or "bad", head(run))
    field(lines, "error", run.error and printable(run.error))
    field(lines, "rows", rows(run))
    field(lines, "tables", run.state ~= "removed" and tables_line(run) or nil)
    objects(run, lines, console.verbose)
    field(lines, "rejects", run.rejects > 0 and ("%s (wherry rejects list ... %d)"):format(grouped(run.rejects), run.id)
        or nil)
    field(lines, "time", times(run))
    field(lines, "by", ("%s on %s, wherry %s"):format(printable(run.operator or "?"), printable(run.host or "?"),
        printable(run.version or "?")))
    field(lines, "command", run.command and printable(run.command))
    sources(run, lines)
    local over = (run.state == "done" or run.state == "removed") and run.rejects == 0 and not run.objects[1]
    field(lines, "copy", run.copy and printable(run.copy) .. (over and " (removed when the run was over)" or ""))
    for _, change in ipairs(run.accepted) do
        field(lines, "accepted", printable(change))
    end
    field(lines, "next", next_step(run))
    return lines
end

--- A run as one line.
---@param run wherry.RunStatus
---@return string
function text.line(run)
    local objects_left = run.phase == "placing" and kinds(run.objects, function(object)
        return object.state ~= "failed"
    end)
    local tables = run.phase == "loading" and tables_line(run)
    return head(run) .. ", " .. rows(run) .. (tables and "; tables: " .. tables or "")
        .. (objects_left and "; left: " .. objects_left or "")
end

-- What the steps counted, as a run tells it at its end.
local function counts(run, console, lines)
    local source, targets = { name = "main", tables = {} }, {}
    for index, tbl in ipairs(run.tables) do
        source.tables[index] = { table = tbl.table, total = tbl.total or tbl.read, excluded = tbl.excluded or 0,
            filtered = tbl.filtered, merged = tbl.merged, rejected = tbl.rejected, passed = tbl.passed }
        targets[index] = { table = tbl.target or tbl.table, inserted = tbl.inserted, updated = tbl.updated,
            skipped = tbl.skipped, seconds = tbl.seconds }
    end
    if source.tables[1] then
        lines[#lines + 1] = ""
        report_counts.add({ sources = { source }, targets = targets, status = run.state ~= "done" and "failed" or nil },
            console, lines)
    end
end

-- The statements of what is put aside or could not be put in place: with these alone it can be done by hand.
local function definitions(run, lines)
    local first = true
    for _, object in ipairs(run.objects) do
        if object.was_there and object.sql then
            if first then
                lines[#lines + 1] = ""
                lines[#lines + 1] = "Put aside, and not back yet:"
                first = false
            end
            for _, sql in ipairs(statements.split(object.sql)) do
                lines[#lines + 1] = ("  %s;"):format(printable(sql))
            end
        end
    end
end

--- The whole answer.
---@param result table
---@param console wherry.Console
---@param one boolean one run was asked for: with its tables and definitions
---@return string
function text.full(result, console, one)
    local lines = {}
    if result.error then
        return ""
    elseif not result.runs[1] then
        return (result.journal and "The target's journal holds no run%s.\n" or "The target has no journal: no run has "
            .. "begun to write there%s.\n"):format(result.of and " of " .. printable(result.of) or "")
    end
    for index, run in ipairs(result.runs) do
        lines[#lines + 1] = index > 1 and "" or nil
        local block = text.block(run, console)
        table.move(block, 1, #block, #lines + 1, lines)
        if one and run.state ~= "removed" then
            counts(run, console, lines)
            definitions(run, lines)
        end
    end
    if result.more then
        lines[#lines + 1] = ""
        lines[#lines + 1] = "There are earlier runs (--all)."
    end
    return table.concat(lines, "\n") .. "\n"
end

return text
