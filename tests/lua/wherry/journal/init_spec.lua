-- What the journal keeps of runs, and how their states follow each other.
local journal_of = require "wherry.journal"
local Target = require "tests.support.target"

describe("the journal", function()
    local target, session, journal
    setup(function() target = Target.start() end)
    teardown(function() target:stop() end)
    before_each(function()
        session = target:session()
        journal = journal_of.open(session, "wherry")
    end)

    local OBJECTS = {
        { kind = "foreign key", name = "k", table = "b\xe9", target = "public.t", state = "aside", outcome = "exact",
          sql = "SELECT 1", aside_sql = "CREATE TABLE public.was_aside ()" },
        { kind = "index", name = "i", table = "t", state = "todo", outcome = "exact", sql = "SELECT 2" },
        { kind = "view", name = "v", state = "receipt", outcome = "not_carried", note = "a\0b \xff" },
    }

    local function begun(path)
        return Target.begin(journal, Target.resolved({ { source = "b" }, { source = "a" } }, OBJECTS,
            { create = { "CREATE TABLE public.made ()" } }), path)
    end

    it("begins a run in one step, with all that is done before the load", function()
        local run = begun()
        assert.is_true(journal:has(run))
        assert.is_false(journal:has(run + 1))
        assert.equal("2", session:query([[SELECT count(*) AS n FROM pg_class
            WHERE relname IN ('made', 'was_aside')]])[1].n)
        local slices = session:query "SELECT source_table AS t, state FROM wherry.slice ORDER BY id"
        assert.same({ { t = "b", state = "todo" }, { t = "a", state = "todo" } }, slices)
        local open = journal:open_objects(run)
        assert.same({ "i", "k" }, { open[1].name, open[2].name }) -- indexes before foreign keys
    end)

    it("has a slice for each range of a table that is cut, and the lanes of the run", function()
        local resolved = Target.resolved({ { source = "a" }, { source = "b" } }, {})
        resolved.tables[1].cuts = { "0101", "0102" }
        local about = { path = "/x/app.db", fingerprint = "f", fenced = true, command = "wherry", choices = {},
            jobs = 3 }
        local run = journal:new_run()
        journal:begin(run, resolved, about)
        local rows = session:query [[SELECT source_table || ' ' || coalesce(encode(lo, 'hex'), '') || '-'
            || coalesce(encode(hi, 'hex'), '') AS range FROM wherry.slice ORDER BY id]]
        assert.same({ "a -0101", "a 0101-0102", "a 0102-", "b -" },
            { rows[1].range, rows[2].range, rows[3].range, rows[4].range })
        local function lanes()
            return session:query("SELECT jobs FROM wherry.run WHERE id = $1", { run })[1].jobs
        end
        assert.equal("3", lanes())
        journal:reopen(run, 2)
        assert.equal("2", lanes())
        journal:reopen(run)
        assert.equal("2", lanes())
    end)

    it("begins a run once, however often the first step is sent", function()
        local resolved = Target.resolved({ { source = "a" } }, {})
        local about = { path = "/x/app.db", fingerprint = "f", fenced = true, command = "wherry", choices = {} }
        journal:begin(journal:new_run(), resolved, about)
        local second = journal:new_run()
        for _ = 1, 2 do -- the answer to the first was lost
            journal:begin(second, resolved, about)
        end
        assert.equal("2", session:query("SELECT count(*) AS n FROM wherry.slice")[1].n)
    end)

    it("finds the newest run of a file, and counts each by itself", function()
        local first = begun()
        session:query "DROP TABLE public.made, public.was_aside"
        session:query "UPDATE wherry.run SET state = 'done'"
        local second = begun()
        assert.is_true(second > first)
        assert.equal(second, journal:find("/x/app.db").id)
        session:query "UPDATE wherry.slice SET state = 'done', read = 1, passed = 1"
        session:query [[INSERT INTO wherry.slice_target (slice, target, passed, inserted)
            SELECT id, 'public.t', 1, 1 FROM wherry.slice]]
        assert.same({ 1, 1 }, { journal:counts(second).a.inserted, journal:counts(first).b.inserted })
        session:query(("UPDATE wherry.run SET state = 'removed' WHERE id = %d"):format(second))
        assert.equal(first, journal:find("/x/app.db").id)
    end)

    it("gives back what it was given, whatever the bytes", function()
        local path = "/x/\xe9.db"
        local run = begun(path)
        local found = journal:find(path)
        assert.equal(run, found.id)
        assert.equal("b\xe9", found.plan.objects[1].table)
        assert.equal("/x/\\xe9.db", found.path)
        assert.is_nil(journal:find "/x/other.db")
        assert.equal(run, journal:find("/x/other.db", run).id)
        assert.same({}, journal:others(path))
        assert.equal(run, journal:others("/x/other.db")[1].id)
        journal:stop_run(run, "failed", "bytes \xff and \0")
        assert.equal("bytes \\xff and \\x00", session:query("SELECT error FROM wherry.run")[1].error)
    end)

    it("tells receipts as they stand", function()
        local run = begun()
        local receipts = journal:receipts(run)
        assert.same({ "not_carried", "not_carried", "not_carried" },
            { receipts[1].outcome, receipts[2].outcome, receipts[3].outcome })
        assert.matches("put aside", receipts[1].note)
        assert.equal("a\\x00b \\xff", receipts[3].note)
        session:query "UPDATE wherry.object SET state = 'added' WHERE name = 'k'"
        session:query "UPDATE wherry.object SET state = 'failed', failed_in = 'todo', reason = 'why' WHERE name = 'i'"
        receipts = journal:receipts(run)
        assert.equal("changed", receipts[1].outcome)
        assert.same({ "not_carried", "why" }, { receipts[2].outcome, receipts[2].note })
        session:query "UPDATE wherry.object SET state = 'done', failed_in = NULL WHERE state <> 'receipt'"
        receipts = journal:receipts(run)
        assert.same({ "exact", "exact" }, { receipts[1].outcome, receipts[2].outcome })
    end)

    it("closes a run only when nothing is left to do", function()
        local run = begun()
        assert.is_false(journal:close_run(run, "counted"))
        session:query "UPDATE wherry.object SET state = 'done' WHERE state <> 'receipt'"
        assert.is_false(journal:close_run(run, "counted"))
        session:query "UPDATE wherry.slice SET state = 'done'"
        assert.is_true(journal:close_run(run, "counted"))
        assert.equal("done", journal:state_of(run))
        assert.is_false(journal:close_run(run, "counted"))
        journal:stop_run(run, "failed", "late")
        assert.equal("done", journal:state_of(run))
        assert.is_false(journal:step(run, { { "SELECT 1" } }))
    end)

    it("opens a run again, and its failed objects with it", function()
        local run = begun()
        session:query "UPDATE wherry.object SET state = 'failed', failed_in = state, reason = 'r' WHERE name = 'k'"
        session:query "UPDATE wherry.object SET state = 'done' WHERE name = 'i'"
        session:query "UPDATE wherry.slice SET state = 'done'"
        assert.is_true(journal:close_run(run, "differs"))
        journal:reopen(run)
        assert.equal("running", journal:state_of(run))
        local open = journal:open_objects(run)
        assert.same({ 1, "k", "aside" }, { #open, open[1].name, open[1].state })
        session:query "UPDATE wherry.object SET state = 'done' WHERE name = 'k'"
        assert.is_true(journal:close_run(run, "counted"))
        journal:reopen(run)
        assert.equal("done", journal:state_of(run))
        session:query "UPDATE wherry.run SET state = 'removed'"
        journal:reopen(run)
        assert.equal("removed", journal:state_of(run))
        assert.is_nil(journal:find "/x/app.db")
    end)

    it("adds up what the steps counted", function()
        local run = begun()
        session:query [[UPDATE wherry.slice SET state = 'done', read = 5, passed = 5, started = now(),
            finished = now() + interval '1.5 s' WHERE source_table = 'a']]
        session:query [[INSERT INTO wherry.slice_target (slice, target, passed, inserted, skipped)
            SELECT id, 'public.a', 5, 4, 1 FROM wherry.slice WHERE source_table = 'a']]
        assert.same({ a = { seconds = 1.5, read = 5, filtered = 0, filtered_by = {}, merged = 0, passed = 5,
            emitted = 0, inserted = 4, updated = 0, skipped = 1, rejected = 0 } }, journal:counts(run))
    end)

    it("adds up what stages took out, by reason", function()
        local run = begun()
        session:query [[UPDATE wherry.slice SET state = 'done', read = 9, filtered = 4, merged = 2, passed = 3
            WHERE source_table = 'a']]
        session:query(([[INSERT INTO wherry.slice (run, source, source_table, state, read, filtered, merged)
            VALUES (%d, 'main', 'a', 'done', 6, 5, 1)]]):format(run))
        session:query [[INSERT INTO wherry.slice_filtered SELECT id, 'spam', filtered - 1 FROM wherry.slice
            WHERE state = 'done' UNION ALL SELECT id, 'old', 1 FROM wherry.slice WHERE read = 9]]
        local counts = journal:counts(run).a
        assert.same({ 15, 9, 3, 3, { spam = 7, old = 1 } },
            { counts.read, counts.filtered, counts.merged, counts.passed, counts.filtered_by })
    end)

    it("counts in a journal that has not been brought up yet", function()
        local run = begun()
        session:query "UPDATE wherry.slice SET state = 'done', read = 5, passed = 5"
        session:query "DROP TABLE wherry.slice_filtered"
        session:query "ALTER TABLE wherry.slice DROP COLUMN merged"
        session:query "COMMENT ON SCHEMA wherry IS 'wherry journal, version 4'"
        local counts = journal_of.open(session, "wherry"):counts(run).a
        assert.same({ 5, 0, {} }, { counts.read, counts.merged, counts.filtered_by })
    end)

    it("counts a step once that filled two tables, and takes back what a later one corrects", function()
        local run = begun()
        session:query "UPDATE wherry.slice SET state = 'done', read = 5, passed = 5 WHERE source_table = 'a'"
        session:query [[INSERT INTO wherry.slice_target (slice, target, passed, inserted, emitted)
            SELECT id, t, 5, n, n - 5 FROM wherry.slice, (VALUES ('public.a', 5), ('public.b', 7)) AS v(t, n)
            WHERE source_table = 'a']]
        session:query(([[INSERT INTO wherry.slice (run, source, source_table, state, kind, passed)
            VALUES (%d, 'main', 'a', 'done', 'retry', -2)]]):format(run))
        session:query [[INSERT INTO wherry.slice_target (slice, target, passed, inserted, rejected)
            SELECT id, 'public.a', -2, -2, 2 FROM wherry.slice WHERE kind = 'retry']]
        assert.same({ seconds = nil, read = 5, filtered = 0, filtered_by = {}, merged = 0, passed = 3,
            emitted = 2, inserted = 10, updated = 0, skipped = 0, rejected = 2 }, journal:counts(run).a)
    end)
end)
