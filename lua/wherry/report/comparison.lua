-- comparison.lua: what a comparison of both sides has found, as text: a line a table with its rows on both sides, the
-- rows that differ, and what is advised.
local grouped = require "wherry.progress".grouped
local place = require "wherry.place"
local shallow = require "wherry.shallow"

local report_comparison = {}

local printable = place.printable

local INVESTIGATE = 0.01 -- share of rows that differ, from which the runbooks advise to roll back

local function pad(text, width, right)
    local gap = (" "):rep(width - (utf8.len(text) or #text))
    return right and gap .. text or text .. gap
end

local function counted(number)
    return number and grouped(number) or "-"
end

local KINDS = { "missing", "extra", "different" }

-- "2 missing, 1 different"; nil where the rows are not known.
local function differing(tbl)
    local parts = {}
    for _, kind in ipairs(KINDS) do
        parts[#parts + 1] = (tbl[kind] or 0) > 0 and ("%s %s"):format(grouped(tbl[kind]), kind) or nil
    end
    if not parts[1] and tbl.state == "differs" and (tbl.buckets or 0) > 0 then
        parts[1] = ("%s of 1,024 buckets differ"):format(grouped(tbl.buckets))
    end
    return parts[1] and table.concat(parts, ", ")
end

local function words_of(tbl)
    local words = { differing(tbl), tbl.note and printable(tbl.note) }
    if tbl.state == "changed_by_after_load" then
        table.insert(words, 1, "changed by after_load")
    elseif tbl.state == "not_compared" then
        table.insert(words, 1, "not compared")
    end
    local list = {}
    for index = 1, 3 do
        list[#list + 1] = words[index] or nil
    end
    return table.concat(list, "; ")
end

local function sums(comparison)
    local rows_source, rows_target, differ = 0, 0, 0
    for _, tbl in ipairs(comparison.tables) do
        rows_source, rows_target = rows_source + (tbl.rows_source or 0), rows_target + (tbl.rows_target or 0)
        differ = differ + (tbl.missing or 0) + (tbl.extra or 0) + (tbl.different or 0)
    end
    return rows_source, rows_target, differ
end

-- A table's line for each, in columns.
local function add_tables(comparison, console, lines)
    local rows_source, rows_target = sums(comparison)
    local total = ("%d table%s"):format(#comparison.tables, #comparison.tables == 1 and "" or "s")
    local name, left, right = utf8.len(total), #"source", #"target"
    for _, tbl in ipairs(comparison.tables) do
        name = math.max(name, utf8.len(printable(tbl.table)) or #printable(tbl.table))
    end
    left, right = math.max(left, #grouped(rows_source)), math.max(right, #grouped(rows_target))
    local width = math.max(utf8.len(console:mark(true)), utf8.len(console:mark(false)), 1)
    local function line(mark, text, a, b, words)
        local whole = ("  %s  %s  %s  %s  %s"):format(pad(mark, width), pad(text, name), pad(a, left, true),
            pad(b, right, true), words)
        return (whole:gsub("%s+$", ""))
    end
    lines[#lines + 1] = console:paint("head", line("", "table", "source", "target", ""))
    for _, tbl in ipairs(comparison.tables) do
        local mark = tbl.state == "not_compared" and "-" or console:mark(tbl.state ~= "differs")
        local text = line(mark, printable(tbl.table), counted(tbl.rows_source), counted(tbl.rows_target),
            words_of(tbl))
        lines[#lines + 1] = tbl.state == "differs" and console:paint("bad", text) or text
    end
    lines[#lines + 1] = line("", total, grouped(rows_source), grouped(rows_target), "")
end

-- A value as { class, text } or { class, hex }.
local function shown(side)
    return side and (place.value { value = { text = side.text or side[2], hex = side.hex,
        class = side.class or side[1] } } or "NULL") or "-"
end

-- What names a row: its key in the target, and the row of the source where that is called otherwise.
local function name_of(one)
    local name = one.key and printable(one.key) or not one.row and "a row without a key"
    if one.row and not (name and name:find(one.row, 1, true)) then
        name = (name and name .. ", " or "") .. "source row " .. printable(one.row)
    end
    return name .. ((one.copies or 1) > 1 and (", %s times"):format(grouped(one.copies)) or "")
        .. (one.note and ": " .. printable(one.note) or "")
end

---Adds the lines of one row that differs.
---@param one wherry.Difference
---@param lines string[]
function report_comparison.add_difference(one, lines)
    lines[#lines + 1] = ("    %-9s  %s"):format(one.kind, name_of(one))
    for _, column in ipairs(one.columns or {}) do
        lines[#lines + 1] = ("        %s: %s%s"):format(printable(column.column),
            one.kind ~= "extra" and "source " .. shown(column.source) or "",
            one.kind ~= "missing" and (one.kind == "extra" and "" or ", ") .. "target " .. shown(column.target) or "")
    end
end

local function add_differences(comparison, lines)
    for _, tbl in ipairs(comparison.tables) do
        local list = tbl.differences or {}
        if list[1] and not tbl.told then
            lines[#lines + 1] = ""
            lines[#lines + 1] = ("  %s: %s"):format(printable(tbl.table), differing(tbl) or "rows that differ")
            for _, one in ipairs(list) do
                report_comparison.add_difference(one, lines)
            end
            lines[#lines + 1] = (tbl.more or 0) > 0 and ("    ... and %s more (wherry verify --detailed lists all)")
                :format(grouped(tbl.more)) or nil
        end
    end
end

---Whether a table differs, and nobody has counted its rows that do.
---@param tbl table of a comparison
---@return boolean
function report_comparison.is_uncounted(tbl)
    return tbl.state == "differs" and (tbl.missing or 0) + (tbl.extra or 0) + (tbl.different or 0) == 0
end

---What is advised where something differs, by the runbooks' rule of thumb; nil: nothing does, or it is not known how
---much.
---@param comparison table
---@return string|nil
function report_comparison.advice(comparison)
    local rows_source, rows_target, differ = sums(comparison)
    if comparison.state ~= "differs" or differ == 0 then
        return nil
    end
    local share, uncounted = differ / math.max(rows_source, rows_target, 1), 0
    for _, tbl in ipairs(comparison.tables) do
        uncounted = uncounted + (report_comparison.is_uncounted(tbl) and 1 or 0)
    end
    local text = ("%s%s of %s rows differ (%s %%)"):format(uncounted > 0 and "at least " or "", grouped(differ),
        grouped(math.max(rows_source, rows_target)), share < 0.0001 and "less than 0.01"
        or ("%.2f"):format(share * 100))
    if share >= INVESTIGATE then
        return text .. ": 1 in 100 or more: roll back, mend the cause, and load again"
    elseif uncounted > 0 then
        return ("%s, and of %s more table%s that differ%s the rows were not counted: wherry verify --detailed counts "
            .. "them"):format(text, grouped(uncounted), uncounted == 1 and "" or "s", uncounted == 1 and "s" or "")
    end
    return text .. ": fewer than 1 in 100: investigate them one by one before anybody uses the target"
end

---What was compared, as a part of a sentence: without what, and how much it was.
---@param result table
---@return string
function report_comparison.extent(result)
    local comparison = result.comparison
    if not comparison then
        return ""
    end
    local rows, tables = 0, 0
    for _, tbl in ipairs(comparison.tables) do
        local compared = tbl.state ~= "not_compared"
        rows, tables = rows + (compared and tbl.rows_target or 0), tables + (compared and 1 or 0)
    end
    return ("%s (%s row%s, %d table%s)"):format(result.but and ", but for " .. printable(result.but) or "",
        grouped(rows), rows == 1 and "" or "s", tables, tables == 1 and "" or "s")
end

local BASES = { run = "with what the run has read", source = "with the source as it is now",
    journal = "with what the journal knows of the run" }

---Adds the lines.
---@param result table
---@param console wherry.Console
---@param lines string[]
function report_comparison.add(result, console, lines)
    local comparison = result.comparison
    if not comparison then
        return
    elseif comparison.state == "skipped" then
        lines[#lines + 1] = ""
        lines[#lines + 1] = "Compared: nothing" .. (comparison.note and (" (%s)"):format(printable(comparison.note))
            or "")
        return
    end
    lines[#lines + 1] = ""
    lines[#lines + 1] = ("Compared: %s%s"):format(BASES[comparison.basis],
        comparison.note and "; " .. printable(comparison.note) or "")
    add_tables(comparison, console, lines)
    add_differences(comparison, lines)
    local advice = report_comparison.advice(comparison)
    if advice then
        lines[#lines + 1] = ""
        lines[#lines + 1] = "  what to do: " .. advice
    end
end

---Adds the tables of a run of which there is more to say than that they are the same: those are marked where they are
---counted.
---@param result table
---@param console wherry.Console
---@param lines string[]
function report_comparison.add_differing(result, console, lines)
    local comparison, list = result.comparison, {}
    for _, tbl in ipairs(comparison and comparison.tables or {}) do
        list[#list + 1] = (tbl.state ~= "same" or tbl.note) and tbl or nil
    end
    if list[1] then
        report_comparison.add({ comparison = shallow.copy(comparison, { tables = list }) }, console, lines)
    end
end

return report_comparison
