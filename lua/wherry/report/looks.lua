-- looks.lua: what both databases said as witnesses, and what was found of the target's schema, as text.
local entries = require "wherry.report.entries"
local grouped = require "wherry.progress".grouped
local place = require "wherry.place"

local report_looks = {}

local printable = place.printable

local function counted(number, one, many)
    return ("%s %s"):format(grouped(number), number == 1 and one or many)
end

local function column_of(entry)
    return printable(entry.table) .. (entry.column and "." .. printable(entry.column) or "")
end

-- What was computed, in words: "min of seconds".
local function what_of(entry)
    return entry.what .. (entry.of and " of " .. entry.of or "")
end

local function add_witness(found, console, options, lines)
    if not found then
        return
    end
    lines[#lines + 1] = ""
    if found.state == "skipped" then
        lines[#lines + 1] = "Witness: nothing that both databases could compute by themselves"
    else
        lines[#lines + 1] = ("Witness: %s of %s, computed by SQLite and PostgreSQL in their own SQL: %s"):format(
            counted(found.columns, "column", "columns"), counted(found.tables, "table", "tables"),
            found.differences[1] and counted(#found.differences, "number differs", "numbers differ") or "the same")
    end
    entries.add(found.differences, options, lines, function(entry)
        lines[#lines + 1] = console:paint("bad", ("  FAIL  %s: %s: SQLite %s, PostgreSQL %s"):format(
            column_of(entry), what_of(entry), printable(entry.sqlite), printable(entry.pg)))
    end)
    if options.verbose then
        for _, entry in ipairs(found.left_out) do
            lines[#lines + 1] = ("  not asked: %s: %s"):format(column_of(entry), printable(entry.why))
        end
    elseif found.left_out[1] then
        lines[#lines + 1] = ("  not asked: %s (--verbose says why)"):format(counted(#found.left_out, "column or table",
            "columns or tables"))
    end
end

local function describe(entry, word)
    return ("  %s  %s%s %s: %s%s"):format(word, entry.table and printable(entry.table) .. ": " or "",
        printable(entry.kind), printable(entry.name or ""), printable(entry.detail or ""),
        entry.hint and not entry.passed and "\n          hint: " .. printable(entry.hint) or "")
end

local function add_audit(list, console, options, lines)
    if not (list and list[1]) then
        return
    end
    local failed, notes, passed = {}, {}, {}
    for _, entry in ipairs(list) do
        table.insert(not entry.passed and failed or entry.note and notes or passed, entry)
    end
    lines[#lines + 1] = ""
    lines[#lines + 1] = ("Schema: %s passed, %d failed"):format(counted(#notes + #passed, "check", "checks"), #failed)
    entries.add(failed, options, lines, function(entry)
        lines[#lines + 1] = console:paint("bad", describe(entry, "FAIL"))
    end)
    entries.add(notes, options, lines, function(entry) lines[#lines + 1] = describe(entry, "note") end)
    if options.verbose then
        for _, entry in ipairs(passed) do
            lines[#lines + 1] = describe(entry, "pass")
        end
    end
end

---Adds the lines.
---@param result table
---@param console wherry.Console
---@param options { verbose: boolean? }
---@param lines string[]
function report_looks.add(result, console, options, lines)
    local comparison = result.comparison or {}
    add_witness(comparison.witness, console, options, lines)
    add_audit(comparison.audit, console, options, lines)
end

return report_looks
