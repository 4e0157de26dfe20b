-- report.lua: what wherry rejects says, as text and as a document.
local document = require "wherry.report.document"
local grouped = require "wherry.progress".grouped
local json = require "wherry.json"
local place = require "wherry.place"
local record = require "wherry.rejects.record"
local rejects_text = require "wherry.rejects.text"
local summary = require "wherry.report"

local report = {}

local function total(result)
    local sum = 0
    for _, count in pairs(result.open) do
        sum = sum + count
    end
    return sum
end

local function list(result, lines)
    if not result.rejects[1] then
        lines[1] = ("Run %d has no open rejects."):format(result.run)
        return
    end
    lines[1] = ("Run %d: %s rejected"):format(result.run, rejects_text.count(result.rejects))
    for _, group in ipairs(result.rejects) do
        rejects_text.group(group, lines)
    end
end

local function show(result, lines)
    for _, row in ipairs(result.rows) do
        lines[#lines + 1] = ("%s: %s: %s"):format(place.printable(row.source_table
            .. (row.column_name and "." .. row.column_name or "")),
            rejects_text.example { key = row.key_text, value = record.value(row.value) }, place.printable(row.reason))
    end
    local all = total(result)
    if not result.rows[1] then
        lines[1] = ("Run %d has no open rejects%s."):format(result.run, all > 0 and " of this table" or "")
    elseif #result.rows < all then
        lines[#lines + 1] = ("%s of %s open rejects (--all, --table, --json)"):format(grouped(#result.rows),
            grouped(all))
    end
end

local function retry(result, lines)
    lines[1] = ("Run %d: %s loaded"):format(result.run, result.loaded == 1 and "1 row" or grouped(result.loaded)
        .. " rows")
    if result.dropped > 0 then
        lines[#lines + 1] = ("%s left out by the script as it is now, and no %s any more"):format(
            result.dropped == 1 and "1 row is" or grouped(result.dropped) .. " rows are",
            result.dropped == 1 and "reject" or "rejects")
    end
    if result.gone > 0 then
        lines[#lines + 1] = ("%s rejects are left that the source, or the script, has no row for any more"):format(
            grouped(result.gone))
    end
end

---@param result wherry.Result
---@param console wherry.Console
---@return string
function report.text(result, console)
    local lines = {}
    if result.error and not result.run then
        return ""
    elseif result.action == "list" then
        list(result, lines)
    elseif result.action == "show" then
        show(result, lines)
    else
        retry(result, lines)
        return table.concat(lines, "\n") .. "\n" .. summary.summary(result, console, { verbose = console.verbose })
    end
    return table.concat(lines, "\n") .. "\n"
end

---The document: that of a run, and what the action adds.
---@param result wherry.Result
---@return table
function report.document(result)
    local out = document.of(result)
    out.action = result.action
    if result.action == "retry" then
        out.loaded, out.dropped, out.gone = result.loaded, result.dropped, result.gone
    else
        out.status = result.error and "failed" or "done"
        out.open = result.run and total(result) or json.null
    end
    if result.action == "show" then
        out.rows = json.array()
        for i, row in ipairs(result.rows) do
            out.rows[i] = record.document(result.run, row)
        end
    end
    return out
end

return report
