-- engine/accepted_sources: the sources of a run that is gone on with although they have changed.
local accepted_sources = require "wherry.engine.accepted_sources"
local journal_of = require "wherry.journal"
local Target = require "tests.support.target"

describe("accepted sources", function()
    it("are there, or one of several is gone", function()
        assert.is_true(accepted_sources.has({}, { from = nil }))
        local request = { files = { { name = "a" }, { name = "b" } } }
        assert.is_true(accepted_sources.has(request, { from = "b" }))
        assert.is_false(accepted_sources.has(request, { from = "c" }))
        assert.is_false(accepted_sources.has(request, {}))
    end)

    describe("in the journal", function()
        local target, session, journal, run
        setup(function() target = Target.start() end)
        teardown(function() target:stop() end)
        before_each(function()
            session = target:session()
            journal = journal_of.open(session, "wherry")
            run = Target.begin(journal, Target.resolved { { source = "t" } })
        end)

        local function files()
            return session:query([[SELECT string_agg(concat_ws(' ', name, path, fingerprint, fenced), ', '
                ORDER BY name) AS all FROM wherry.source WHERE run = $1]], { run })[1].all
        end

        local function add(request)
            local statements = {}
            request.journal = journal
            accepted_sources.add(request, { id = run }, statements)
            journal:step(run, statements)
        end

        it("are as they are now, whether one or several", function()
            add { path = "/y/app.db", fingerprint = "g" }
            assert.equal("main /y/app.db g t", files())
            session:query "DELETE FROM wherry.source"
            add { path = "/y/app.db", fingerprint = "g" }
            assert.equal("main /y/app.db g t", files())
            add { files = { { name = "main", path = "/z", fingerprint = "h", fenced = false }, { name = "new",
                path = "/n", fingerprint = "i", fenced = false } } }
            assert.equal("main /z h t, new /n i f", files())
        end)
    end)
end)
