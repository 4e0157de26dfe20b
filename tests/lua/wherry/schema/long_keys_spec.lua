-- Keys that are too long for an index, by what the rows are said to hold.
local long_keys = require "wherry.schema.long_keys"

describe("long_keys", function()
    -- A table with a text, a number and a blob, unique over all and indexed over one.
    local function entry_of(native)
        local entry = { source = { name = "t", uniques = { { columns = { "a", "n", "b" } } },
            indexes = { { columns = { { name = "a" }, {} } } } }, column = {} }
        for name, kind in pairs { a = "text", n = "integer", b = "blob" } do
            entry.column[name] = { name = name, kind = kind, native_nocase = native, type = { name = kind } }
        end
        return entry
    end

    local function work_of(lengths)
        local asked = {}
        return { options = { longest = function(_, lists)
            asked[#asked + 1] = lists
            return lengths[#asked]
        end } }, asked
    end

    it("asks each column once a table, and the whole key only where the columns might not fit", function()
        local work, asked = work_of { { 2000, 30 } }
        local entry = entry_of()
        assert.is_nil(long_keys.bytes(work, entry, { "a", "n", "b" }))
        assert.is_nil(long_keys.bytes(work, entry, { "a" }))
        assert.same({ { { "a" }, { "b" } } }, asked)
        work, asked = work_of { { 2000, 900 }, { 2700 } }
        entry = entry_of()
        assert.equal(2700, long_keys.bytes(work, entry, { "a", "n", "b" }))
        assert.same({ { "a", "b" } }, asked[2])
        work = work_of { { 2000, 900 }, { 2001 } }
        assert.is_nil(long_keys.bytes(work, entry_of(), { "a", "b" }))
    end)

    it("takes the digest of what is long", function()
        local work, entry = work_of { { 3000, 30 }, { 3030 } }, entry_of()
        assert.equal(3030, long_keys.bytes(work, entry, { "a", "n", "b" }))
        assert.equal("md5(lower(a))", long_keys.term(entry, "a", "lower(a)"))
        assert.equal("b", long_keys.term(entry, "b", "b"))
        assert.is_true(long_keys.digests(entry, { "a", "n", "b" }))
    end)

    it("takes none where the column itself folds", function()
        local work, entry = work_of { { 3000, 30 } }, entry_of(true)
        assert.equal(3000, long_keys.bytes(work, entry, { "a" }))
        assert.is_false(long_keys.digests(entry, { "a" }))
    end)

    it("takes keys as they are where nobody can be asked", function()
        assert.is_nil(long_keys.bytes({ options = {} }, entry_of(), { "a", "b" }))
    end)
end)
