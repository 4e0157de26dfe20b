-- tables.lua: the tables as bars of rows and of time, and the rows read each second.
local e = require "wherry.report.html.element"
local parts = require "wherry.report.html.parts"
local words = require "wherry.report.html.words"

local tables = {}

local SHOWN = 40

local function bar(class, share, text)
    return e.td({ class = "bar" }, e.div({}, e.span({ class = "track " .. class },
        e.i({ style = ("width:%.4g%%"):format(100 * share) })), e.b({}, text)))
end

local function of_target(entry)
    return { table = entry.table, rows = (entry.passed or 0) + (entry.emitted or 0), seconds = entry.seconds or 0 }
end

-- The targets, those with the most rows first.
local function by_rows(doc)
    local list = {}
    for index, entry in ipairs(doc.targets or {}) do
        list[index] = of_target(entry)
        list[index].place = index
    end
    table.sort(list, function(a, b)
        return a.rows > b.rows or a.rows == b.rows and (a.seconds > b.seconds
            or a.seconds == b.seconds and a.place < b.place)
    end)
    return list
end

---The section of bars; nil without tables.
---@param doc table
---@return wherry.Html|nil
function tables.section(doc)
    local list = by_rows(doc)
    if not list[1] then
        return nil
    end
    local most_rows, most_seconds, rest = 1, 1e-9, { count = 0, rows = 0, seconds = 0 }
    for _, entry in ipairs(list) do
        most_rows, most_seconds = math.max(most_rows, entry.rows), math.max(most_seconds, entry.seconds)
    end
    local rows = {}
    for index, entry in ipairs(list) do
        if index <= SHOWN then
            rows[index] = e.tr({}, parts.name(entry.table),
                bar("rows", entry.rows / most_rows, words.count(entry.rows)),
                bar("time", entry.seconds / most_seconds, ("%.2f s"):format(entry.seconds)))
        else
            rest.count, rest.rows, rest.seconds = rest.count + 1, rest.rows + entry.rows, rest.seconds + entry.seconds
        end
    end
    local foot = rest.count > 0 and e.tr({}, e.td({ class = "name" }, ("and %s more"):format(words.of(rest.count,
        "table"))), e.td({ class = "number" }, words.count(rest.rows)), e.td({ class = "number" },
        ("%.2f s"):format(rest.seconds)))
    return parts.section("tables", "Tables",
        parts.table(rest.count > 0 and ("The %d largest tables; all of them stand in the ledger"):format(SHOWN)
            or "Rows of each target table, and how long its steps took in all lanes",
            { { "target table" }, { "rows", number = true }, { "time", number = true } }, rows, foot))
end

-- Rows a second of each bin, and the highest.
local function rates(bins)
    local list, peak, before = {}, 0, 0
    for index, bin in ipairs(bins) do
        list[index] = bin.rows / math.max(bin.t - before, 1e-3)
        peak, before = math.max(peak, list[index]), bin.t
    end
    return list, peak
end

---What is said of the throughput in one line; nil where nothing is known.
---@param doc table
---@return { rows: integer, seconds: number, mean: number, peak: number }|nil
function tables.throughput(doc)
    local bins = doc.report and doc.report.throughput or {}
    if #bins < 2 then
        return nil
    end
    local rows, _, peak = 0, rates(bins)
    for _, bin in ipairs(bins) do
        rows = rows + bin.rows
    end
    local seconds = bins[#bins].t
    return rows > 0 and seconds > 0 and { rows = rows, seconds = seconds, mean = rows / seconds, peak = peak } or nil
end

-- The next round number of a scale.
local function ceiling(number)
    local power = 10 ^ math.floor(math.log(number, 10))
    for _, step in ipairs { 1, 2, 2.5, 4, 5, 8, 10 } do
        if step * power >= number then
            return step * power
        end
    end
    return 10 * power
end

local WIDTH, HEIGHT = 1000, 200

-- Steps, since a bin is a mean over its time.
local function outline(bins, list, seconds, top)
    local points, before = {}, 0
    for index, bin in ipairs(bins) do
        local y = HEIGHT - HEIGHT * list[index] / top
        points[#points + 1] = ("%.1f %.1f"):format(WIDTH * before / seconds, y)
        points[#points + 1] = ("%.1f %.1f"):format(WIDTH * bin.t / seconds, y)
        before = bin.t
    end
    return "M" .. table.concat(points, "L")
end

local function line(class, x1, y1, x2, y2)
    return e.line { class = class, x1 = x1, y1 = y1, x2 = x2, y2 = y2, ["vector-effect"] = "non-scaling-stroke" }
end

local function at(number)
    return ("%.1f"):format(number)
end

---The section of the throughput; nil where the journal knows of no steps.
---@param doc table
---@return wherry.Html|nil
function tables.pace(doc)
    local known = tables.throughput(doc)
    if not known then
        return nil
    end
    local bins, pauses = doc.report.throughput, {}
    local list = rates(bins)
    local top = ceiling(known.peak)
    for index, pause in ipairs(doc.report.pauses or {}) do
        local x = at(WIDTH * pause.t / known.seconds)
        pauses[index] = line("pause", x, "0", x, at(HEIGHT))
    end
    local path = outline(bins, list, known.seconds, top)
    local said = ("%s rows were read in %s: %s rows a second in the mean, %s at most"):format(words.count(known.rows),
        words.span(known.seconds), words.count(known.mean), words.count(known.peak))
    return parts.section("throughput", "Throughput", e.figure({},
        e.figcaption({}, said, pauses[1] and ("; dashed: %s in which it stood still, left out of the time")
            :format(words.of(#pauses, "pause")), "."),
        e.div({ class = "plot next" },
            e.div({ class = "scale", ["aria-hidden"] = "true" }, e.span({}, words.count(top)),
                e.span({}, words.count(top / 2)), e.span({}, "0")),
            e.svg({ viewBox = ("0 0 %d %d"):format(WIDTH, HEIGHT), preserveAspectRatio = "none", role = "img",
                ["aria-label"] = said },
                line("grid", "0", "0", at(WIDTH), "0"), line("grid", "0", at(HEIGHT / 2), at(WIDTH), at(HEIGHT / 2)),
                line("grid", "0", at(HEIGHT), at(WIDTH), at(HEIGHT)),
                e.path { class = "area", d = ("%sL%d %dL0 %dZ"):format(path, WIDTH, HEIGHT, HEIGHT) },
                e.path { class = "line", d = path, ["vector-effect"] = "non-scaling-stroke" }, pauses),
            e.div({ class = "axis", ["aria-hidden"] = "true" }, e.span({}, "0 s"),
                e.span({}, "rows a second over the time of the load"), e.span({}, words.span(known.seconds))))))
end

return tables
