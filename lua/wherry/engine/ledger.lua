-- ledger.lua: promise 1. Every source row is accounted for, every target row too, and the two sides are counted by the
-- databases themselves, not by what the load remembers.
local failure = require "wherry.failure"

local ledger = {}

local function count(rows)
    return math.tointeger(tonumber(rows[1].n))
end

--- What counts the source's side, table by table: all rows, and those that `where` leaves out.
---@param resolved wherry.Resolved
---@return { table: string, sql: string }[] each gives one number
function ledger.statements(resolved)
    local list = {}
    for _, tbl in ipairs(resolved.tables) do
        list[#list + 1] = { table = tbl.read.table, sql = tbl.count_sql }
        list[#list + 1] = tbl.excluded_sql and { table = tbl.read.table, sql = tbl.excluded_sql } or nil
    end
    return list
end

--- What the numbers of these statements say of the tables.
---@param resolved wherry.Resolved
---@param numbers integer[] of the first statements: later ones may be missing
---@return table<string, { total: integer, excluded: integer }> by source table, those that are wholly counted
function ledger.counts(resolved, numbers)
    local counts, last = {}, 0
    for _, tbl in ipairs(resolved.tables) do
        local first = last + 1
        last = tbl.excluded_sql and first + 1 or first
        if not numbers[last] then
            break
        end
        counts[tbl.source] = { total = numbers[first], excluded = last > first and numbers[last] or 0 }
    end
    return counts
end

-- A table that is damaged is met here first; the error of the source does not know which one was asked for.
local function count_source(source, statement)
    local ok, rows = pcall(source.query, source, statement.sql)
    if not ok then
        if failure.is(rows) then
            rows.table = rows.table or statement.table
        end
        error(rows, 0)
    end
    return count(rows)
end

--- Counts the source's side at once.
---@param source table core.snapshot handle
---@param resolved wherry.Resolved
---@return table<string, { total: integer, excluded: integer }> by source table
function ledger.source(source, resolved)
    local numbers = {}
    for index, statement in ipairs(ledger.statements(resolved)) do
        numbers[index] = count_source(source, statement)
    end
    return ledger.counts(resolved, numbers)
end

local zero = { read = 0, filtered = 0, filtered_by = {}, merged = 0, passed = 0, emitted = 0, inserted = 0, updated = 0,
    skipped = 0, rejected = 0, seconds = 0 }

local function differs(tbl, reason, hint)
    return { code = "ledger", table = tbl.read.table, reason = reason, hint = hint }
end

--- A table's line of the source side; target nil: no step of it was committed yet.
---@param tbl wherry.LoadTable
---@param source { total: integer, excluded: integer }
---@param target table?
---@return table
function ledger.source_line(tbl, source, target)
    target = target or zero
    return { table = tbl.read.table, total = source.total, excluded = source.excluded,
        filtered = target.filtered_by, rejected = target.rejected, merged = target.merged, passed = target.passed }
end

--- A table's line of the target side. A source row that is rejected did not pass, whoever refused it: it is told on the
--- source's side. Rejected here are rows that a hook emits.
---@param tbl wherry.LoadTable
---@param target table
---@return table
function ledger.target_line(tbl, target)
    return { table = tbl.target.schema .. "." .. tbl.target.name, passed = target.passed, emitted = target.emitted,
        inserted = target.inserted, updated = target.updated, skipped = target.skipped, rejected = 0,
        seconds = target.seconds }
end

-- What the target holds, against what it held at the begin and what the run inserted.
local function check_after(tbl, target, after)
    local before, hooked = math.tointeger(tonumber(tbl.before or "0")), target.hooked or 0
    if after - before == target.inserted + hooked then
        return nil
    end
    local words = before == 0 and ("%s holds %d rows, and the run inserted %d"):format(tbl.target_sql, after,
        target.inserted) or ("%s held %d rows and holds %d, and the run inserted %d"):format(tbl.target_sql, before,
        after, target.inserted)
    return differs(tbl, words .. (hooked ~= 0 and ("; before_load and after_load made it %+d"):format(hooked) or ""),
        "somebody else, or a trigger, wrote to the table")
end

local function sum(numbers)
    local total = 0
    for _, number in pairs(numbers) do
        total = total + number
    end
    return total
end

-- The equations of one table; `rejects`: the open ones that the journal holds; `after`: the rows that the target holds,
-- where they were counted.
local function check(tbl, source, target, rejects, after)
    local findings = {}
    if source.total ~= source.excluded + target.filtered + target.rejected + target.merged + target.passed then
        findings[#findings + 1] = differs(tbl,
            ("%d rows are in the source, but %d were excluded, %d filtered, %d rejected, %d merged and %d passed")
            :format(source.total, source.excluded, target.filtered, target.rejected, target.merged, target.passed),
            "compare the table's rows by hand before you go on")
    end
    if sum(target.filtered_by) ~= target.filtered then
        findings[#findings + 1] = differs(tbl,
            ("%d rows were filtered, and the journal has the reasons of %d"):format(target.filtered,
                sum(target.filtered_by)), "somebody else changed the journal: compare the table's rows by hand")
    end
    if rejects ~= target.rejected then
        findings[#findings + 1] = differs(tbl,
            ("%d rows were rejected, and the journal holds %d of them"):format(target.rejected, rejects),
            "somebody else changed the journal: compare the table's rows by hand")
    end
    if target.skipped ~= 0 and not tbl.merge_sql then
        findings[#findings + 1] = differs(tbl,
            ("%d rows were sent to %s, and the server kept %d"):format(target.passed, tbl.target_sql, target.inserted),
            "a BEFORE INSERT trigger or a rule turned rows away")
    end
    findings[#findings + 1] = after and check_after(tbl, target, after)
    return findings
end

--- Compares both sides and gives the document's parts.
---@param session wherry.Session
---@param resolved wherry.Resolved
---@param source_counts table<string, table> from ledger.source
---@param target_counts table<string, table> from journal:counts
---@param rejects table<string, integer> open rejects that the journal holds, by the table's name as it has it
---@param compare boolean count the target's rows, too; the sums of what was read and sent have to close anyway
---@return table[] source_tables
---@return table[] targets
---@return wherry.Finding[] findings
function ledger.close(session, resolved, source_counts, target_counts, rejects, compare)
    local source_tables, targets, findings = {}, {}, {}
    for index, tbl in ipairs(resolved.tables) do
        local source, target = source_counts[tbl.source], target_counts[tbl.read.table] or zero
        -- a run that was begun by an earlier version has no rows_sql
        local after = compare and count(session:query("SELECT count(*) AS n FROM " .. (tbl.rows_sql or
            tbl.target_sql))) or nil
        local found = check(tbl, source, target, rejects[tbl.read.table] or 0, after)
        table.move(found, 1, #found, #findings + 1, findings)
        source_tables[index] = ledger.source_line(tbl, source, target)
        targets[index] = ledger.target_line(tbl, target)
    end
    return source_tables, targets, findings
end

return ledger
