-- Which tables are carried, and what is said about the others.
local models = require "tests.support.models"
local Outcome = require "wherry.resolve.outcome"
local selection = require "wherry.resolve.selection"
local w = require "wherry"

local FTS = { name = "search", module = "fts5", owns_rows = true, carried_as_table = false,
    shadows = { "search_data", "search_idx" }, reason = "FTS5 with its own content" }
local EXTERNAL = { name = "notes_fts", module = "fts5", owns_rows = false, carried_as_table = false,
    shadows = { "notes_fts_data" }, content = "notes", reason = "an index over notes" }

local function choose(fields, source)
    fields.from = w.sqlite "a.db"
    local outcome = Outcome.new()
    local selected, virtuals, order = selection.choose(w.plan(fields), source or models.source {
        { name = "artifacts" }, { name = "artifact_scores" }, { name = "topics" },
    }, outcome)
    local names = {}
    for i, one in ipairs(selected) do
        names[i] = one.table.name
    end
    local findings, objects = outcome:sorted()
    return { names = names, virtuals = virtuals, order = order, codes = models.codes(findings), findings = findings,
        receipts = models.receipts(objects), selected = selected }
end

describe("selection", function()
    it("takes everything by default", function()
        assert.same({ "artifacts", "artifact_scores", "topics" }, choose({}).names)
    end)

    it("follows only, skip and w.skip, each with its receipt", function()
        local got = choose { only = { "artifact*" }, skip = { "*_scores" } }
        assert.same({ "artifacts" }, got.names)
        assert.same({ "table artifact_scores: not_carried, left out by skip: *_scores",
            "table topics: not_carried, not among only: artifact*" }, got.receipts)
        got = choose { tables = { TOPICS = w.skip "moved elsewhere" } }
        assert.same({ "artifacts", "artifact_scores" }, got.names)
        assert.equal("table topics: not_carried, moved elsewhere", got.receipts[2])
    end)

    it("refuses a virtual table that owns its rows, once, and never speaks of its shadows", function()
        local source = models.source({ { name = "t" } }, { virtuals = { FTS } })
        local got = choose({}, source)
        assert.same({ "virtual_table_owns_rows search" }, got.codes)
        assert.matches("--skip search", got.findings[1].hint, 1, true)
        assert.same({}, got.virtuals)
        local ways = { { skip = { "search" } }, { tables = { search = w.skip "rebuilt" } }, { only = { "t" } } }
        for _, fields in ipairs(ways) do
            got = choose(fields, source)
            assert.same({}, got.codes)
            assert.equal(1, #got.receipts)
            assert.matches("^virtual table search: not_carried", got.receipts[1])
        end
    end)

    it("hands on a virtual table without rows of its own for its receipt", function()
        local got = choose({}, models.source({ { name = "notes" } }, { virtuals = { EXTERNAL } }))
        assert.same({}, got.codes)
        assert.same({ EXTERNAL }, got.virtuals)
        got = choose({ tables = { notes_fts = { into = "x" } } }, models.source({}, { virtuals = { EXTERNAL } }))
        assert.same({ "unknown_table notes_fts" }, got.codes)
    end)

    it("finds names that are nowhere, with what was meant", function()
        local got = choose { tables = { artefacts = {} }, order = { "topcis" }, skip = { "topic", "zz*" },
            only = { "a*", "b*" } }
        assert.same({ "unknown_table artefacts", "unknown_table b*", "unknown_table topcis", "unknown_table topic" },
            got.codes)
        assert.equal('did you mean "artifacts"?', got.findings[1].hint)
        assert.equal('did you mean "topics"?', got.findings[3].hint)
    end)

    it("takes a shadow table in --skip as known, and a view in tables as a mistake", function()
        local source = models.source({ { name = "t" } }, { virtuals = { FTS }, views = { { name = "v" } } })
        assert.same({}, choose({ skip = { "search", "search_data" } }, source).codes)
        local got = choose({ skip = { "search" }, tables = { v = {} } }, source)
        assert.matches("is a view", got.findings[1].reason)
    end)

    it("gives the order in the source's spelling", function()
        assert.same({ "topics", "artifacts" }, choose({ order = { "Topics", "artifacts", "topics" } }).order)
    end)

    it("finds a table that is named twice", function()
        local got = choose { tables = { topics = {}, Topics = {} } }
        assert.same({ "duplicate_table topics" }, got.codes)
    end)
end)
