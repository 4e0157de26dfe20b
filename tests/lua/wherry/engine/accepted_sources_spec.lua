-- The sources of a run that is gone on with: which are there, and what the journal is told of them.
local accepted_sources = require "wherry.engine.accepted_sources"

describe("accepted_sources", function()
    local journal = { sql = function(_, text) return (text:format "j") end }

    it("has the source of each table where there is one, and of several those that are there", function()
        assert.is_true(accepted_sources.has({}, { from = nil }))
        local request = { files = { { name = "a" } } }
        assert.is_true(accepted_sources.has(request, { from = "a" }))
        assert.is_false(accepted_sources.has(request, { from = "b" }))
    end)

    it("writes each file as it is now", function()
        local statements = { { "before" } }
        accepted_sources.add({ journal = journal, files = { { name = "a", path = "/a", fingerprint = "1",
            fenced = true }, { name = "b", path = "/b\255", fingerprint = "2", fenced = false } } }, { id = 7 },
            statements)
        assert.equal(3, #statements)
        assert.matches("^INSERT INTO j.source ", statements[2][1])
        assert.same({ 7, "a", "/a", "1", true }, table.move(statements[2], 2, 6, 1, {}))
        assert.same({ 7, "b", "2", false }, { statements[3][2], statements[3][3], statements[3][5], statements[3][6] })
        assert.is_truthy(utf8.len(statements[3][4]))
    end)

    it("writes the only source under its name", function()
        local statements = {}
        accepted_sources.add({ journal = journal, path = "/a", fingerprint = "1" }, { id = 7 }, statements)
        assert.same({ 7, "main", "/a", "1", true }, table.move(statements[1], 2, 6, 1, {}))
    end)
end)
