-- The demo's sample database arrives whole, value by value, with every object accounted for.
local h = require "tests.support.harness"
local compare = require "tests.support.compare"
local ledger = require "tests.support.ledger"

describe("the demo's sample database", function()
    after_each(h.cleanup)

    it("arrives whole in a new database", function()
        local file, database = h.source(h.process.read "scripts/sample.sql", "sample.db"), h.database()
        local document = h.run(0, { file, h.url(database) }, { timeout = 240 }).json
        assert.equal("counted", document.status)
        for _, name in ipairs(compare.tables(file)) do
            compare.table(database, file, name)
        end
        assert.equal(20000, ledger.source(document, "audit_events").passed)

        local outcome = {}
        for _, object in ipairs(document.objects) do
            outcome[object.kind .. " " .. object.name] = object.outcome
        end
        assert.equal("not_carried", outcome["view active_users"])
        assert.equal("not_carried", outcome["virtual table audit_fts"])
        assert.equal("not_carried", outcome["trigger audit_ai"])
        assert.equal("not_carried", outcome["index ux_resources_doi"])
        assert.equal("exact", outcome["index ix_messages_chat"])

        -- The cycle holds, and the application's next message gets an id that was never used.
        assert.equal("120", h.sql(database, "SELECT count(*) FROM organizations o JOIN users u ON u.id = o.owner_id"))
        assert.equal("25001", h.sql(database,
            "INSERT INTO messages(text, created_at) VALUES ('hello', '2024-01-01') RETURNING id"))
    end)
end)
