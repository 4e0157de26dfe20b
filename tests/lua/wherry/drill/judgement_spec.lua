-- What is said of a table, by wherry run and wherry verify alike.
local judgement = require "wherry.drill.judgement"
local shallow = require "wherry.shallow"

describe("judgement", function()
    -- Judges rows of which this was found.
    local function judge(found, facts, conflict)
        local line = { state = "not_compared", note = "why sums can't tell" }
        local all = shallow.copy({ missing = 0, extra = 0, different = 0, differences = {}, more = 0, rows_source = 7,
            rows_target = 8 }, found)
        judgement.of_rows({ target_sql = "public.t", conflict = conflict }, line, all,
            shallow.copy({ before = 0, others = facts and facts.before or 0, kept = 0 }, facts or {}))
        return line
    end

    it("tells what differs", function()
        local differences = { { kind = "missing" } }
        assert.same({ state = "differs", missing = 1, extra = 2, different = 3, more = 5, differences = differences,
            told = true, rows_source = 7, rows_target = 8, note = "1 row was there before" },
            judge({ missing = 1, extra = 2, different = 3, differences = differences, more = 5, told = true },
                { before = 1 }))
        assert.same({ state = "same", missing = 0, extra = 0, different = 0, more = 0, differences = {} },
            judge({}, { buckets = { 5 } }))
    end)

    it("allows rows that are not the source's, as many as there are", function()
        local line = judge({ extra = 3, differences = { { kind = "extra" } } }, { before = 2, later = 1, others = 3 })
        assert.same({ "same", 0, {}, "2 rows were there before; 1 row came with a later run" }, { line.state,
            line.extra, line.differences, line.note })
        assert.equal("differs", judge({ extra = 4 }, { before = 2, later = 1, others = 3 }).state)
        assert.equal("1 row is not the run's", judge({ extra = 1 }, { others = 1 }).note)
        assert.equal("2 rows came with later runs", judge({}, { later = 2 }).note)
    end)

    it("counts rows that are not the source's as no differences of a table that differs otherwise", function()
        local differences = { { kind = "missing" }, { kind = "extra" }, { kind = "extra" } }
        local found = { missing = 4, extra = 2, differences = differences, more = 3 }
        local line = judge(found, { later = 2, others = 2 })
        assert.same({ "differs", 4, 0, { { kind = "missing" } }, 3 }, { line.state, line.missing, line.extra,
            line.differences, line.more })
        line = judge(found, { later = 1, others = 1 })
        assert.same({ 2, 3, 3 }, { line.extra, #line.differences, line.more })
    end)

    it("allows rows that were kept, and that others are brought up to date", function()
        local facts = { before = 3, kept = 2 }
        local line = judge({ different = 2, extra = 1 }, facts, "keep")
        assert.same({ "same", 0, "3 rows were there before; 2 rows kept as they were" }, { line.state, line.different,
            line.note })
        line = judge({ different = 3 }, facts, "keep")
        assert.same({ "differs", 3, "3 rows were there before" }, { line.state, line.different, line.note })
        line = judge({ different = 1 }, { kept = 1 }, "keep")
        assert.same({ "1 row kept as it was", 1 }, { line.note, line.kept })
        assert.equal("differs", judge({ missing = 1 }, facts, "keep").state)
        assert.equal("same", judge({ extra = 3 }, facts, "update").state)
        assert.equal("differs", judge({ different = 1 }, facts, "update").state)
        assert.equal("differs", judge({ different = 1 }, facts).state)
    end)

    it("believes sums that differ where each row of the source is there", function()
        local line = judge({ extra = 1, differences = { { kind = "extra" } } }, { before = 1, summed = true })
        assert.same({ "differs", 0, {}, "1 row was there before; "
            .. "all rows of the source are there: others have changed" },
            { line.state, line.extra, line.differences, line.note })
    end)

    it("does not judge what triggers make of rows, but that all are there", function()
        local line = judge({ different = 2, differences = { {} }, more = 1 }, { fires = true })
        assert.same({ "not_compared", 2, {}, 0, "2 rows are others than were sent: its triggers fire" }, { line.state,
            line.different, line.differences, line.more, line.note })
        assert.equal("1 row is another one than was sent: its triggers fire", judge({ different = 1 },
            { fires = true }).note)
        line = judge({ extra = 1 }, { before = 1, fires = true, summed = true })
        assert.same({ "not_compared", 0, "1 row was there before; all rows of the source are there, "
            .. "others have changed: its triggers fire" }, { line.state, line.extra, line.note })
        assert.equal("differs", judge({ different = 2, missing = 1 }, { fires = true }).state)
        assert.equal("differs", judge({ extra = 1 }, { fires = true }).state)
        assert.equal("same", judge({}, { fires = true }).state)
    end)

    it("knows by sums what after_load has changed", function()
        local expected = { rows = 2, sum = "5", changed = false }
        assert.equal("same", judgement.of_sums(expected, { rows = 2, sum = "5" }))
        assert.equal("differs", judgement.of_sums(expected, { rows = 2, sum = "6" }))
        assert.equal("differs", judgement.of_sums(expected, { rows = 1, sum = "5" }))
        expected.changed = true
        assert.equal("changed_by_after_load", judgement.of_sums(expected, { rows = 2, sum = "5" }))
    end)

    it("knows where rows come from, which were left out, and whether triggers fire", function()
        local trigger = { kind = "trigger", state = "receipt", outcome = "exact", target = "public.t" }
        local resolved = { objects = { trigger }, tables = { { source = "a", read = { table = "x" } },
            { source = "b", read = { table = "y" } } } }
        local target = { target_sql = "public.t", conflict = "keep", loads = { { place = 1 }, { place = 2 } } }
        local counts = { x = { skipped = 2 }, y = { skipped = 3 } }
        assert.equal(5, judgement.kept(resolved, target, counts))
        assert.equal(2, judgement.kept(resolved, target, { x = counts.x }))
        assert.is_true(judgement.fires(resolved, target))
        assert.is_false(judgement.fires(resolved, { target_sql = "public.u" }))
        trigger.outcome = "changed"
        assert.is_false(judgement.fires(resolved, target))
        target.loads[3], target.conflict = { place = 1, emit = 1 }, nil
        assert.same({ "a", "b" }, judgement.sources(resolved, target))
        assert.equal(0, judgement.kept(resolved, target, counts))
    end)
end)
