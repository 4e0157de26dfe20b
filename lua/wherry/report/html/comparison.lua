-- comparison.lua: what was compared of both sides' contents: tables, rows that differ, what plain SQL of both databases
-- says, the target's catalog against what was promised.
local e = require "wherry.report.html.element"
local parts = require "wherry.report.html.parts"
local report_comparison = require "wherry.report.comparison"
local words = require "wherry.report.html.words"

local comparison = {}

local BASIS = {
    run = "The source's side was hashed while the run read it",
    source = "The source was read again",
    journal = "The source's side is what the run has left in the journal",
}

local STATE = {
    verified = { "good", "Every value of every row was compared, and all are the same." },
    differs = { "bad", "The two sides are not the same." },
    partly = { "warn", "Not everything was compared." },
    skipped = { "off", "The contents were not compared." },
}

local TABLE = {
    same = { "good", "same" }, differs = { "bad", "differs" },
    changed_by_after_load = { "warn", "changed by after_load" }, not_compared = { "off", "not compared" },
}

---How the comparison of contents ended; nil where there is none.
---@param doc table
---@return string|nil tone
---@return string sentence
function comparison.verdict(doc)
    local one = doc.comparison
    if not one then
        return nil, ""
    end
    local known = STATE[one.state] or { "warn", one.state or "" }
    return known[1], known[2]
end

---@class wherry.ComparisonSums
---@field rows integer of the target, in tables that were compared
---@field same_rows integer in tables that are the same
---@field same_tables integer
---@field others integer tables that are not the same, or of which it is not known
---@field differing integer rows that are missing, extra or different, as far as they were counted
---@field differing_tables integer
---@field is_whole boolean the rows of all tables that differ were counted

---The comparison in numbers.
---@param doc table
---@return wherry.ComparisonSums
function comparison.sums(doc)
    local sums = { rows = 0, same_rows = 0, same_tables = 0, others = 0, differing = 0, differing_tables = 0,
        is_whole = true }
    for _, entry in ipairs(doc.comparison and doc.comparison.tables or {}) do
        local rows = entry.rows_target or 0
        sums.rows = sums.rows + (entry.state ~= "not_compared" and rows or 0)
        sums.differing = sums.differing + (entry.missing or 0) + (entry.extra or 0) + (entry.different or 0)
        sums.differing_tables = sums.differing_tables + (entry.state == "differs" and 1 or 0)
        sums.is_whole = sums.is_whole and not report_comparison.is_uncounted(entry)
        if entry.state == "same" then
            sums.same_rows, sums.same_tables = sums.same_rows + rows, sums.same_tables + 1
        else
            sums.others = sums.others + 1
        end
    end
    return sums
end

local COUNTS = { "missing", "extra", "different" }

