-- The shared parts of a translation: receipts, objects, notes and runtime functions.
local names = require "wherry.names"
local translation = require "wherry.schema.translation"

local function new_work()
    return { created = { receipts = {}, objects = {} }, functions = {}, schema = "public" }
end

describe("translation", function()
    it("gathers receipts, and objects that are exact unless they say otherwise", function()
        local work = new_work()
        translation.object(work, { kind = "index", name = "i" })
        translation.object(work, { kind = "index", name = "j", outcome = "changed" })
        translation.not_carried(work, "index", "k", { source = { name = "t" } }, "why")
        assert.equal("exact", work.created.objects[1].outcome)
        assert.equal("changed", work.created.objects[2].outcome)
        assert.same({ kind = "index", name = "k", table = "t", outcome = "not_carried", note = "why" },
            work.created.receipts[1])
    end)

    it("remembers each runtime function once", function()
        local work = new_work()
        translation.use(work, { functions = { sqlite_glob = true } })
        translation.use(work, { functions = { sqlite_glob = true, sqlite_round = true } })
        translation.use(work, {})
        assert.same({ sqlite_glob = true, sqlite_round = true }, work.functions)
    end)

    it("joins notes, and one that tells of a change makes the outcome changed", function()
        local notes = translation.notes()
        assert.is_nil(notes:text())
        notes:add("an aside")
        notes:add(nil, true)
        assert.same({ "an aside", "exact" }, { notes:text(), notes.outcome })
        notes:add_printed { outcome = "changed", notes = { "more digits" } }
        assert.same({ "an aside; more digits", "changed" }, { notes:text(), notes.outcome })
    end)

    it("notes a changed name only where the source gave it", function()
        local allocator, notes = names.allocator { "c", "t_key" }, translation.notes()
        assert.equal("t_key1", translation.constraint_name(allocator, nil, "t_key", notes))
        assert.equal("exact", notes.outcome)
        assert.equal("c1", translation.constraint_name(allocator, "c", "t_key", notes))
        assert.equal("changed", notes.outcome)
    end)

    it("writes a text as one line and a table's name with its schema", function()
        assert.equal("a b c", translation.one_line "a\n\tb  c")
        assert.equal('public."T"', translation.qualified(new_work(), { target = { name = "T" } }))
    end)
end)
