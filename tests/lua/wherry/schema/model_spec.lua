-- Look-ups in the schema model.
local model = require "wherry.schema.model"

describe("model", function()
    local m = model.new "sqlite"
    m.tables = { model.new_table { name = "Artist" }, model.new_table { name = "größe", strict = true } }

    it("fills in what a table always has", function()
        assert.same({}, m.tables[1].columns)
        assert.same({ false, true }, { m.tables[1].strict, m.tables[2].strict })
    end)

    it("gives the names of entries in their order", function()
        assert.same({ "Artist", "größe" }, model.names(m.tables))
        assert.same({}, model.names(m.tables[1].columns))
    end)

    it("finds a table by its exact name", function()
        assert.equal(m.tables[1], model.table(m, "Artist"))
        assert.is_nil(model.table(m, "artist"))
    end)

    it("finds a name as SQLite does: ASCII letters without regard to case, others with", function()
        assert.equal(m.tables[1], model.folded(m.tables, "ARTIST"))
        assert.equal(m.tables[2], model.folded(m.tables, "GRößE"))
        assert.is_nil(model.folded(m.tables, "GRÖßE"))
        assert.equal("größe", model.fold "GRößE")
    end)
end)
