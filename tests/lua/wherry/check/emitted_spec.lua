-- check/emitted.lua: what a check says that it does not see of emitted rows.
local emitted = require "wherry.check.emitted"

describe("check.emitted", function()
    it("names each table that gets rows from a function, and nothing else", function()
        assert.same({ { table = "posts", kind = "emitted rows", name = "tag",
            reason = "their keys, foreign keys and checks are not compared" } }, emitted.unseen { tables = {
            { source = "posts", hooks = { maps = {}, row = true, emits = { { name = "tag" } } } },
            { source = "users", hooks = { maps = { "name" } } }, { source = "logs" } } })
    end)
end)
