-- The text from which an auditor runs the pairs.
local text = require "wherry.witness.text"

describe("the text of the witness", function()
    local CELLS = { { what = "rows", like = "integer", names = { "rows" } } }

    it("has both statements of each pair, and what is left out", function()
        local found = text { tables = { { table = "public.t", pg = "SELECT 2", cells = CELLS,
            loads = { { source = "t", from = "main", sql = "SELECT 1" } } } },
            left_out = { { table = "u", why = "so" }, { table = "v", column = "c", why = "thus" } } }
        assert.matches("-- --- pair 1: public.t ---\n-- sqlite3, t\nSELECT 1;\n\n-- psql, public.t\nSELECT 2;\n",
            found, 1, true)
        assert.matches("\n-- left out: u: so\n-- left out: v.c: thus\n", found, 1, true)
        assert.matches("1 pair. In sqlite3", found, 1, true)
    end)

    it("says where results have to be added up", function()
        local found = text { tables = { { table = "t", loads = { { source = "a.t", from = "a", sql = "SELECT 1" },
            { source = "b.t", from = "b", sql = "SELECT 3" } }, pg = "SELECT 2", cells = CELLS } }, left_out = {} }
        assert.matches("-- sqlite3, a.t: the results of these are added up", found, 1, true)
    end)

    it("lets no name end its comment", function()
        local found = text { tables = { { table = "t", loads = { { source = "a\nDROP TABLE t", from = "main",
            sql = "SELECT 1" } }, pg = "SELECT 2", cells = CELLS } }, left_out = {} }
        assert.is_nil(found:find "\nDROP")
    end)
end)
