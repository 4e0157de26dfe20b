-- What happened to the values of columns, put together from the steps.
local journal_columns = require "wherry.journal.columns"
local journal_of = require "wherry.journal"
local Target = require "tests.support.target"

describe("the columns of a run", function()
    local target, session, journal, run
    local RESOLVED = Target.resolved { { source = "t" } }
    RESOLVED.tables[1].columns = { { target = "a" }, { target = "b", on_bad = { "strip", "null" } } }
    setup(function() target = Target.start() end)
    teardown(function() target:stop() end)
    before_each(function()
        session = target:session()
        journal = journal_of.open(session, "wherry")
        run = Target.begin(journal, RESOLVED)
    end)

    -- A finished step with rows { column, values, nulled, converted, inexact, forms }.
    local function step(...)
        local id = session:query([[INSERT INTO wherry.slice (run, source, source_table, state)
            VALUES ($1, 'main', 't', 'done') RETURNING id]], { run })[1].id
        for _, row in ipairs { ... } do
            session:query([[INSERT INTO wherry.slice_column (slice, column_name, value_count, nulled, converted,
                inexact, forms) VALUES ($1, $2, $3, $4, $5, $6, $7)]], { id, table.unpack(row) })
        end
    end

    it("come back in the first form that fits in all steps", function()
        step({ "a", 10, 0, 0, 0, "iso,space,z" }, { "b", 10, 0, 0, 0, "" })
        step { "a", 5, 0, 0, 0, "space,z" }
        step { "a", 0, 3, 0, 0, "iso,space,z" }
        assert.same({ t = { a = { values = 15, nulled = 3, converted = 0, inexact = 0, defaulted = 0, missed = 0,
            mapped = 0, form = "space" }, b = { values = 10, nulled = 0, converted = 0, inexact = 0, defaulted = 0,
            missed = 0, mapped = 0 } } }, journal:forms(run))
    end)

    it("come back in the last step's form where none fits in all, and what is not known to is inexact", function()
        step { "a", 10, 0, 0, 2, "iso" }
        step { "a", 5, 0, 0, 1, "space,z" }
        step { "a", 4, 0, 0, 0, "space" }
        assert.same({ values = 19, nulled = 0, converted = 0, inexact = 11, defaulted = 0, missed = 0, mapped = 0,
            form = "space" }, journal:forms(run).t.a)
    end)

    it("are told where something changed", function()
        step({ "a", 1200, 0, 0, 1100, "iso" }, { "b", 7, 2, 1, 0, "" })
        local counted = journal_columns.read(journal, run)
        local receipts = journal_columns.receipts(RESOLVED, counted)
        assert.equal(2, #receipts)
        assert.same({ "t.a", "changed", "1,100 of 1,200 values would not come back as they were (in the form: iso)" },
            { receipts[1].name, receipts[1].outcome, receipts[1].note })
        assert.equal("1 value was converted (on_bad = strip, null)", receipts[2].note)
        local findings = journal_columns.findings(RESOLVED, counted)
        assert.equal(1, #findings)
        assert.same({ "nulled", "t", "b", "2 values were replaced by NULL (on_bad = strip, null)" },
            { findings[1].code, findings[1].table, findings[1].column, findings[1].reason })
        assert.same({}, journal_columns.receipts(RESOLVED, {}))
    end)

    it("are told not to be in a lookup, and to be changed by map", function()
        step({ "a", 1, 0, 0, 0, "" }, { "b", 9, 0, 0, 0, "" })
        session:query "UPDATE wherry.slice_column SET missed = value_count, mapped = value_count * 1000"
        local asking = Target.resolved { { source = "t" } }
        local function notes(missing)
            asking.tables[1].columns = { { target = "a", lookup = { name = "ids", missing = missing } },
                { target = "b", lookup = { name = "ids", missing = missing } } }
            local list = journal_columns.receipts(asking, journal_columns.read(journal, run))
            return { list[1].note, list[2].note }
        end
        assert.same({ "1 value was not in the lookup ids, and became NULL; 1,000 values were changed by map",
            "9 values were not in the lookup ids, and became NULL; 9,000 values were changed by map" }, notes "null")
        local kept = notes "keep"
        assert.matches("1 value was not in the lookup ids, and stayed as it is;", kept[1], 1, true)
        assert.matches("9 values were not in the lookup ids, and stayed as they are;", kept[2], 1, true)
    end)

    it("are told to have taken their default", function()
        step({ "a", 1, 0, 0, 0, "" }, { "b", 9, 2, 0, 0, "" })
        session:query "UPDATE wherry.slice_column SET defaulted = value_count"
        local taken = Target.resolved { { source = "t" } }
        taken.tables[1].columns = { { target = "a" },
            { target = "b", on_null = { default = "now()", text = "today" } } }
        local counted = journal_columns.read(journal, run)
        local receipts = journal_columns.receipts(taken, counted)
        assert.equal("1 value was NULL, and the column's default was taken", receipts[1].note)
        assert.equal("9 values were NULL, and the column's default was taken (now(): today)", receipts[2].note)
        assert.equal("2 values were replaced by the column's default (on_bad)",
            journal_columns.findings(taken, counted)[1].reason)
    end)

    it("that are computed have no form to come back in", function()
        step { "a", 7, 0, 1, 7, "text" }
        local made = Target.resolved { { source = "t" } }
        made.tables[1].columns = { { target = "a", expression = "x + 1", on_bad = { "strip" } } }
        local receipts = journal_columns.receipts(made, journal_columns.read(journal, run))
        assert.equal("1 value was converted (on_bad = strip)", receipts[1].note)
    end)

    it("that only row fills are told where it gave them nothing", function()
        local made = Target.resolved { { source = "t" } }
        made.tables[1].columns = { { target = "a" }, { target = "b", expression = "w.hook" },
            { target = "c", expression = "w.hook" } }
        assert.same({}, journal_columns.receipts(made, journal_columns.read(journal, run))) -- no row has come through
        step({ "a", 7, 0, 0, 0, "text" }, { "b", 1, 0, 0, 0, "text" })
        local receipts = journal_columns.receipts(made, journal_columns.read(journal, run))
        assert.same({ "t.c", "row has assigned it no value: it is NULL in every row" },
            { receipts[1].name, receipts[1].note })
        assert.is_nil(receipts[2])
    end)

    it("count finished steps alone", function()
        step { "a", 10, 1, 0, 0, "" }
        session:query "UPDATE wherry.slice SET state = 'todo'"
        assert.same({}, journal:forms(run))
    end)
end)
