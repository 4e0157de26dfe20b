-- ledgers.lua: both sides of the ledger, every table with every count, and whether each line closes.
local e = require "wherry.report.html.element"
local parts = require "wherry.report.html.parts"
local words = require "wherry.report.html.words"

local ledgers = {}

local SOURCE = { "total", "excluded", "filtered", "rejected", "merged", "passed" }
local TARGET = { "passed", "emitted", "inserted", "updated", "skipped", "rejected" }

local function sum_of(map)
    local sum = 0
    for _, number in pairs(map or {}) do
        sum = sum + number
    end
    return sum
end

-- A line of the source as numbers.
local function source_line(entry)
    local line = { filtered = sum_of(entry.filtered) }
    for _, name in ipairs(SOURCE) do
        line[name] = line[name] or entry[name] or 0
    end
    line.closes = line.total == line.excluded + line.filtered + line.rejected + line.merged + line.passed
    return line
end

local function target_line(entry)
    local line = { seconds = entry.seconds or 0 }
    for _, name in ipairs(TARGET) do
        line[name] = entry[name] or 0
    end
    line.closes = line.passed + line.emitted == line.inserted + line.updated + line.skipped + line.rejected
    return line
end

---@class wherry.LedgerSums
---@field source table<string, integer>
---@field target table<string, number>
---@field source_tables integer
---@field target_tables integer
---@field closes boolean every line of both sides

---Both sides added up.
---@param doc table
---@return wherry.LedgerSums
function ledgers.sums(doc)
    local sums = { source = {}, target = { seconds = 0 }, source_tables = 0, target_tables = 0, closes = true }
    local function add(into, names, line)
        for _, name in ipairs(names) do
            into[name] = (into[name] or 0) + line[name]
        end
        sums.closes = sums.closes and line.closes
    end
    add(sums.source, SOURCE, source_line {})
    add(sums.target, TARGET, target_line {})
    for _, source in ipairs(doc.sources or {}) do
        for _, entry in ipairs(source.tables or {}) do
            add(sums.source, SOURCE, source_line(entry))
            sums.source_tables = sums.source_tables + 1
        end
    end
    for _, entry in ipairs(doc.targets or {}) do
        local line = target_line(entry)
        add(sums.target, TARGET, line)
        sums.target.seconds = sums.target.seconds + line.seconds
        sums.target_tables = sums.target_tables + 1
    end
    return sums
end

-- A run that stopped has lines that are not complete yet: that is no difference.
local function tone_of(doc, closes)
    if closes then
        return "good"
    end
    return (doc.status == "failed" or doc.status == "interrupted") and "warn" or "bad"
end

local function numbers(line, names)
    local cells = {}
    for index, name in ipairs(names) do
        cells[index] = parts.number(line[name])
    end
    return cells
end

local function row(doc, line, names, first, last)
    local tone = tone_of(doc, line.closes)
    return e.tr({ class = tone ~= "good" and tone }, e.td({}, parts.mark(tone)), first, numbers(line, names), last)
end

local function columns(names, ...)
    local list = { { "" }, ... }
    for _, name in ipairs(names) do
        list[#list + 1] = { name, number = true }
    end
    return list
end

local function foot(label, span, sums, names, last)
    return e.tr({}, e.th({ scope = "row", colspan = tostring(span) }, label), numbers(sums, names), last)
end

-- Why rows were left out by the script.
local function reasons(doc)
    local items = {}
    for _, source in ipairs(doc.sources) do
        for _, entry in ipairs(source.tables) do
            local list = {}
            for reason, count in pairs(entry.filtered or {}) do
                list[#list + 1] = { reason, count }
            end
            table.sort(list, function(a, b) return a[2] > b[2] or a[2] == b[2] and a[1] < b[1] end)
            for _, one in ipairs(list) do
                items[#items + 1] = e.tr({}, parts.name(entry.table), e.td({ class = "value" }, one[1]),
                    parts.number(one[2]))
            end
        end
    end
    return items[1] and e.div({ class = "next" }, parts.table("Filtered: rows that the script left out, by its reason",
        { { "source table" }, { "reason" }, { "rows", number = true } }, items))
end

local function source_side(doc, sums)
    local several, rows = #doc.sources > 1, {}
    for _, source in ipairs(doc.sources) do
        for _, entry in ipairs(source.tables) do
            rows[#rows + 1] = row(doc, source_line(entry), SOURCE,
                e.join(several and parts.name(source.name), parts.name(entry.table)))
        end
    end
    local heads = several and columns(SOURCE, { "source" }, { "table" }) or columns(SOURCE, { "table" })
    return parts.table("Source: total = excluded + filtered + rejected + merged + passed", heads, rows,
        foot(words.of(#rows, "table"), several and 3 or 2, sums.source, SOURCE))
end

local function target_side(doc, sums)
    local rows = {}
    for index, entry in ipairs(doc.targets) do
        rows[index] = row(doc, target_line(entry), TARGET, parts.name(entry.table),
            e.td({ class = "number" }, ("%.2f"):format(entry.seconds or 0)))
    end
    local heads = columns(TARGET, { "table" })
    heads[#heads + 1] = { "seconds", number = true }
    return parts.table("Target: passed + emitted = inserted + updated + skipped + rejected", heads, rows,
        foot(words.of(#rows, "table"), 2, sums.target, TARGET, e.td({ class = "number" },
            ("%.2f"):format(sums.target.seconds))))
end

---The section; nil where no table was counted.
---@param doc table
---@return wherry.Html|nil
function ledgers.section(doc)
    local sums = ledgers.sums(doc)
    if sums.source_tables + sums.target_tables == 0 then
        return nil
    end
    return parts.section("ledger", "Ledger: where every row went",
        sums.source_tables > 0 and source_side(doc, sums), reasons(doc),
        sums.target_tables > 0 and e.div({ class = "next" }, target_side(doc, sums)))
end

return ledgers
