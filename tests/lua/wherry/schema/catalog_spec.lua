local catalog = require "wherry.schema.catalog"
local types = require "wherry.schema.types"

describe("catalog", function()
    -- A table t(id, Name, gone) of which the plan renames one column and leaves out another.
    local function renamed()
        local id = { source = "id", name = "id", type = types.bigint, identity = true, not_null = true }
        local name = { source = "title", name = "title", type = types.text, not_null = false }
        local t = { name = "things", original_name = "T", original = { id = "id", Name = "title" }, rowid_alias = "id",
            columns = { { name = "id", affinity = "integer" }, { name = "title", affinity = "text" } },
            sql = "CREATE TABLE T(id INTEGER PRIMARY KEY, Name TEXT, gone TEXT)" }
        local work = { schema = "public", by_source = { things = { source = t, column = { id = id, title = name },
            target = { schema = "public", name = "things" } } } }
        local m = { tables = { t, { name = "left", columns = {} } },
            virtuals = { { name = "words", module = "fts5", shadows = { "words_data" } } } }
        return catalog.new(work, m), work
    end

    it("finds tables by the names that the source's queries use", function()
        local found = renamed():find "t"
        assert.same({ "T", "public.things", "id" }, { found.name, found.sql, found.rowid.target })
        assert.same({ "Name", "title", "text" },
            { found.columns[2].name, found.columns[2].target, found.columns[2].affinity })
        assert.same({ gone = true }, found.left_out)
        assert.equal(found, (renamed():find("T", "MAIN")) and found)
    end)

    it("says why something cannot be used", function()
        local function reason(...)
            return select(2, renamed():find(...))
        end
        assert.equal("it uses left, which is left out", reason "LEFT")
        assert.equal("it uses words, a virtual table (fts5) that is not carried", reason "words")
        assert.equal("it uses words_data, which belongs to the virtual table words", reason "words_data")
        assert.equal("it reads sqlite_master, SQLite's own catalog", reason "sqlite_master")
        assert.equal("it uses aux.t, which is not part of this file", reason("t", "aux"))
        assert.equal("it uses things, which is not carried", reason "things")
    end)

    it("watches what is read, through views too", function()
        local one, work = renamed()
        one:add_view(work, "V", "v", {}, { t = true })
        local finish = one:watch()
        one:find "t"
        local inner = one:watch()
        one:read "v"
        assert.same({ v = true, t = true }, inner())
        assert.same({}, finish())
    end)
end)
