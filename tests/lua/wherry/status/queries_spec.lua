-- The questions fit journals of all versions that this program knows, which are not brought up for a look.
local journal_of = require "wherry.journal"
local queries = require "wherry.status.queries"
local reading = require "wherry.status.reading"
local Target = require "tests.support.target"

describe("queries.of", function()
    local target
    setup(function() target = Target.start() end)
    teardown(function() target:stop() end)

    -- what the versions had not, the newest first
    local AGES = {
        [4] = {},
        [3] = { "DROP TABLE wherry.source_table",
            "ALTER TABLE wherry.run DROP COLUMN copy, DROP COLUMN accepted, DROP COLUMN jobs",
            "ALTER TABLE wherry.object DROP COLUMN started" },
        [2] = { "DROP TABLE wherry.reject, wherry.slice_column",
            "ALTER TABLE wherry.slice DROP COLUMN sub_xids, DROP COLUMN kind" },
    }

    it("asks a journal of each version", function()
        local session = target:session()
        local journal = journal_of.open(session, "wherry")
        Target.begin(journal, Target.resolved({ { source = "t" } }, { { kind = "index", name = "i", state = "aside",
            outcome = "exact", sql = "s", aside_sql = "SELECT 1" } }))
        for version = 4, 2, -1 do
            for _, statement in ipairs(AGES[version]) do
                session:query(statement)
            end
            local run = reading.runs(journal, version, {})[1]
            assert.same({ 1, "dead", 0, 1 }, { run.id, run.state, run.rejects, #run.objects })
            assert.equal("t", reading.tables(journal, version, 1)[1].table)
        end
    end)

    it("leaves no place open", function()
        for version = 2, 4 do
            for name, text in pairs(queries.of(version)) do
                assert.is_nil(text:find("[{}]"), name)
            end
        end
    end)
end)
