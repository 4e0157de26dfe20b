-- journal/counts: what steps have counted, added up by table, reason and target.
local counts = require "wherry.journal.counts"
local journal_of = require "wherry.journal"
local Target = require "tests.support.target"

describe("the counts of a run", function()
    local target, session, journal, run
    setup(function() target = Target.start() end)
    teardown(function() target:stop() end)
    before_each(function()
        session = target:session()
        journal = journal_of.open(session, "wherry")
        run = Target.begin(journal, Target.resolved { { source = "t" }, { source = "u" } })
        session:query("UPDATE wherry.slice SET state = 'done' WHERE source_table = 't'")
    end)

    -- A finished step of a table with rows for targets { name, passed, emitted, inserted, updated, skipped, rejected }.
    local function slice(name, fields, ...)
        local id = session:query(([[INSERT INTO wherry.slice (run, source, source_table, state, read, filtered, merged,
            passed, started, finished) VALUES (%d, 'main', '%s', '%s', %d, %d, %d, %d, '2026-01-01', '2026-01-01'::
            timestamptz + interval '1.5 s') RETURNING id]]):format(fields.run or run, name, fields.state or "done",
            fields.read or 0, fields.filtered or 0, fields.merged or 0, fields.passed or 0))[1].id
        for _, one in ipairs { ... } do
            session:query(([[INSERT INTO wherry.slice_target (slice, target, passed, emitted, inserted, updated,
                skipped, rejected) VALUES (%s, '%s', %d, %d, %d, %d, %d, %d)]]):format(id, table.unpack(one)))
        end
        return id
    end

    it("are added up over steps and targets, table by table", function()
        slice("t", { read = 10, filtered = 1, merged = 2, passed = 6 }, { "a", 6, 0, 4, 1, 1, 1 })
        slice("t", { read = 5, filtered = 1, merged = 1, passed = 3 }, { "a", 3, 0, 3, 0, 0, 0 })
        slice("t", { read = 99, state = "todo" }, { "a", 99, 0, 99, 0, 0, 0 })
        slice("u", { read = 2, passed = 2 }, { "b", 2, 0, 2, 0, 0, 0 })
        local found = counts.read(journal, run)
        assert.same({ seconds = 3, read = 15, filtered = 2, merged = 3, passed = 9, emitted = 0, inserted = 7,
            updated = 1, skipped = 1, rejected = 1, filtered_by = {} }, found.t)
        assert.same({ 2, 2 }, { found.u.read, found.u.inserted })
        assert.is_nil(counts.read(journal, run + 1).t)
    end)

    it("are those of rows, though a step has several targets", function()
        slice("t", { read = 4, passed = 4 }, { "a", 4, 0, 4, 0, 0, 0 }, { "b", 0, 7, 6, 0, 1, 0 },
            { "c", 0, 2, 2, 0, 0, 0 })
        slice("t", { read = 1, passed = 1 }, { "a", 1, 0, 1, 0, 0, 0 }, { "b", 0, 3, 3, 0, 0, 0 })
        local found = counts.read(journal, run).t
        assert.same({ 5, 5, 5, 0 }, { found.read, found.passed, found.inserted, found.emitted })
        assert.same({ b = { emitted = 10, inserted = 9, skipped = 1 }, c = { emitted = 2, inserted = 2, skipped = 0 } },
            found.emitted_into)
    end)

    it("know why rows were dropped", function()
        local one = slice("t", { filtered = 3 })
        local two, open = slice("t", { filtered = 4 }), slice("t", { state = "todo" })
        for _, given in ipairs { { one, "old", 2 }, { one, "empty", 1 }, { two, "old", 4 }, { open, "old", 50 } } do
            session:query(("INSERT INTO wherry.slice_filtered VALUES (%s, '%s', %d)"):format(table.unpack(given)))
        end
        local found = counts.read(journal, run).t
        assert.same({ old = 6, empty = 1 }, found.filtered_by)
        assert.same({ 7, 0 }, { found.filtered, found.inserted })
    end)

    it("are read of journals that know no stages", function()
        slice("t", { read = 3, passed = 3 }, { "a", 3, 0, 3, 0, 0, 0 })
        session:query "ALTER TABLE wherry.slice DROP COLUMN merged"
        session:query "DROP TABLE wherry.slice_filtered"
        session:query "COMMENT ON SCHEMA wherry IS 'wherry journal, version 4'"
        local found = counts.read(journal_of.open(session, "wherry"), run).t
        assert.same({ 3, 0, {} }, { found.read, found.merged, found.filtered_by })
    end)
end)
