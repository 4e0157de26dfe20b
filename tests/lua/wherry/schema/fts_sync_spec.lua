local fts_sync = require "wherry.schema.fts_sync"
local parse = require "wherry.expr.parse"

describe("fts_sync.table_of", function()
    local m = { virtuals = { { name = "Words", module = "fts5" }, { name = "old", module = "fts4" },
        { name = "places", module = "rtree" } } }

    local function kept(body)
        return fts_sync.table_of(m, assert(parse.create("CREATE TRIGGER x AFTER INSERT ON t BEGIN " .. body .. " END")))
    end

    it("knows the triggers of the manuals", function()
        assert.equal("Words", kept "INSERT INTO words(rowid, a) VALUES (new.id, new.a);")
        assert.equal("Words", kept [[INSERT INTO words(words, rowid, a) VALUES ('delete', old.id, old.a);
            INSERT INTO words(rowid, a) VALUES (new.id, new.a);]])
        assert.equal("old", kept "DELETE FROM old WHERE docid = old.rowid;")
    end)

    it("leaves triggers that do more", function()
        assert.is_nil(kept "INSERT INTO words(rowid) VALUES (1); DELETE FROM t;")
        assert.is_nil(kept "INSERT INTO words(rowid) VALUES (1); DELETE FROM old;")
        assert.is_nil(kept "INSERT INTO places VALUES (1, 2, 3);")
        assert.is_nil(kept "SELECT 1;")
    end)
end)
