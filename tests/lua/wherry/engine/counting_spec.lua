-- The counts of the source, taken beside the load: when they are known, kept and told.
local core = require "wherry.core"
local counting = require "wherry.engine.counting"
local failure = require "wherry.failure"
local journal_of = require "wherry.journal"
local source_tables = require "wherry.journal.source_tables"
local Target = require "tests.support.target"

describe("counting", function()
    local target, place, source
    setup(function()
        target, place = Target.start(), core.sys.temp "wherry-test-"
        core.sys.spawn { "sqlite3", place .. "/a.db", [[CREATE TABLE a(v); INSERT INTO a VALUES (1), (2), (3);
            CREATE TABLE b(v); INSERT INTO b VALUES (1)]] }
    end)
    teardown(function()
        target:stop()
        core.sys.remove_tree(place)
    end)
    before_each(function() source = core.snapshot.open(place .. "/a.db") end)
    after_each(function() source:close() end)

    local function begun(options)
        local session = target:session { retry = 0 }
        local journal, resolved = journal_of.open(session, "wherry"), Target.resolved { { source = "a" },
            { source = "b" } }
        for _, tbl in ipairs(resolved.tables) do
            tbl.count_sql = "SELECT count(*) FROM " .. tbl.source
        end
        resolved.tables[1].excluded_sql = "SELECT count(*) FROM a WHERE v > 2"
        local said = {}
        session:lock(0)
        return { session = session, journal = journal, run = Target.begin(journal, resolved), resolved = resolved,
            source = source, options = options or {}, log = function(_, text) said[#said + 1] = text end, said = said }
    end

    local function kept(state)
        return source_tables.read(state.journal, state.run, state.resolved)
    end

    local COUNTS = { a = { total = 3, excluded = 1 }, b = { total = 1, excluded = 0 } }

    it("gives what the source says, and keeps it in the journal", function()
        for _, check in ipairs { true, false } do
            local state = begun { check = check }
            counting.begin(state, state.resolved)
            counting.finish(state)
            assert.same(COUNTS, state.source_counts)
            assert.same(COUNTS, kept(state))
            assert.same({ 2, 1 }, { counting.expected(state, 1), counting.expected(state, 2) })
        end
    end)

    it("checks the file behind the counts, where that is wanted", function()
        for _, check in ipairs { true, false } do
            local given
            local state = begun { check = check }
            state.source = { check_start = function(_, options) given = options end }
            counting.begin(state, state.resolved)
            assert.equal(check, given.check)
            assert.equal(3, #given.counts)
        end
    end)

    it("knows tables one by one, and keeps them in the journal when all are known", function()
        local state, numbers = begun(), { 3 }
        counting.begin(state, state.resolved)
        state.source = { counts = function() return numbers end }
        counting.look(state)
        assert.is_nil(counting.expected(state, 1))
        numbers = { 3, 1 }
        counting.look(state)
        assert.same({ 2, nil }, { counting.expected(state, 1), counting.expected(state, 2) })
        assert.is_nil(kept(state))
        numbers = { 3, 1, 1 }
        counting.look(state)
        assert.same(COUNTS, kept(state))
        state.source, state.journal.session.step = nil, function() error "written twice" end
        counting.look(state)
        counting.finish(state)
        assert.same({}, state.said)
    end)

    it("says that it waits", function()
        local state, waited = begun(), false
        counting.begin(state, state.resolved)
        state.source = { counts = function(_, wait)
            waited = waited or wait
            return waited and { 3, 1, 1 } or {}
        end }
        counting.finish(state)
        assert.same({ "waits for the counts of the source" }, state.said)
        assert.same(COUNTS, kept(state))
    end)

    it("raises in the finish why a count failed, and knows those before it", function()
        local state = begun()
        state.resolved.tables[2].count_sql = "SELECT count(*) FROM nothing"
        counting.begin(state, state.resolved)
        local fault = Target.fault(counting.finish, state)
        assert.same({ "source", "b" }, { fault.kind, fault.table })
        state.source_counts = {}
        counting.look(state)
        assert.same({ a = COUNTS.a }, state.source_counts)
        assert.is_nil(kept(state))
    end)

    it("does not wait for a connection that is lost, and keeps the counts when there is one again", function()
        local state = begun()
        counting.begin(state, state.resolved)
        source:counts(true)
        state.session.locked = false
        counting.look(state)
        assert.is_nil(kept(state))
        state.session.locked = true
        local step, waited = state.session.step, nil
        state.session.retry, state.session.step = 7, function(session)
            waited = session.retry
            failure.raise("connection", "lost")
        end
        counting.look(state)
        assert.same({ nil, 0, 7 }, { kept(state), waited, state.session.retry })
        state.session.step = step
        counting.finish(state)
        assert.same(COUNTS, kept(state))
    end)
end)
