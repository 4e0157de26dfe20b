local core = require "wherry.core"

describe("wherry.core.private", function()
    local place, directory

    before_each(function()
        place = core.sys.temp "wherry-test-"
        core.sys.spawn { "chmod", "711", place } -- as root the server runs as another user, who has to get in
        directory = place .. "/pg"
    end)
    after_each(function() core.sys.remove_tree(place) end)

    it("knows where PostgreSQL's programs are", function()
        assert.are.equal("file", core.sys.stat(core.private.bindir() .. "/initdb").type)
    end)

    it("starts, finds and stops a kept server", function()
        assert.is_nil(core.private.find(directory))
        local server = core.private.start { kind = "kept", directory = directory, settings = { "fsync=off" } }
        assert.is_true(server.running)
        assert.truthy(server.version:match "^%d+%.%d+$")
        assert.are.equal(directory, server.directory)
        assert.are.equal(server.pid, core.private.find(directory).pid)
        assert.are.equal(server.pid, core.private.start({ kind = "kept", directory = directory }).pid)
        core.private.stop(server, "kept")
        assert.is_false(server.running)
        assert.is_nil(core.private.find(directory))
        assert.is_truthy(core.sys.stat(directory .. "/data/PG_VERSION"))
    end)

    it("leaves nothing of a test server", function()
        local server = core.private.start { kind = "test", directory = directory }
        core.private.stop(server, "test")
        assert.is_nil(core.sys.stat(directory))
    end)

    it("wants to know the kind and the directory", function()
        for _, wrong in ipairs { {}, { kind = "kept" }, { kind = "other", directory = directory } } do
            local ok, fault = pcall(core.private.start, wrong)
            assert.is_false(ok)
            assert.are.equal("usage", fault.kind)
        end
        assert.is_nil(core.sys.stat(directory))
    end)
end)
