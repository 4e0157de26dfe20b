-- Columns as expressions find them.
local printing = require "tests.support.printing"
local scope = require "wherry.expr.pg.scope"
local types = require "wherry.schema.types"

describe("scope", function()
    it("finds columns without regard to case and quotes what PostgreSQL would fold", function()
        local found = scope.of_table(printing.entry())
        assert.equal("a", found:column(nil, "A").sql)
        assert.equal('"Order"', found:column("T", "order").sql)
        assert.equal("NOCASE", found:column(nil, "c").collation)
        assert.equal("mixed", found:column(nil, "m").kind)
        assert.equal("boolean", found:column(nil, "f").kind)
        assert.is_true(found:column(nil, "id").not_null)
    end)

    it("takes rowid for the integer primary key, where there is one", function()
        local entry = printing.entry()
        assert.equal("id", scope.of_table(entry):column(nil, "ROWID").sql)
        entry.source.rowid_alias = nil
        local column, reason = scope.of_table(entry):column(nil, "_rowid_")
        assert.is_nil(column)
        assert.equal("it uses the rowid, which is not carried", reason)
    end)

    it("puts a qualifier before each column", function()
        assert.equal("new.a", scope.of_table(printing.entry(), "new"):column(nil, "a").sql)
    end)

    it("knows the names that the source's expressions use", function()
        local entry = printing.entry()
        entry.source.original, entry.source.original_name = { Old = "a" }, "old_t"
        assert.equal("a", scope.of_table(entry):column("OLD_T", "old").sql)
        local column, reason = scope.of_table(entry):column("t", "old")
        assert.is_nil(column)
        assert.equal("no such table: t", reason)
    end)

    it("knows no column where none is allowed", function()
        local column, reason = scope.none():column(nil, "a")
        assert.is_nil(column)
        assert.equal("no such column: a", reason)
    end)

    it("tells the kind of every created type", function()
        assert.equal("integer", scope.kind_of(types.bigint))
        assert.equal("real", scope.kind_of(types.double))
        assert.equal("blob", scope.kind_of(types.bytea))
        assert.equal("number", scope.kind_of(types.numeric))
        assert.equal("mixed", scope.kind_of({ name = "point" }))
    end)
end)
