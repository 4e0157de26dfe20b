-- summary.lua: the first screen: the verdict, the figures, what it rests on, and what is to be done.
local comparison = require "wherry.report.html.comparison"
local details = require "wherry.report.html.details"
local e = require "wherry.report.html.element"
local ledgers = require "wherry.report.html.ledgers"
local origin = require "wherry.report.html.origin"
local parts = require "wherry.report.html.parts"
local words = require "wherry.report.html.words"

local summary = {}

local WHAT = { run = "Migration report", verify = "Verification report" }

-- What was moved where, by short names.
local function ends(doc)
    local names = {}
    for index, source in ipairs(doc.sources or {}) do
        names[index] = words.name((source.path:gsub("%?.*$", "")))
    end
    local from = #names > 3 and ("%d sources"):format(#names) or table.concat(names, ", ")
    local target = doc.target or {}
    local host = target.host and not target.host:find "^/" and " on " .. target.host or ""
    local to = target.file and (target.file == "-" and "a dump" or words.name(target.file))
        or target.database and target.database .. host or target.url or ""
    return from, to
end

---The title of the page.
---@param doc table
---@return string
function summary.title(doc)
    local from, to = ends(doc)
    return (WHAT[doc.command] or "Report") .. (from ~= "" and ": " .. from or "") .. (to ~= "" and " to " .. to or "")
end

---@param doc table
---@return wherry.Html
function summary.head(doc)
    local from, to = ends(doc)
    local about = doc.report or {}
    return e.header({ class = "top" }, e.p({ class = "kicker" }, WHAT[doc.command] or "Report",
        about.finished and ", " .. words.moment(about.finished)),
        e.h1({}, from ~= "" and from or "no source", to ~= "" and " \u{2192} ", to))
end

