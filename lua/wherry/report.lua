-- report.lua: the Result of a run as text: the tables with their counts, what became of every object, findings, the
-- error with where, why and what to do, and a last line that gives the verdict and names the target.
local grouped = require "wherry.progress".grouped
local place = require "wherry.place"
local receipts_text = require "wherry.receipts_text"
local target = require "wherry.target"

local report = {}

local LISTED = 20

local printable = place.printable

local function pad(text, width, right)
    local gap = (" "):rep(width - (utf8.len(text) or #text))
    return right and gap .. text or text .. gap
end

local function filtered_of(entry)
    if type(entry.filtered) ~= "table" then
        return entry.filtered or 0
    end
    local sum = 0
    for _, count in pairs(entry.filtered) do
        sum = sum + count
    end
    return sum
end

-- The target's line for a source table. With one source the engine gives both lists in the same order.
local function target_for(result, entry, index)
    local targets = result.targets or {}
    if #result.sources == 1 and #result.sources[1].tables == #targets then
        return targets[index]
    end
    for _, candidate in ipairs(targets) do
        local name = candidate.table:match "^[^.]*%.(.*)$" or candidate.table
        if name:lower() == entry.table:lower() then
            return candidate
        end
    end
    return {}
end

local columns = {
    { name = "total", always = true }, { name = "excluded", always = true }, { name = "filtered" },
    { name = "rejected" }, { name = "merged" }, { name = "passed", always = true }, { name = "emitted" },
    { name = "inserted", always = true }, { name = "updated" }, { name = "skipped" },
}

local function row_of(result, source, index)
    local entry = source.tables[index]
    local to, several = target_for(result, entry, index), #result.sources > 1
    local row = { total = entry.total or 0, excluded = entry.excluded or 0, filtered = filtered_of(entry),
        rejected = entry.rejected or 0, merged = entry.merged or 0, passed = entry.passed or 0,
        emitted = to.emitted or 0, inserted = to.inserted or 0, updated = to.updated or 0, skipped = to.skipped or 0,
        seconds = to.seconds or 0 }
    row.closes = row.total == row.excluded + row.filtered + row.rejected + row.merged + row.passed
        and row.passed + row.emitted == row.inserted + row.updated + row.skipped + (to.rejected or 0)
    row.name = printable((several and source.name .. "." or "") .. entry.table)
    local into = to.table and (to.table:match "^[^.]*%.(.*)$" or to.table)
    if into and into ~= entry.table then
        row.name = row.name .. " -> " .. printable(into)
    end
    return row
end

local function collect_rows(result)
    local rows, sum = {}, { closes = true, seconds = 0 }
    for _, source in ipairs(result.sources or {}) do
        for index in ipairs(source.tables or {}) do
            local row = row_of(result, source, index)
            rows[#rows + 1] = row
            sum.closes = sum.closes and row.closes
            sum.seconds = sum.seconds + row.seconds
            for _, column in ipairs(columns) do
                sum[column.name] = (sum[column.name] or 0) + row[column.name]
            end
        end
    end
    sum.name = ("%d table%s"):format(#rows, #rows == 1 and "" or "s")
    return rows, sum
end

-- The table of counts; columns in which nothing happened are left out.
local function counts(result, console, lines)
    local rows, sum = collect_rows(result)
    if #rows == 0 then
        lines[#lines + 1] = result.run and result.exit == 0 and "No table is carried: nothing was loaded." or nil
        return
    end
    local shown, widths, name_width = {}, {}, utf8.len(sum.name)
    for _, column in ipairs(columns) do
        if column.always or sum[column.name] > 0 then
            shown[#shown + 1] = column.name
            widths[column.name] = math.max(#column.name, #grouped(sum[column.name]))
        end
    end
    for _, row in ipairs(rows) do
        name_width = math.max(name_width, utf8.len(row.name) or #row.name)
    end
    local function line(mark, name, cell, seconds)
        local parts = { pad(mark, 7), pad(name, name_width) }
        for _, column in ipairs(shown) do
            parts[#parts + 1] = pad(cell(column), widths[column], true)
        end
        parts[#parts + 1] = pad(seconds, 8, true)
        return table.concat(parts, "  ")
    end
    local function counted(row)
        return function(column) return grouped(row[column]) end, ("%.2f"):format(row.seconds)
    end
    lines[#lines + 1] = console:paint("head", line("", "table", function(column) return column end, "seconds"))
    -- A run that stopped has tables that are not complete yet: that is no difference.
    local open = (result.status == "failed" or result.status == "interrupted") and "partial" or "DIFFERS"
    for _, row in ipairs(rows) do
        local text = line(row.closes and "ok" or open, row.name, counted(row))
        lines[#lines + 1] = row.closes and text or console:paint("bad", text)
    end
    lines[#lines + 1] = line(sum.closes and "ok" or open, sum.name, counted(sum))
end

-- At most LISTED entries of a list, all with --verbose.
local function list_entries(list, options, lines, write)
    for index, entry in ipairs(list) do
        if index > LISTED and not options.verbose then
            lines[#lines + 1] = ("  ... and %d more (--verbose)"):format(#list - LISTED)
            break
        end
        write(entry)
    end
end

-- Receipts: exact ones are a number, the others are listed.
local function receipts(result, options, lines)
    local groups = { exact = {}, changed = {}, not_carried = {} }
    for _, object in ipairs(result.objects or {}) do
        table.insert(groups[object.outcome], object)
    end
    if #(result.objects or {}) == 0 then
        return
    end
    lines[#lines + 1] = ""
    lines[#lines + 1] = ("Objects: %d exact, %d changed, %d not carried"):format(#groups.exact, #groups.changed,
        #groups.not_carried)
    for _, group in ipairs { { "not_carried", "not carried:" }, { "changed", "changed:    " } } do
        local list = groups[group[1]]
        table.sort(list, function(a, b) return a.kind .. "\0" .. a.name < b.kind .. "\0" .. b.name end)
        list_entries(receipts_text.lines(list, options.verbose), options, lines, function(text)
            lines[#lines + 1] = ("  %s %s"):format(group[2], text)
        end)
    end
end

local function findings(result, options, lines)
    local list = result.findings or {}
    if #list == 0 then
        return
    end
    lines[#lines + 1] = ""
    lines[#lines + 1] = ("Findings: %d"):format(#list)
    list_entries(list, options, lines, function(finding)
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
    local state = fault.sqlstate and (" (SQLSTATE %s)"):format(fault.sqlstate) or ""
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
    if fault.hint then
        lines[#lines + 1] = "  what to do: " .. fault.hint:gsub("\n", "\n              ")
    end
    return table.concat(lines, "\n")
end

local verdicts = {
    verified = "verified: every row is there, and its content is the same on both sides",
    counted = "counted: every row is accounted for, and the counts are the same on both sides",
    loaded = "loaded, not verified",
    differs = "DIFFERS: the load has ended, but not all is as it should be (see the findings)",
    refused = "refused: nothing was written", interrupted = "interrupted",
}

local function verdict(result)
    local failed = result.run and result.exit == 5 and "FAILED half-way" or "FAILED: nothing was written"
    local text = verdicts[result.status] or failed
    if result.status == "interrupted" then
        text = text .. (result.run and ": the state is saved" or ": nothing was written")
    elseif result.error then
        text = text .. " (" .. printable(result.error.message:match "^[^\n]*"):gsub("%.$", "") .. ")"
    end
    local chosen = result.target
    if chosen and chosen.file then
        text = text .. "; written to " .. (chosen.file == "-" and "stdout" or chosen.file)
    elseif chosen then
        text = text .. "; target " .. target.describe(chosen)
    end
    return text .. (result.run and ("; run %s"):format(result.run) or "") .. "."
end

--- The summary of a run.
---@param result table
---@param console wherry.Console
---@param options { verbose: boolean? }
---@return string
function report.summary(result, console, options)
    local lines = {}
    local chosen = result.target
    if chosen and result.sources and result.sources[1] and #result.sources[1].tables > 0 then
        lines[1] = "Target: " .. target.describe(chosen)
            .. (chosen.schema and ", schema " .. printable(chosen.schema) or "")
            .. (chosen.server_version and ", PostgreSQL " .. chosen.server_version:match "^%S+" or "")
        lines[2] = ""
    end
    counts(result, console, lines)
    receipts(result, options, lines)
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
