-- Which columns a unique key has to be looked into for.
local merging = require "wherry.schema.merging"
local translation = require "wherry.schema.translation"

describe("merging.found", function()
    local function found(kinds, count)
        local entry, columns, asked = { source = { name = "t" }, column = {} }, {}, nil
        for i, kind in ipairs(kinds) do
            columns[i] = "c" .. i
            entry.column[columns[i]] = { name = columns[i], kind = kind, type = { name = "text" } }
        end
        local notes = translation.notes()
        local work = { options = { merges = function(_, list)
            asked = list
            return count
        end } }
        return merging.found(work, entry, columns, { "NOCASE" }, notes), notes, asked
    end

    it("asks nothing where every class is kept", function()
        local merges, notes, asked = found({ "text", "integer", "blob", "real", "boolean", "number" }, 1)
        assert.is_false(merges)
        assert.equal("exact", notes.outcome)
        assert.is_nil(asked)
    end)

    it("asks about lost classes and spellings, and tells of them either way", function()
        local merges, notes, asked = found({ "mixed", "text", "uuid", "json", "time" }, 0)
        assert.is_false(merges)
        assert.equal("changed", notes.outcome)
        assert.same({
            { name = "c1", form = "text", collation = "NOCASE" },
            { name = "c2", form = "same", collation = "BINARY" },
            { name = "c3", form = "uuid", collation = "BINARY" },
            { name = "c4", form = "json", collation = "BINARY" },
            { name = "c5", form = "time", collation = "BINARY" },
        }, asked)
        merges, notes = found({ "mixed" }, 2)
        assert.is_true(merges)
        assert.matches("2 keys are held by several rows", notes:text())
    end)
end)
