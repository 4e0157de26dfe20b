-- details.lua: findings, rejected rows, checks of the script, and what became of every object.
local e = require "wherry.report.html.element"
local parts = require "wherry.report.html.parts"
local words = require "wherry.report.html.words"

local details = {}

local function hint_of(hint)
    return hint and e.p({ class = "soft" }, e.lines(hint))
end

---What stopped it, in a block; nil where nothing did.
---@param doc table
---@return wherry.Html|nil
function details.fault(doc)
    local fault = doc.error
    if not fault then
        return nil
    end
    local facts = {}
    local function fact(name, value)
        if value then
            facts[#facts + 1] = e.join(e.dt({}, name), e.dd({}, value))
        end
    end
    fact("table", fault.table)
    fact("column", fault.column)
    fact("key", fault.key and e.code({}, fault.key))
    local value = fault.value and require "wherry.place".value { value = fault.value }
    fact("value", value and e.code({}, value))
    fact("SQLSTATE", fault.sqlstate ~= "" and fault.sqlstate or nil)
    fact("what to do", fault.hint and e.lines(fault.hint))
    return parts.section("error", "What stopped it", e.p({}, parts.mark "bad", " ",
        e.strong({}, e.lines(fault.message or ""))), e.dl({ class = "facts" }, facts))
end

---@param doc table
---@return wherry.Html|nil
function details.findings(doc)
    local rows = {}
    for index, finding in ipairs(doc.findings or {}) do
        rows[index] = e.tr({}, e.td({ class = "name" }, e.lines(finding.reason or ""), hint_of(finding.hint)),
            e.td({ class = "soft" }, ((finding.code or ""):gsub("_", " "))), parts.name(finding.table),
            parts.name(finding.column), e.td({ class = "value" }, finding.key and e.code({}, finding.key)),
            parts.value(finding.value))
    end
    return rows[1] and parts.section("findings", "Findings", parts.table(words.of(#rows, "finding")
        .. ": what is not as it should be, where, and what to do", { { "finding" }, { "kind" }, { "table" },
        { "column" }, { "key" }, { "value" } }, rows))
end

local function reject_rows(group)
    local examples = {}
    for index, example in ipairs(group.examples or {}) do
        local value = require "wherry.place".value(example)
        examples[index] = e.li({}, e.code({}, example.key or "a row without a key"), value and ": ",
            value and e.code({}, value))
    end
    local more = group.count - #examples
    return e.tr({}, parts.name(group.table), parts.name(group.column), parts.number(group.count),
        e.td({ class = "name" }, e.lines(group.reason or ""), (group.sqlstate or "") ~= ""
            and (" (SQLSTATE %s)"):format(group.sqlstate), hint_of(group.hint)),
        e.td({ class = "name" }, e.ul({ class = "names", style = "columns:auto" }, examples, more > 0 and e.li(
            { class = "soft" }, ("and %s more"):format(words.count(more))))))
end

---How many rows are rejected.
---@param doc table
---@return integer
function details.rejected(doc)
    local rows = 0
    for _, group in ipairs(doc.rejects or {}) do
        rows = rows + group.count
    end
    return rows
end

---@param doc table
---@return wherry.Html|nil
function details.rejects(doc)
    local rows = {}
    for index, group in ipairs(doc.rejects or {}) do
        rows[index] = reject_rows(group)
    end
    return rows[1] and parts.section("rejects", "Rejected rows", parts.table(
        words.of(details.rejected(doc), "row") .. " that did not fit, kept in the journal, by reason", { { "table" },
        { "column" }, { "rows", number = true }, { "reason" }, { "the first of them" } }, rows))
end

---@param doc table
---@return integer passed
---@return integer failed
function details.checked(doc)
    local passed, failed = 0, 0
    for _, check in ipairs(doc.checks or {}) do
        passed, failed = passed + (check.passed and 1 or 0), failed + (check.passed and 0 or 1)
    end
    return passed, failed
end

local function timing(side)
    return side and ("%.1f ms, 95 %% within %.1f ms"):format(side.median_ms, side.p95_ms) or nil
end

local function check_row(check)
    local differences, times = {}, check.timing or {}
    for index, text in ipairs(check.differences or {}) do
        differences[index] = e.li({}, text)
    end
    return e.tr({ class = not check.passed and "bad" }, e.td({}, parts.mark(check.passed and "good" or "bad")),
        parts.name(check.name), e.td({ class = "name" }, check.detail or "", differences[1] and e.ul({}, differences),
        times.pg and e.p({ class = "soft" }, "PostgreSQL ", timing(times.pg), times.sqlite and "; SQLite ",
            timing(times.sqlite)), hint_of(check.hint)),
        e.td({ class = "number" }, ("%.2f"):format(check.seconds or 0)))
end

---@param doc table
---@return wherry.Html|nil
function details.checks(doc)
    local rows, verification = {}, doc.verification or { state = "none" }
    for index, check in ipairs(doc.checks or {}) do
        rows[index] = check_row(check)
    end
    if verification.state == "none" then
        return nil
    end
    local passed, failed = details.checked(doc)
    return parts.section("checks", "Checks of the script", e.p({}, verification.state == "skipped"
        and ("Not run: %s."):format(verification.note or "") or ("%d passed, %d failed"):format(passed, failed)),
        rows[1] and parts.table("What the plan's verify has looked at", { { "" }, { "check" }, { "detail" },
            { "seconds", number = true } }, rows))
end

local OUTCOMES = { "exact", "changed", "not_carried" }

---Objects by outcome, each sorted by kind and name.
---@param doc table
---@return table<string, table[]>
function details.outcomes(doc)
    local groups = {}
    for _, outcome in ipairs(OUTCOMES) do
        groups[outcome] = {}
    end
    for _, object in ipairs(doc.objects or {}) do
        table.insert(groups[object.outcome] or groups.changed, object)
    end
    for _, group in pairs(groups) do
        table.sort(group, function(a, b) return a.kind .. "\0" .. a.name < b.kind .. "\0" .. b.name end)
    end
    return groups
end

local function object_table(list, caption)
    local rows = {}
    for index, object in ipairs(list) do
        rows[index] = e.tr({}, e.td({ class = "state" }, object.kind), parts.name(object.name),
            e.td({ class = "name" }, e.lines(object.note or "")))
    end
    return rows[1] and parts.table(caption, { { "kind" }, { "name" }, { "what became of it" } }, rows)
end

-- Exact ones of which there is nothing to say, by kind.
local function plain_names(list)
    local kinds, by_kind = {}, {}
    for _, object in ipairs(list) do
        if not by_kind[object.kind] then
            kinds[#kinds + 1], by_kind[object.kind] = object.kind, {}
        end
        table.insert(by_kind[object.kind], e.li({}, object.name))
    end
    local out = {}
    for index, kind in ipairs(kinds) do
        out[index] = e.join(e.h3({}, ("%s, exact: %d"):format(kind, #by_kind[kind])),
            e.ul({ class = "names" }, by_kind[kind]))
    end
    return out
end

---What was not carried, by itself: it is what somebody has to decide about.
---@param doc table
---@return wherry.Html|nil
function details.not_carried(doc)
    local list = details.outcomes(doc).not_carried
    return list[1] and parts.section("not-carried", "Not carried", object_table(list,
        words.of(#list, "object") .. " of the source that the target does not have, and why"))
end

---Receipts of what was carried.
---@param doc table
---@return wherry.Html|nil
function details.objects(doc)
    local groups, noted, plain = details.outcomes(doc), {}, {}
    if not (doc.objects or {})[1] then
        return nil
    end
    for _, object in ipairs(groups.exact) do
        table.insert(object.note and noted or plain, object)
    end
    return parts.section("objects", "Objects: a receipt for each", e.p({}, ("%d exact, %d changed, %d not carried")
        :format(#groups.exact, #groups.changed, #groups.not_carried)),
        object_table(groups.changed, words.of(#groups.changed, "object") .. " changed on the way, and how"),
        noted[1] and e.div({ class = "next" }, object_table(noted, words.of(#noted, "object")
            .. " carried exactly, with a remark")), plain_names(plain))
end

return details
