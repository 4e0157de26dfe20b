-- html/init.lua: a document as one page: no scripts, nothing from elsewhere, light and dark, for screen and paper. Made
-- from the document alone.
local comparison = require "wherry.report.html.comparison"
local details = require "wherry.report.html.details"
local e = require "wherry.report.html.element"
local ledgers = require "wherry.report.html.ledgers"
local origin = require "wherry.report.html.origin"
local style = require "wherry.report.html.style"
local summary = require "wherry.report.html.summary"
local tables = require "wherry.report.html.tables"

-- Even if something got through all the escaping, nothing of it would run or be loaded.
local POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'"

local COMPARED = { "comparison", "Contents compared", comparison.section }

-- What is not as it should be comes first.
local function order_of(doc)
    local differs = comparison.verdict(doc) == "bad"
    return { { "error", "What stopped it", details.fault }, differs and COMPARED or false,
        { "findings", "Findings", details.findings }, { "rejects", "Rejected rows", details.rejects },
        { "not-carried", "Not carried", details.not_carried }, { "tables", "Tables", tables.section },
        { "throughput", "Throughput", tables.pace }, not differs and COMPARED or false,
        { "ledger", "Ledger", ledgers.section }, { "witness", "Witness", comparison.witness },
        { "audit", "Schema audit", comparison.audit }, { "checks", "Checks", details.checks },
        { "objects", "Objects", details.objects }, { "origin", "Origin", origin.section } }
end

local function sections_of(doc)
    local list = {}
    for _, one in ipairs(order_of(doc)) do
        local html = one and one[3](doc)
        list[#list + 1] = html and { id = one[1], title = one[2], html = html } or nil
    end
    return list
end

local function contents(sections)
    local links = {}
    for index, section in ipairs(sections) do
        links[index] = e.li({}, e.a({ href = "#" .. section.id }, section.title))
    end
    return e.nav({ ["aria-label"] = "Sections" }, e.ul({}, links))
end

---The page.
---@param doc table a document with its part `report`, without nulls
---@return string html
return function(doc)
    local sections, bodies = sections_of(doc), {}
    for index, section in ipairs(sections) do
        bodies[index] = section.html
    end
    local head = e.head({}, e.meta { charset = "utf-8" },
        e.meta { ["http-equiv"] = "Content-Security-Policy", content = POLICY },
        e.meta { name = "viewport", content = "width=device-width, initial-scale=1" },
        e.meta { name = "color-scheme", content = "light dark" }, e.meta { name = "referrer", content = "no-referrer" },
        e.title({}, summary.title(doc)), { html = "<style>" .. style .. "</style>" })
    local body = e.body({}, summary.head(doc), e.main({}, summary.verdict(doc), summary.figures(doc),
        e.div({ class = "columns" }, summary.rests(doc), summary.next_steps(doc),
            summary.going_back(doc)), contents(sections), bodies),
        e.footer({}, summary.origin_line(doc), e.p({}, "Made by wherry from report.json, which stands beside this page "
            .. "and says all of it for programs. This page loads nothing and runs nothing.")))
    return "<!DOCTYPE html>\n" .. e.html({ lang = "en" }, head, body).html .. "\n"
end
