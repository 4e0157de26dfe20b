-- The ledger of the way back.
local ledger = require "wherry.back.ledger"

describe("back.ledger", function()
    local tables = { { source = "a", source_sql = "public.a", target = "A" },
        { source = "b", source_sql = "public.b", target = "b" } }

    it("closes where all counts agree", function()
        local sources, targets, findings = ledger.close(tables, { 3, 0 }, { 3, 0 }, { 1.5 }, { 3, 0 })
        assert.same({}, findings)
        assert.same({ "a", 3, 3 }, { sources[1].table, sources[1].total, sources[1].passed })
        assert.same({ "main.A", 3, 3, 1.5, 0 }, { targets[1].table, targets[1].passed, targets[1].inserted,
            targets[1].seconds, targets[2].seconds })
    end)

    it("tells a difference on either side", function()
        local _, _, findings = ledger.close(tables, { 3, 1000 }, { 3, 999 }, {}, { 2, 999 })
        assert.equal(2, #findings)
        assert.equal("3 rows were inserted, and the file holds 2", findings[1].reason)
        assert.equal("public.b holds 1,000 rows, and 999 were read", findings[2].reason)
        _, _, findings = ledger.close(tables, { 3, 1 }, { 3, 1 }, {}, nil)
        assert.same({}, findings)
    end)

    it("counts in the tables themselves", function()
        assert.same({ 'SELECT count(*) FROM "A" NOT INDEXED', 'SELECT count(*) FROM "two words" NOT INDEXED' },
            ledger.count_statements { { target = "A" }, { target = "two words" } })
    end)

    it("makes one finding of the rows of a table without a row of another", function()
        local violations = { count = 6 }
        for rowid = 1, 4 do
            violations[rowid] = { table = "child", rowid = rowid, parent = "parent" }
        end
        violations[5] = { table = "child", rowid = 9, parent = "other" }
        violations[6] = { table = "keyed", parent = "parent" }
        local findings = ledger.foreign_keys(violations)
        assert.same({ "4 rows refer to no row of parent (rowid 1, 2, 3, ...)",
            "1 row refers to no row of other (rowid 9)",
            "1 row refers to no row of parent" }, { findings[1].reason, findings[2].reason, findings[3].reason })
        assert.equal("child", findings[1].table)
        violations.count = 100
        assert.matches("^at least 4 rows", ledger.foreign_keys(violations)[1].reason)
        assert.same({}, ledger.foreign_keys { count = 0 })
    end)

    it("tells of keys that can't be checked", function()
        local findings = ledger.foreign_keys { { table = "child", problem = "foreign key mismatch" }, count = 1 }
        assert.equal("its foreign keys can't be checked: foreign key mismatch", findings[1].reason)
        assert.is_nil(findings[2])
    end)

    it("has a receipt for negative zeros", function()
        local receipts = ledger.zeros(tables, { 0, 1200 })
        assert.equal("b", receipts[1].name)
        assert.matches("in 1,200 values", receipts[1].note)
        assert.is_nil(receipts[2])
    end)
end)
