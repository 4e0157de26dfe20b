-- Which type a column gets: the declaration where it settles it, else the values.
local types = require "wherry.schema.types"

local function choose(declared, stats, strict)
    local column = { name = "c", declared = declared, affinity = types.affinity(declared, strict) }
    local full = nil
    if stats then
        full = { null = 0, integer = 0, real = 0, text = 0, blob = 0, integers_bool = false, integers_inexact = false }
        for key, value in pairs(stats) do
            full[key] = value
        end
    end
    local chosen, note = types.choose(column, full)
    return chosen.display, note
end

describe("types.choose", function()
    it("goes by affinity where the declaration settles it, whatever the values", function()
        for declared, display in pairs({
            INTEGER = "bigint", ["TINYINT(1)"] = "bigint", ["UNSIGNED BIG INT"] = "bigint", TEXT = "text",
            ["VARCHAR(20)"] = "text", CLOB = "text", REAL = "double precision",
                ["DOUBLE PRECISION"] = "double precision",
            FLOAT = "double precision", BLOB = "bytea",
        }) do
            assert.same({ display, nil }, { choose(declared, { text = 3, blob = 1 }) })
        end
    end)

    it("tells where the affinity is not what the name says", function()
        for declared, display in pairs({ ["floating point"] = "bigint", CHARINT = "bigint", INTERVAL = "bigint",
            POINT = "bigint", CONTEXT = "text" }) do
            local chosen, note = choose(declared)
            assert.equal(display, chosen)
            assert.matches("affinity", note)
        end
    end)

    it("makes BOOLEAN boolean when it holds 0 and 1 or nothing", function()
        assert.same({ "boolean", nil }, { choose("BOOLEAN", { integer = 5, null = 1, integers_bool = true }) })
        assert.same({ "boolean", nil }, { choose("bool") })
        assert.same({ "bigint", "declared BOOLEAN, bigint by what it holds (2 integer)" },
            { choose("BOOLEAN", { integer = 2 }) })
        assert.equal("text", (choose("BOOLEAN", { integer = 2, text = 1, integers_bool = true })))
        assert.equal("double precision", (choose("BOOLEAN", { integer = 2, real = 1, integers_bool = true })))
    end)

    it("goes by the values where the declaration says nothing", function()
        for _, declared in ipairs({ "", "DATETIME", "JSON", "STRING", "ODD" }) do
            assert.equal("bigint", (choose(declared, { integer = 4 })))
            assert.equal("double precision", (choose(declared, { integer = 4, real = 1 })))
            assert.equal("numeric", (choose(declared, { integer = 4, real = 1, integers_inexact = true })))
            assert.equal("double precision", (choose(declared, { real = 1 })))
            assert.equal("text", (choose(declared, { integer = 4, real = 1, text = 1 })))
            assert.equal("bytea", (choose(declared, { blob = 1 })))
            assert.equal("bytea", (choose(declared, { blob = 1, text = 9 })))
        end
        assert.equal("bigint", (choose("ANY", { integer = 1 }, true)))
    end)

    it("shows the evidence", function()
        local _, note = choose("DATETIME", { integer = 4, text = 2, null = 7 })
        assert.equal("declared DATETIME, text by what it holds (4 integer, 2 text, 7 null)", note)
        _, note = choose("", {})
        assert.equal("declared without a type, text by its declaration (no rows)", note)
    end)

    it("keeps NUMERIC and DECIMAL numeric, so that nothing is rounded", function()
        assert.same({ "numeric", nil }, { choose("NUMERIC", { integer = 1 }) })
        assert.same({ "numeric", nil }, { choose("DECIMAL", { real = 1 }) })
        local chosen, note = choose("DECIMAL(10,2)", { real = 1 })
        assert.equal("numeric", chosen)
        assert.matches("DECIMAL%(10,2%)", note)
        assert.equal("text", (choose("NUMERIC", { text = 1 })))
    end)

    it("goes by the name where there are no values", function()
        for declared, display in pairs({ DATETIME = "text", DATE = "text", TIMESTAMP = "text", JSON = "text",
            UUID = "text",
            STRING = "text", ["DECIMAL(5,2)"] = "numeric", NUMBER = "numeric", MONEY = "numeric", [""] = "text",
            ODD = "text" }) do
            assert.equal(display, (choose(declared, { null = 3 })))
            assert.equal(display, (choose(declared)))
        end
    end)
end)

describe("types.unfit", function()
    local function unfit(declared, stats)
        local full = { null = 0, integer = 0, real = 0, text = 0, blob = 0 }
        for key, value in pairs(stats) do
            full[key] = value
        end
        return types.unfit({ name = "c", declared = declared, affinity = types.affinity(declared) }, full)
    end

    it("says so of numbers and blobs in one column", function()
        assert.matches("1 integer, 2 blob", unfit("", { integer = 1, blob = 2 }))
        assert.matches("3 real", unfit("NUMERIC", { real = 3, blob = 1, text = 4 }))
    end)

    it("has nothing against texts and blobs, or against what the declaration settles", function()
        assert.is_nil(unfit("", { text = 1, blob = 2, null = 3 }))
        assert.is_nil(unfit("NUMERIC", { integer = 1, real = 1, text = 1 }))
        assert.is_nil(unfit("TEXT", { integer = 1, blob = 1 }))
        assert.is_nil(types.unfit({ name = "c", declared = "", affinity = "blob" }, nil))
    end)
end)