-- Which of the counts of rows that differ there are at all.
local function counts_of(tables)
    local shown = {}
    for _, name in ipairs(COUNTS) do
        local any = false
        for _, entry in ipairs(tables) do
            any = any or (entry[name] or 0) > 0
        end
        shown[#shown + 1] = any and name or nil
    end
    return shown
end

local function table_row(entry, counts)
    local known = TABLE[entry.state] or { "warn", entry.state or "" }
    local tone, cells = known[1], {}
    for index, name in ipairs(counts) do
        cells[index] = parts.number(entry[name])
    end
    return e.tr({ class = tone == "bad" and "bad" }, e.td({ class = "state" }, parts.mark(tone), " ", known[2]),
        e.td({ class = "name" }, entry.table, entry.note and e.p({ class = "soft" }, entry.note)),
        parts.name(table.concat(entry.sources or {}, ", ")), parts.number(entry.rows_source),
        parts.number(entry.rows_target), cells)
end

local function tables_of(list)
    local rows, counts = {}, counts_of(list)
    local columns = { { "state" }, { "target table" }, { "source table" }, { "rows in source", number = true },
        { "rows in target", number = true } }
    for _, name in ipairs(counts) do
        columns[#columns + 1] = { name, number = true }
    end
    for index, entry in ipairs(list) do
        rows[index] = table_row(entry, counts)
    end
    return rows[1] and parts.table("Contents of each target table, by hashes of every value of every row", columns,
        rows)
end

-- A row for each column that differs; a missing or an extra row has one line.
local function difference_rows(difference)
    local rows = {}
    for index, column in ipairs(difference.columns or {}) do
        rows[index] = e.tr({}, e.td({}, index == 1 and difference.kind), e.td({ class = "value" }, index == 1
            and e.code({}, difference.key or "")), parts.name(column.column), parts.value(column.source),
            parts.value(column.target))
    end
    return rows[1] and rows or e.tr({}, e.td({}, difference.kind), e.td({ class = "value" }, e.code({},
        difference.key or "")), e.td({ colspan = "3" }, difference.kind == "missing" and "not in the target"
        or difference.kind == "extra" and "not in the source"))
end

local function differences(entry)
    local list, rows = entry.differences or {}, {}
    if not list[1] then
        return nil
    end
    for index, difference in ipairs(list) do
        rows[index] = difference_rows(difference)
    end
    local more = entry.more or 0
    return e.join(e.h3({}, entry.table), parts.table(("Rows of %s that differ%s"):format(entry.table,
        more > 0 and (", the first %d; %s"):format(#list, words.of(more, "more row", "more rows")) or ""),
        { { "kind" }, { "key" }, { "column" }, { "source" }, { "target" } }, rows))
end

local function left_out(list, caption)
    local rows = {}
    for index, entry in ipairs(list or {}) do
        rows[index] = e.tr({}, parts.name(entry.table), parts.name(entry.column or "all columns"),
            e.td({}, entry.why or ""))
    end
    return rows[1] and e.div({ class = "next" }, parts.table(caption, { { "table" }, { "column" }, { "why" } }, rows))
end

---The section; nil where the document has no comparison.
---@param doc table
---@return wherry.Html|nil
function comparison.section(doc)
    local one = doc.comparison
    if not one then
        return nil
    end
    local tone, sentence = comparison.verdict(doc)
    local details = {}
    for index, entry in ipairs(one.tables or {}) do
        details[index] = differences(entry) or false
    end
    local basis, advice = BASIS[one.basis], report_comparison.advice(one)
    return parts.section("comparison", "Contents compared",
        e.p({}, parts.mark(tone), " ", e.strong({}, sentence), one.note and (" %s."):format(one.note),
            one.sample and (" A sample: %s %% of the rows."):format(one.sample)),
        e.p({ class = "soft" }, basis and basis .. "; " or "", "the target's side is what the server holds",
            one.seconds and (" (%s)"):format(words.span(one.seconds)), "."), advice and e.p({}, advice, "."),
        tables_of(one.tables or {}), details,
        left_out(one.left_out, "Columns that the hashes do not hold, and why"))
end

local function witness_rows(list)
    local rows = {}
    for index, entry in ipairs(list) do
        rows[index] = e.tr({ class = entry.same == false and "bad" }, e.td({}, parts.mark(entry.same == false and "bad"
            or "good")), parts.name(entry.table), parts.name(entry.column), e.td({ class = "state" }, entry.what or "",
            entry.of and " of " .. entry.of), e.td({ class = "value" }, entry.sqlite or ""), e.td({ class = "value" },
            entry.pg or ""))
    end
    return rows
end

---What the witness has said; nil where it was not asked.
---@param doc table
---@return table|nil
function comparison.witnessed(doc)
    local one = doc.comparison and doc.comparison.witness
    return one and one.state and one or nil
end

---What both databases have computed by themselves; nil where they were not asked.
---@param doc table
---@return wherry.Html|nil
function comparison.witness(doc)
    local one = comparison.witnessed(doc)
    if not one then
        return nil
    end
    local rows = witness_rows((one.list or {})[1] and one.list or one.differences or {})
    local bad = one.state == "differs"
    return parts.section("witness", "Witness: both databases asked in plain SQL",
        e.p({}, parts.mark(bad and "bad" or one.state == "skipped" and "off" or "good"), " ", bad
            and "They do not compute the same." or one.state == "skipped" and "There was nothing to ask."
            or "They compute the same.", one.columns and one.tables and (" Asked: %s of %s."):format(
            words.of(one.columns, "column"), words.of(one.tables, "table"))),
        rows[1] and parts.table("Independent of wherry's conversions: counts, least, greatest, sums", { { "" },
            { "table" }, { "column" }, { "what" }, { "SQLite" }, { "PostgreSQL" } }, rows),
        left_out(one.left_out, "Not asked, and why"))
end

---The audit's entries: failed ones, notes, those that passed.
---@param doc table
---@return table[]|nil entries nil where there was no audit
---@return integer failed
---@return integer passed
function comparison.audited(doc)
    local failed, notes, passed = {}, {}, {}
    for _, entry in ipairs(doc.comparison and doc.comparison.audit or {}) do
        table.insert(entry.note and notes or entry.passed and passed or failed, entry)
    end
    local all = table.move(notes, 1, #notes, #failed + 1, table.move(failed, 1, #failed, 1, {}))
    table.move(passed, 1, #passed, #all + 1, all)
    return all[1] and all or nil, #failed, #passed
end

local function audit_row(entry)
    local tone = entry.note and "warn" or entry.passed and "good" or "bad"
    return e.tr({ class = tone == "bad" and "bad" }, e.td({}, parts.mark(tone)), e.td({ class = "state" },
        entry.kind or ""), parts.name(entry.table), parts.name(entry.name), e.td({ class = "name" },
        e.lines(entry.detail or ""), entry.hint and e.p({ class = "soft" }, e.lines(entry.hint))))
end

---The target's catalog against what was promised; nil where it was not looked at.
---@param doc table
---@return wherry.Html|nil
function comparison.audit(doc)
    local list, failed, passed = comparison.audited(doc)
    if not list then
        return nil
    end
    local rows = {}
    for index, entry in ipairs(list) do
        rows[index] = audit_row(entry)
    end
    return parts.section("audit", "Schema audit", e.p({}, ("%d passed, %d failed, %s"):format(passed, failed,
        words.of(#list - passed - failed, "note"))), parts.table("The target's catalog against what was promised",
        { { "" }, { "what" }, { "table" }, { "name" }, { "detail" } }, rows))
end

return comparison
