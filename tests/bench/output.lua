-- The results of the bench of whole runs as text, as a Markdown table and as JSON.
local cjson = require "cjson"
local statistics = require "tests.bench.statistics"

local output = {}

local FIGURES = { "wall", "own", "server", "others", "peak" }

---@class BenchLine
---@field run BenchRun
---@field results BenchResult[]  of each turn
---@field contents string|nil
---@field absent string|nil      why it was not run
---@field failed string|nil      how it failed

-- What a run costs more than the one that does less.
local function add_differences(lines)
    local floor, by_name = lines[1], {}
    for _, line in ipairs(lines) do
        by_name[line.run.name] = line
    end
    for _, line in ipairs(lines) do
        local less = by_name[line.run.added_to]
        if less and less.wall and line.wall and floor.wall then
            line.added = { to = less.run.name, wall = line.wall - less.wall, own = line.own - less.own,
                server = line.server - less.server, ratio = (line.wall - less.wall) / floor.wall,
                own_ratio = (line.own - less.own) / (floor.own + floor.server) }
        end
    end
end

---Adds the medians, and the ratios: to the first line, the floor, and to that of wherry as it comes.
---@param lines BenchLine[]
---@param name string  of wherry's run
function output.summarize(lines, name)
    local floor, wherry = lines[1], nil
    for _, line in ipairs(lines) do
        if line.results[1] and not line.failed then
            for _, figure in ipairs(FIGURES) do
                local values = {}
                for i, result in ipairs(line.results) do
                    values[i] = result[figure]
                end
                line[figure] = statistics.median(values)
                if figure == "wall" then
                    line.least, line.most = math.min(table.unpack(values)), math.max(table.unpack(values))
                end
            end
            wherry = line.run.name == name and line or wherry
        end
    end
    for _, line in ipairs(lines) do
        if line.wall and floor.wall then
            line.ratio = line.wall / floor.wall
            line.cpu_ratio = (line.own + line.server) / (floor.own + floor.server)
        end
        if line.wall and wherry then
            line.wherry_ratio = line.wall / wherry.wall
        end
    end
    add_differences(lines)
end

local function ratio(value, unit)
    return value and ("%.2f%s"):format(value, unit or "") or "-"
end

local function cells(line, letter)
    if not line.wall then
        return { line.run.name, "-", "-", "-", "-", "-", "-", "-", "-", "-" }, line.failed or line.absent
    end
    return { line.run.name, ("%.2f"):format(line.wall), ("%.2f-%.2f"):format(line.least, line.most),
        ratio(line.ratio, " " .. letter), ratio(line.wherry_ratio), ("%.2f"):format(line.own),
        ("%.2f"):format(line.server), ratio(line.cpu_ratio), ("%.1f"):format(line.others),
        ("%.0f"):format(line.peak) }, line.contents
end

-- A line for each difference.
local function differences(lines, letter)
    local out = {}
    for _, line in ipairs(lines) do
        local added = line.added
        if added then
            out[#out + 1] = ("%s adds to %s: %+.2f %s (%+.2f s); %+.2f s of its own CPU (%+.1f %% of the floor's), "
                .. "%+.2f s of the server's"):format(line.run.name, added.to, added.ratio, letter, added.wall,
                added.own, 100 * added.own_ratio, added.server)
        end
    end
    return out
end

local HEAD = { "run", "wall s", "least-most", "of floor", "of wherry", "own CPU s", "server CPU s", "CPU of floor",
    "others' CPU s", "peak MB" }

local function text(title, lines, letter)
    local rows, last = {}, {}
    for i, line in ipairs(lines) do
        rows[i], last[i] = cells(line, letter)
    end
    local i = -1
    local body = statistics.columns(HEAD, rows):gsub("[^\n]+", function(row)
        i = i + 1
        return row .. "  " .. (i == 0 and "contents" or last[i])
    end)
    local legend = {}
    for k, line in ipairs(lines) do
        legend[k] = ("  %s: %s"):format(line.run.name, line.run.what)
    end
    local more = differences(lines, letter)
    return ("%s\n\n%s\n\n%s\n"):format(title, body, table.concat(legend, "\n"))
        .. (more[1] and "\n" .. table.concat(more, "\n") .. "\n" or "")
end

local function markdown(title, lines, letter)
    local head = table.move(HEAD, 1, #HEAD, 1, {})
    head[#head + 1] = "contents"
    local out = { title, "", "| " .. table.concat(head, " | ") .. " |", "|---" .. ("|---:"):rep(#HEAD - 1) .. "|---|" }
    for _, line in ipairs(lines) do
        local row, last = cells(line, letter)
        row[1] = line.run.what
        row[#row + 1] = last
        out[#out + 1] = "| " .. table.concat(row, " | ") .. " |"
    end
    for i, difference in ipairs(differences(lines, letter)) do
        out[#out + 1] = (i == 1 and "\n- " or "- ") .. difference
    end
    return table.concat(out, "\n") .. "\n"
end

local function json(head, tables)
    local document = { settings = head }
    for _, t in ipairs(tables) do
        local list = {}
        for i, line in ipairs(t.lines) do
            list[i] = { name = line.run.name, what = line.run.what, wall = line.wall, own = line.own,
                server = line.server, others = line.others, peak = line.peak, ratio = line.ratio,
                cpu_ratio = line.cpu_ratio, wherry_ratio = line.wherry_ratio, contents = line.contents,
                added = line.added, absent = line.failed or line.absent,
                turns = line.results[1] and line.results or nil }
        end
        document[t.name] = list
    end
    return cjson.encode(document) .. "\n"
end

---@param format string
---@param head string[]  what was measured, and on what
---@param tables { name: string, title: string, letter: string, lines: BenchLine[] }[]
---@return string
function output.render(format, head, tables)
    if format == "json" then
        return json(head, tables)
    end
    local bullet = format == "markdown" and "- " or ""
    local out = {}
    for i, line in ipairs(head) do
        out[i] = bullet .. line .. "\n"
    end
    for _, t in ipairs(tables) do
        out[#out + 1] = "\n" .. (format == "markdown" and markdown or text)(t.title, t.lines, t.letter)
    end
    return table.concat(out)
end

return output
