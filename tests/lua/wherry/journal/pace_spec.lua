-- How fast a run was, as its steps have it.
local journal_of = require "wherry.journal"
local pace = require "wherry.journal.pace"
local Target = require "tests.support.target"

describe("the pace of a run", function()
    local target, session, journal, run
    setup(function() target = Target.start() end)
    teardown(function() target:stop() end)
    before_each(function()
        session = target:session()
        journal = journal_of.open(session, "wherry")
        run = Target.begin(journal, Target.resolved({ { source = "a" } }, {}))
        session:query "DELETE FROM wherry.slice"
    end)

    -- Steps, each { begun, ended, rows }.
    local function steps(list)
        for _, step in ipairs(list) do
            session:query([[INSERT INTO wherry.slice (run, source, source_table, state, read, started, finished)
                VALUES ($1, 'main', 'a', 'done', $4, to_timestamp($2::float8), to_timestamp($3::float8))]],
                { run, step[1], step[2], step[3] })
        end
    end

    local function total(found)
        local rows = 0
        for _, bin in ipairs(found.bins) do
            rows = rows + bin.rows
        end
        return rows
    end

    it("spreads the rows of each step over its time, and loses none", function()
        steps { { 1000, 1004, 400 }, { 1002, 1004, 400 }, { 1004, 1008, 101 } }
        local found = pace.of(journal, run)
        assert.equal(8, found.seconds)
        assert.equal(8, #found.bins)
        assert.same({ t = 1, rows = 100 }, found.bins[1])
        assert.same({ t = 3, rows = 300 }, found.bins[3])
        assert.equal(901, total(found))
        assert.equal(8, found.bins[8].t)
    end)

    it("leaves the time out in which a run stood still", function()
        steps { { 1000, 1004, 400 }, { 90000, 90004, 400 } }
        local found = pace.of(journal, run)
        assert.equal(8, found.seconds)
        assert.equal(800, total(found))
        assert.equal(1, #found.pauses)
        assert.same({ 4, 88996 }, { found.pauses[1].t, found.pauses[1].seconds })
    end)

    it("has no more bins than can be drawn, and none without steps", function()
        assert.same({ seconds = 0, bins = {}, pauses = {} }, pace.of(journal, run))
        local list = {}
        for index = 1, 300 do
            list[index] = { 1000 + index / 10, 1000 + index / 10, 3 }
        end
        steps(list)
        local found = pace.of(journal, run)
        assert.equal(120, #found.bins)
        assert.equal(900, total(found))
    end)
end)
