-- ledger.lua: promise 1 on the way back: every row that PostgreSQL counted stands in the file, counted there; and every
-- row that refers to another finds it.
local grouped = require "wherry.progress".grouped
local names = require "wherry.names"

local ledger = {}

---What counts the rows of the file's tables, in the tables themselves.
---@param tables wherry.BackLoadTable[]
---@return string[]
function ledger.count_statements(tables)
    local statements = {}
    for i, t in ipairs(tables) do
        statements[i] = ("SELECT count(*) FROM %s NOT INDEXED"):format(names.quote_sqlite(t.target))
    end
    return statements
end

local function differs(t, reason)
    return { code = "ledger", table = t.source, reason = reason,
        hint = "compare the table's rows by hand before you use the file" }
end

---Both sides of the ledger, and what does not close.
---@param tables wherry.BackLoadTable[]
---@param counted integer[] by PostgreSQL, before the load
---@param inserted integer[] by the core
---@param seconds table<integer, number> by table, where it is known
---@param after integer[]? in the file, where they were counted
---@return table[] source_tables
---@return table[] targets
---@return wherry.Finding[] findings
function ledger.close(tables, counted, inserted, seconds, after)
    local sources, targets, findings = {}, {}, {}
    for i, t in ipairs(tables) do
        sources[i] = { table = t.source, total = counted[i], excluded = 0, filtered = {}, rejected = 0, merged = 0,
            passed = inserted[i] }
        targets[i] = { table = "main." .. t.target, passed = inserted[i], emitted = 0, inserted = inserted[i],
            updated = 0, skipped = 0, rejected = 0, seconds = seconds[i] or 0 }
        if counted[i] ~= inserted[i] then
            findings[#findings + 1] = differs(t, ("%s holds %s rows, and %s were read"):format(t.source_sql,
                grouped(counted[i]), grouped(inserted[i])))
        end
        if after and after[i] ~= inserted[i] then
            findings[#findings + 1] = differs(t, ("%s rows were inserted, and the file holds %s"):format(
                grouped(inserted[i]), grouped(after[i])))
        end
    end
    return sources, targets, findings
end

---Receipts of tables in which a negative zero lost its sign.
---@param tables wherry.BackLoadTable[]
---@param zeros integer[] by table
---@return wherry.Object[]
function ledger.zeros(tables, zeros)
    local receipts = {}
    for i, t in ipairs(tables) do
        if zeros[i] > 0 then
            receipts[#receipts + 1] = { kind = "values", name = t.source, table = t.source, outcome = "changed",
                state = "receipt", note = ("-0.0 became 0.0 in %s value%s: SQLite stores whole reals as integers"
                    ):format(grouped(zeros[i]), zeros[i] == 1 and "" or "s") }
        end
    end
    return receipts
end

local EXAMPLES = 3

---Findings of rows whose parent is not there: one for each pair of tables, with the first rows.
---@param violations { table: string, rowid: integer?, parent: string?, problem: string? }[] the first ones; `count`: of
---all; problem: why a table's keys can't be checked
---@return wherry.Finding[]
function ledger.foreign_keys(violations)
    local findings, groups, order = {}, {}, {}
    for _, one in ipairs(violations) do
        local key = one.table .. "\0" .. (one.parent or "")
        if one.problem then
            findings[#findings + 1] = { code = "foreign_key", table = one.table,
                reason = "its foreign keys can't be checked: " .. one.problem }
        elseif not groups[key] then
            groups[key] = { table = one.table, parent = one.parent, rows = {}, count = 0 }
            order[#order + 1] = groups[key]
        end
        local group = not one.problem and groups[key]
        if group then
            group.count = group.count + 1
            group.rows[#group.rows + 1] = #group.rows < EXAMPLES and one.rowid and ("%d"):format(one.rowid) or nil
        end
    end
    local cut = (violations.count or #violations) > #violations
    for _, group in ipairs(order) do
        findings[#findings + 1] = { code = "foreign_key", table = group.table,
            reason = ("%s%s row%s refer%s to no row of %s%s"):format(cut and "at least " or "", grouped(group.count),
                group.count == 1 and "" or "s", group.count == 1 and "s" or "", group.parent,
                group.rows[1] and (" (rowid %s%s)"):format(table.concat(group.rows, ", "),
                    group.count > #group.rows and ", ..." or "") or ""),
            hint = "they stand so in PostgreSQL, too, unless the key is compared otherwise there: a NOT VALID key, or "
                .. "another collation" }
    end
    return findings
end

return ledger
