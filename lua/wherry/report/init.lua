-- report/init.lua: the Result of a run as text: the tables with their counts, what became of every object, findings,
-- the error with where, why and what to do, and a last line that gives the verdict and names the target.
local entries = require "wherry.report.entries"
local grouped = require "wherry.progress".grouped
local moment = require "wherry.moment"
local place = require "wherry.place"
local report_looks = require "wherry.report.looks"
local receipts_text = require "wherry.report.receipts"
local rejects_text = require "wherry.rejects.text"
local report_checks = require "wherry.report.checks"
local report_comparison = require "wherry.report.comparison"
local report_counts = require "wherry.report.counts"
local target = require "wherry.target"

local report = {}

local printable = place.printable

-- Receipts: exact ones are a number, with --verbose those of which there is something to say, too; others are listed.
local function receipts(result, options, lines)
    local groups, noted = { exact = {}, changed = {}, not_carried = {} }, {}
    for _, object in ipairs(result.objects or {}) do
        table.insert(groups[object.outcome], object)
        noted[#noted + 1] = options.verbose and object.outcome == "exact" and object.note and object or nil
    end
    if #(result.objects or {}) == 0 then
        return
    end
    lines[#lines + 1] = ""
    lines[#lines + 1] = ("Objects: %d exact, %d changed, %d not carried"):format(#groups.exact, #groups.changed,
        #groups.not_carried)
    for _, group in ipairs { { "not carried:", groups.not_carried }, { "changed:    ", groups.changed },
        { "exact:      ", noted } } do
        local list = group[2]
        table.sort(list, function(a, b) return a.kind .. "\0" .. a.name < b.kind .. "\0" .. b.name end)
        entries.add(receipts_text.lines(list, options.verbose), options, lines, function(text)
            lines[#lines + 1] = ("  %s %s"):format(group[1], text)
        end)
    end
end

-- The rows that the script has dropped, by table and reason, the most first.
local function filtered(result, options, lines)
    local list = report_counts.filtered(result)
    if #list > 0 then
        lines[#lines + 1] = ""
        lines[#lines + 1] = ("Filtered: %s, by the script"):format(rejects_text.rows(list.rows))
        entries.add(list, options, lines, function(entry)
            lines[#lines + 1] = ("  %s: %s: %s"):format(printable(entry.table), rejects_text.rows(entry.rows),
                printable(entry.reason))
        end)
    end
end

-- The rejected rows, by reason.
local function rejects(result, options, lines)
    local list = result.rejects or {}
    if #list > 0 then
        lines[#lines + 1] = ""
        lines[#lines + 1] = ("Rejected: %s, kept in the journal"):format(rejects_text.count(list))
        entries.add(list, options, lines, function(group) rejects_text.group(group, lines) end)
    end
end

local function findings(result, options, lines)
    local list = result.findings or {}
    if #list == 0 then
        return
    end
    lines[#lines + 1] = ""
    lines[#lines + 1] = ("Findings: %d"):format(#list)
    entries.add(list, options, lines, function(finding)
        local where, value = place.of_finding(finding), place.value(finding)
        lines[#lines + 1] = ("  %s: %s"):format(where == "" and finding.code:gsub("_", " ") or where,
            printable(finding.reason))
        if value then
            lines[#lines + 1] = "      value: " .. value
        end
        if finding.hint then
            lines[#lines + 1] = "      hint:  " .. printable(finding.hint)
        end
    end)
end

-- Kinds whose message needs a headline; of the others the message says what happened.
local what = {
    value = "a stored value does not fit its target column", server = "PostgreSQL refused",
    connection = "no connection to PostgreSQL", source = "the source could not be read",
    changed = "the source changed", internal = "internal error: a mistake in wherry",
}

--- The error as a block: what, where, why, what to do.
---@param fault table
---@return string
function report.error_block(fault)
    local state = (fault.sqlstate or "") ~= "" and (" (SQLSTATE %s)"):format(fault.sqlstate) or ""
    local message = fault.message:gsub("\n", "\n              ") .. state
    local lines = { "wherry: " .. (what[fault.kind] or message) }
    local where, value = place.of(fault), place.value(fault)
    if where ~= "" then
        lines[#lines + 1] = "  where:      " .. where
    end
    if value then
        lines[#lines + 1] = "  value:      " .. value
    end
    if what[fault.kind] then
        lines[#lines + 1] = "  why:        " .. message
    end
    local row = fault.hint and fault.hint:match "^the row: (.*)"
    if row then
        lines[#lines + 1] = "  the row:    " .. row
        lines[#lines + 1] = "  what to do: mend the script, or reject such rows with on_bad = \"reject\""
    elseif fault.hint then
        lines[#lines + 1] = "  what to do: " .. fault.hint:gsub("\n", "\n              ")
    end
    return table.concat(lines, "\n")
end

local verdicts = {
    verified = "verified: every value of every row is the same on both sides",
    counted = "counted: every row is accounted for, and the counts are the same on both sides",
    loaded = "loaded, not verified",
    differs = "DIFFERS: the load has ended, but not all is as it should be (see what is told above)",
    refused = "refused: nothing was written", interrupted = "interrupted",
}

-- The database from which rows came back; nil for the way there.
local function origin_of(result)
    local source = result.sources and result.sources[1]
    return source and source.schema and source or nil
end

local function verdict(result)
    local failed = result.run and result.exit == 5 and "FAILED half-way" or "FAILED: nothing was written"
    local text = (verdicts[result.status] or failed)
        .. (result.status == "verified" and report_comparison.extent(result) or "")
    if result.status == "interrupted" then
        text = text .. (result.run and ": the state is saved" or ": nothing was written")
    elseif result.error then
        text = text .. " (" .. printable(result.error.message:match "^[^\n]*"):gsub("%.$", "") .. ")"
    end
    local chosen = result.target
    if chosen and chosen.file and result.exit <= 1 then
        text = text .. "; written to " .. (chosen.file == "-" and "stdout" or chosen.file)
    elseif chosen then
        text = text .. "; target " .. target.describe(chosen)
    end
    local from = origin_of(result)
    text = text .. (from and ", from " .. from.path or "")
    return text .. (result.run and ("; run %s"):format(result.run) or "") .. "."
end

-- Whether any source has got as far as its tables.
local function has_tables(sources)
    for _, source in ipairs(sources or {}) do
        if #source.tables > 0 then
            return true
        end
    end
    return false
end

--- What a verification has found, but for its first lines and its last one.
---@param result table
---@param console wherry.Console
---@param options { verbose: boolean? }
---@param lines string[]
function report.add_verified(result, console, options, lines)
    if options.verbose and has_tables(result.sources) then
        lines[#lines + 1] = ""
        report_counts.add(result, console, lines)
    end
    report_comparison.add(result, console, lines)
    report_looks.add(result, console, options, lines)
    report_checks.add(result, console, options, lines)
    rejects(result, options, lines)
    findings(result, options, lines)
end

--- The summary of a run, or of a verification.
---@param result table
---@param console wherry.Console
---@param options { verbose: boolean? }
---@return string
function report.summary(result, console, options)
    if result.command == "verify" then
        return require "wherry.verification.text".full(result, console, options)
    end
    local lines = {}
    local chosen = result.target
    if chosen and has_tables(result.sources) then
        local from = origin_of(result)
        local server = from or chosen
        lines[1] = "Target: " .. target.describe(chosen) .. (from and ", from " .. from.path or "")
            .. (server.schema and ", schema " .. printable(server.schema) or "")
            .. (server.server_version and ", PostgreSQL " .. server.server_version:match "^%S+" or "")
        for _, source in ipairs(result.sources) do
            lines[#lines + 1] = source.copy and ("Read:   a copy of %s as it was at %s"):format(printable(source.path),
                moment.text(source.copy.taken))
        end
        lines[#lines + 1] = ""
    end
    report_counts.add(result, console, lines)
    report_comparison.add_differing(result, console, lines)
    report_checks.add(result, console, options, lines)
    receipts(result, options, lines)
    filtered(result, options, lines)
    rejects(result, options, lines)
    findings(result, options, lines)
    local committed = result.committed
    if committed then
        lines[#lines + 1] = ""
        lines[#lines + 1] = ("Committed: %s rows, tables: %d; what was not committed left no trace"):format(
            grouped(committed.rows), committed.tables)
    end
    if #(result.hints or {}) > 0 then
        lines[#lines + 1] = ""
        lines[#lines + 1] = "Next:"
        for _, hint in ipairs(result.hints) do
            lines[#lines + 1] = "  " .. hint
        end
    end
    if #lines > 0 and lines[#lines] ~= "" then
        lines[#lines + 1] = ""
    end
    local good = result.exit == 0
    lines[#lines + 1] = console:paint(good and "good" or "bad", verdict(result))
    return table.concat(lines, "\n") .. "\n"
end

return report