-- What the verdict is about, in one line.
local function scope(doc)
    local sums, paths = ledgers.sums(doc), {}
    local rows = doc.command == "verify" and comparison.sums(doc).rows or sums.target.inserted + sums.target.updated
    for index, source in ipairs(doc.sources or {}) do
        paths[index] = source.path
    end
    local from = #paths > 3 and ("%d files"):format(#paths) or table.concat(paths, ", ")
    return paths[1] and ("%s in %s, from %s to %s."):format(words.of(rows, "row"), words.of(math.max(
        sums.target_tables, #(doc.comparison and doc.comparison.tables or {})), "table"), from, origin.target(doc))
end

---@param doc table
---@return wherry.Html
function summary.verdict(doc)
    local tone, word, sentence = words.status(doc)
    local but = doc.report and doc.report.but
    local found = comparison.sums(doc)
    if doc.status == "differs" and found.differing_tables > 0 then
        sentence = found.differing > 0 and ("%s%s in %s %s not the same on both sides."):format(
            found.is_whole and "" or "At least ", words.of(found.differing, "row"),
            words.of(found.differing_tables, "table"),
            found.differing == 1 and "is" or "are")
            or ("%s not the same on both sides."):format(words.of(found.differing_tables, "table is", "tables are"))
    end
    sentence = but and ("%s, but for %s."):format(sentence:gsub("%.$", ""), but) or sentence
    local message = doc.error and doc.error.message and doc.error.message:match "^[^\n]*"
    return e.div({ class = "verdict " .. tone, role = "status" }, parts.mark(tone, "sign mark"),
        e.div({}, e.p({ class = "word" }, word),
            e.p({ class = "sentence" }, sentence, message and { e.br {}, message }),
            e.p({ class = "scope soft" }, scope(doc))))
end

local function figure(list, name, value, tone)
    list[#list + 1] = value and e.div({ class = tone }, e.dt({}, name), e.dd({}, value))
end

---@param doc table
---@return wherry.Html
function summary.figures(doc)
    local list, sums, about = {}, ledgers.sums(doc), doc.report or {}
    local rejected, compared = details.rejected(doc), comparison.sums(doc)
    if sums.source_tables + sums.target_tables > 0 then
        figure(list, "rows in the source", words.count(sums.source.total))
        figure(list, "rows in the target", words.count(sums.target.inserted + sums.target.updated))
        figure(list, "tables", words.count(sums.target_tables))
    end
    figure(list, "rows compared", doc.comparison and doc.comparison.state ~= "skipped" and compared.rows > 0
        and words.count(compared.rows))
    figure(list, "rows that differ", compared.differing > 0 and words.count(compared.differing), "bad")
    figure(list, "rejected", words.count(rejected), rejected > 0 and "warn")
    local found = #(doc.findings or {})
    figure(list, "findings", words.count(found), found > 0 and "bad")
    figure(list, "time", about.seconds and words.span(about.seconds))
    return e.dl({ class = "figures" }, list)
end

local function ledger_item(doc)
    local sums = ledgers.sums(doc)
    if sums.source_tables + sums.target_tables == 0 then
        return nil
    end
    local stopped = doc.status == "failed" or doc.status == "interrupted"
    local source = sums.source
    return parts.item(sums.closes and "good" or stopped and "warn" or "bad", sums.closes
        and "Every row is accounted for" or stopped and "The ledger is open" or "The ledger does not close",
        ("%s in the source: %s passed, %s excluded, %s filtered, %s rejected, %s merged"):format(
            words.of(source.total, "row"), words.count(source.passed), words.count(source.excluded),
            words.count(source.filtered), words.count(source.rejected), words.count(source.merged)), "ledger")
end

local function comparison_items(doc)
    local tone, sentence = comparison.verdict(doc)
    local sums = comparison.sums(doc)
    local list, failed, passed = comparison.audited(doc)
    local witness = comparison.witnessed(doc)
    local title = sentence:gsub("%.$", "")
    return tone and parts.item(tone, title, sums.same_tables + sums.others > 0 and ("%s of %s are the same%s"):format(
        words.of(sums.same_rows, "row"), words.of(sums.same_tables, "table"), sums.others > 0
        and ("; %s not the same or not compared"):format(words.of(sums.others, "table")) or ""), "comparison")
        or parts.item("off", "The contents were not compared", "wherry verify compares every value of every row"),
        witness and parts.item(witness.state == "differs" and "bad" or witness.state == "skipped" and "off" or "good",
            witness.state == "differs" and "Plain SQL of both databases does not agree"
            or witness.state == "skipped" and "Plain SQL of both databases was not compared"
            or "Plain SQL of both databases agrees", "counts, least, greatest, sums", "witness"),
        list and parts.item(failed > 0 and "bad" or "good", failed > 0 and "The schema is not as promised"
            or "The schema is as promised", ("%d passed, %d failed"):format(passed, failed), "audit")
end

local function check_item(doc)
    local state = doc.verification and doc.verification.state or "none"
    local passed, failed = details.checked(doc)
    if state == "none" then
        return nil
    elseif state == "skipped" then
        return parts.item("off", "The script's checks were not run", doc.verification.note, "checks")
    end
    return parts.item(state == "passed" and "good" or "bad", state == "passed" and "The script's checks passed"
        or "Checks of the script failed", ("%d passed, %d failed"):format(passed, failed), "checks")
end

local function object_item(doc)
    if not (doc.objects or {})[1] then
        return nil
    end
    local groups = details.outcomes(doc)
    local lost = #groups.not_carried
    return parts.item(lost > 0 and "warn" or "good", lost > 0 and ("%s not carried"):format(words.of(lost,
        "object is", "objects are")) or "Everything in the schema was carried", ("%d exact, %d changed"):format(
        #groups.exact, #groups.changed), lost > 0 and "not-carried" or "objects")
end

local function finding_item(doc)
    local found, rejected = #(doc.findings or {}), details.rejected(doc)
    local other = doc.status == "differs" or doc.error
    return found == 0 and not other and parts.item("good", "No findings"),
        found > 0 and parts.item("bad", words.of(found, "finding"), "each with its place, its reason and what to do",
            "findings"),
        rejected > 0 and parts.item("warn", words.of(rejected, "row is", "rows are") .. " rejected",
            "kept in the journal, to be loaded by a mended script", "rejects")
end

---What the verdict rests on.
---@param doc table
---@return wherry.Html
function summary.rests(doc)
    return parts.section("rests", "What this rests on", e.ul({ class = "marks" },
        doc.error and parts.item("bad", "It was stopped by an error", doc.error.message:match "^[^\n]*", "error"),
        ledger_item(doc), e.join(comparison_items(doc)), check_item(doc), object_item(doc),
        e.join(finding_item(doc))))
end

local function steps_of(doc, wanted)
    local items = {}
    for _, step in ipairs(doc.report and doc.report.next_steps or {}) do
        if step.group == wanted then
            items[#items + 1] = e.li({}, step.text, step.command and e.pre({}, step.command))
        end
    end
    return items[1] and e.ol({ class = "steps" }, items)
end

-- Groups of steps under one heading; a group of its own heading below.
local function steps_section(doc, id, title, first, second, second_title)
    local one, two = steps_of(doc, first), steps_of(doc, second)
    return (one or two) and parts.section(id, one and title or second_title, one, two and one
        and e.h3({}, second_title), two)
end

---What is to be done next; nil where nothing is.
---@param doc table
---@return wherry.Html|nil
function summary.next_steps(doc)
    return steps_section(doc, "next", "Next steps", "now", "switch", "The switch: a checklist")
end

---How to go back, and what is left to do at the end.
---@param doc table
---@return wherry.Html|nil
function summary.going_back(doc)
    return steps_section(doc, "back", "How to go back", "back", "afterwards", "Afterwards")
end

---@param doc table
---@return wherry.Html
function summary.origin_line(doc)
    local about = doc.report or {}
    return e.p({ class = "soft" }, "Run by ", about.operator or "somebody", " on ", about.host or "a host not known",
        ", into ", origin.target(doc))
end

return summary
