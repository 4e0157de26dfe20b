-- ledger.lua: promise 1. Every source row is accounted for, every target row too, and the two sides are counted by the
-- databases themselves, not by what the load remembers.
local failure = require "wherry.failure"
local source_set = require "wherry.engine.source_set"

local ledger = {}

local function count(rows)
    return math.tointeger(tonumber(rows[1].n))
end

--- What counts the source's side, table by table: all rows, and those that `where` leaves out.
---@param resolved wherry.Resolved
---@return { table: string, sql: string, from: string }[] each gives one number
function ledger.statements(resolved)
    local list = {}
    for _, tbl in ipairs(resolved.tables) do
        list[#list + 1] = { table = tbl.read.table, sql = tbl.count_sql, from = tbl.from }
        list[#list + 1] = tbl.excluded_sql and { table = tbl.read.table, sql = tbl.excluded_sql, from = tbl.from }
            or nil
    end
    return list
end

--- What the numbers of these statements say of the tables.
---@param resolved wherry.Resolved
---@param numbers table<integer, integer> by the statements' places: some may be missing
---@return table<string, { total: integer, excluded: integer }> by source table, those that are wholly counted
function ledger.counts(resolved, numbers)
    local counts, last = {}, 0
    for _, tbl in ipairs(resolved.tables) do
        local first = last + 1
        last = tbl.excluded_sql and first + 1 or first
        if numbers[first] and numbers[last] then
            counts[tbl.source] = { total = numbers[first], excluded = last > first and numbers[last] or 0 }
        end
    end
    return counts
end

-- A table that is damaged is met here first; the error of the source does not know which one was asked for.
local function count_source(source, statement)
    local snapshot = source_set.of(source, statement)
    local ok, rows = pcall(snapshot.query, snapshot, statement.sql)
    if not ok then
        if failure.is(rows) then
            rows.table = rows.table or statement.table
        end
        error(rows, 0)
    end
    return count(rows)
end

--- Counts the source's side at once.
---@param source wherry.SourceSet|table
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

--- A table's line of the source side, with the source that it is of and what came of it in the target; target nil: no
--- step of it was committed yet.
---@param tbl wherry.LoadTable
---@param source { total: integer, excluded: integer }
---@param target table?
---@return table
function ledger.source_line(tbl, source, target)
    target = target or zero
    return { table = tbl.read.table, total = source.total, excluded = source.excluded, from = tbl.from,
        filtered = target.filtered_by, rejected = target.rejected, merged = target.merged, passed = target.passed,
        target = tbl.from and ledger.target_line(tbl, target) }
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

-- What the target holds, against what it held at the begin and what the run inserted from all its sources.
local function check_after(tbl, inserted, hooked, after)
    local before = math.tointeger(tonumber(tbl.before or "0"))
    if after - before == inserted + hooked then
        return nil
    end
    local words = before == 0 and ("%s holds %d rows, and the run inserted %d"):format(tbl.target_sql, after,
        inserted) or ("%s held %d rows and holds %d, and the run inserted %d"):format(tbl.target_sql, before,
        after, inserted)
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

-- The equations of one table; `rejects`: the open ones that the journal holds.
local function check(tbl, source, target, rejects)
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
    return findings
end

-- What functions made rows for, by target.
local function emitted_into(target_counts)
    local into = {}
    for _, counts in pairs(target_counts) do
        for target, one in pairs(counts.emitted_into or {}) do
            local all = into[target] or { emitted = 0, inserted = 0, skipped = 0 }
            all.emitted, all.inserted = all.emitted + one.emitted, all.inserted + one.inserted
            all.skipped, into[target] = all.skipped + one.skipped, all
        end
    end
    return into
end

-- Adds emitted rows to the line of their target. Some that the server did not keep are a finding.
local function add_emitted(tbl, line, emitted, findings)
    for name, number in pairs(emitted) do
        line[name] = line[name] + number
    end
    if emitted.skipped ~= 0 then
        findings[#findings + 1] = differs(tbl, ("%d rows were emitted to %s, and the server kept %d"):format(
            emitted.emitted, tbl.target_sql, emitted.inserted), "a BEFORE INSERT trigger or a rule turned rows away")
    end
end

local function count_target(session, tbl)
    -- a run that was begun by an earlier version has no rows_sql
    return count(session:query("SELECT count(*) AS n FROM " .. (tbl.rows_sql or tbl.target_sql)))
end

-- What steps of the plan did to tables that get emitted rows alone, by target.
local function hooked_into(target_counts)
    for _, counts in pairs(target_counts) do
        if counts.hooked_into then
            return counts.hooked_into
        end
    end
    return {}
end

local function is_wanted(compare, tbl)
    return compare == true or compare and compare[tbl.target_sql]
end

-- Tables that get emitted rows alone.
local function close_emitted(session, resolved, into, hooked, compare, targets, findings)
    for _, tbl in ipairs(resolved.emitted or {}) do
        local line, emitted = ledger.target_line(tbl, zero), into[tbl.target_sql] or { emitted = 0, inserted = 0,
            skipped = 0 }
        add_emitted(tbl, line, emitted, findings)
        line.is_emitted = true
        targets[#targets + 1] = line
        findings[#findings + 1] = is_wanted(compare, tbl) and check_after(tbl, emitted.inserted,
            hooked[tbl.target_sql] or 0, count_target(session, tbl)) or nil
    end
end

-- Where several source tables go into one, the last of them stands for the target's rows.
local function shared_targets(resolved, target_counts, into)
    local shared = {}
    for index, tbl in ipairs(resolved.tables) do
        local target = target_counts[tbl.read.table] or zero
        local one = shared[tbl.target_sql] or { inserted = 0, hooked = target.hooked or 0 }
        one.inserted, one.last, shared[tbl.target_sql] = one.inserted + target.inserted, index, one
    end
    for target, one in pairs(shared) do
        one.emitted = into[target]
        one.inserted = one.inserted + (one.emitted and one.emitted.inserted or 0)
    end
    return shared
end

--- Compares both sides and gives the document's parts.
---@param session wherry.Session
---@param resolved wherry.Resolved
---@param source_counts table<string, table> from ledger.source
---@param target_counts table<string, table> from journal:counts
---@param rejects table<string, integer> open rejects that the journal holds, by the table's name as it has it
---@param compare boolean|table<string, boolean> count the target's rows, too, or those of these tables (target_sql);
---the sums of what was read and sent have to close anyway
---@return table[] source_tables
---@return table[] targets
---@return wherry.Finding[] findings
function ledger.close(session, resolved, source_counts, target_counts, rejects, compare)
    local source_tables, targets, findings = {}, {}, {}
    local into = emitted_into(target_counts)
    local shared = shared_targets(resolved, target_counts, into)
    for index, tbl in ipairs(resolved.tables) do
        local source, target = source_counts[tbl.source], target_counts[tbl.read.table] or zero
        local found, all = check(tbl, source, target, rejects[tbl.read.table] or 0), shared[tbl.target_sql]
        if is_wanted(compare, tbl) and all.last == index then
            found[#found + 1] = check_after(tbl, all.inserted, all.hooked, count_target(session, tbl))
        end
        table.move(found, 1, #found, #findings + 1, findings)
        source_tables[index] = ledger.source_line(tbl, source, target)
        targets[index] = ledger.target_line(tbl, target)
        if all.last == index and all.emitted then
            add_emitted(tbl, targets[index], all.emitted, findings)
            source_tables[index].target = tbl.from and targets[index]
        end
    end
    close_emitted(session, resolved, into, hooked_into(target_counts), compare, targets, findings)
    return source_tables, targets, findings
end

return ledger
