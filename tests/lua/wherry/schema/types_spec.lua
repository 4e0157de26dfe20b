-- Which type a column gets: the declaration where it holds all values as they are, else the narrowest that does.
local types = require "wherry.schema.types"

local function column_of(declared, strict)
    return { name = "c", declared = declared, affinity = types.affinity(declared, strict) }
end

local function full(stats)
    local all = { null = 0, integer = 0, real = 0, text = 0, blob = 0, integers_bool = false, integers_inexact = false }
    for key, value in pairs(stats) do
        all[key] = value
    end
    return all
end

local function choose(declared, stats, strict)
    local chosen, note, kind = types.choose(column_of(declared, strict), stats and full(stats))
    return chosen.display, note, kind
end

describe("types.choose", function()
    it("takes the declared type where it holds all values as they are", function()
        for declared, expected in pairs({
            INTEGER = { "bigint", "integer", { integer = 3, null = 1 } },
            ["TINYINT(1)"] = { "bigint", "integer", { integer = 1, integers_bool = true } },
            ["UNSIGNED BIG INT"] = { "bigint", "integer", {} }, TEXT = { "text", "text", { text = 2 } },
            ["VARCHAR(20)"] = { "text", "text", { text = 1 } }, CLOB = { "text", "text", {} },
            REAL = { "double precision", "real", { real = 2 } },
            ["DOUBLE PRECISION"] = { "double precision", "real", {} },
            FLOAT = { "double precision", "real", { real = 1 } }, BLOB = { "bytea", "blob", { blob = 2 } },
        }) do
            assert.same({ expected[1], nil, expected[2] }, { choose(declared, expected[3]) })
            assert.same({ expected[1], nil, expected[2] }, { choose(declared) })
        end
    end)

    it("takes the narrowest type that holds all values where the declared one does not", function()
        local cases = {
            { "INTEGER", { integer = 3, text = 1 }, "text", "mixed",
                "declared INTEGER, text by what it holds (3 integer, 1 text); numbers become their text" },
            { "INTEGER", { integer = 3, real = 1 }, "double precision", "number",
                "declared INTEGER, double precision by what it holds (3 integer, 1 real); integers become doubles" },
            { "INTEGER", { integer = 3, real = 1, integers_inexact = true }, "numeric", "number",
                "declared INTEGER, numeric by what it holds (3 integer, 1 real); "
                    .. "integers and reals become decimal numbers" },
            { "INTEGER", { real = 2 }, "double precision", "real",
                "declared INTEGER, double precision by what it holds (2 real)" },
            { "INTEGER", { text = 2, null = 1 }, "text", "text",
                "declared INTEGER, text by what it holds (2 text, 1 null)" },
            { "INTEGER", { integer = 1, blob = 1 }, "bytea", "mixed", "declared INTEGER, bytea by what it holds "
                .. "(1 integer, 1 blob); numbers become the bytes of their text" },
            { "REAL", { real = 1, text = 1, blob = 1 }, "bytea", "mixed", "declared REAL, bytea by what it holds "
                .. "(1 real, 1 text, 1 blob); numbers and texts become the bytes of their text" },
            { "TEXT", { text = 3, blob = 1 }, "bytea", "mixed",
                "declared TEXT, bytea by what it holds (3 text, 1 blob); texts become the bytes of their text" },
            { "TEXT", { blob = 1 }, "bytea", "blob", "declared TEXT, bytea by what it holds (1 blob)" },
            { "BLOB", { text = 1 }, "text", "text", "declared BLOB, text by what it holds (1 text)" },
            { "BLOB", { integer = 1 }, "bigint", "integer", "declared BLOB, bigint by what it holds (1 integer)" },
            { "BLOB", { blob = 2, text = 1 }, "bytea", "mixed",
                "declared BLOB, bytea by what it holds (1 text, 2 blob); texts become the bytes of their text" },
        }
        for _, case in ipairs(cases) do
            local display, note, kind = choose(case[1], case[2])
            assert.same({ case[3], case[4], case[5] }, { display, kind, note })
        end
    end)

    it("tells the codec of bytea only where numbers are among the values", function()
        assert.equal(types.bytea_of_all, (types.choose(column_of "BLOB", full { blob = 1, real = 1 })))
        assert.is_true(types.bytea_of_all.any_class)
        assert.equal(types.bytea, (types.choose(column_of "BLOB", full { blob = 1, text = 1 })))
        assert.is_nil(types.bytea.any_class)
    end)

    it("gives bytea to texts that no text of PostgreSQL holds", function()
        local chosen, note, kind = choose("INTEGER", { integer = 1, text = 3, texts_with_nul = 1, texts_invalid = 1 })
        assert.same({ "bytea", "mixed" }, { chosen, kind })
        assert.matches("2 texts hold U%+0000 or are no valid UTF%-8", note)
        assert.equal("bytea", (choose("BLOB", { text = 3, texts_invalid = 1 })))
        assert.equal("text", (choose("BLOB", { text = 3, texts_invalid = 0, texts_with_nul = 0 })))
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
        assert.same({ "boolean", nil, "boolean" },
            { choose("BOOLEAN", { integer = 5, null = 1, integers_bool = true }) })
        assert.same({ "boolean", nil, "boolean" }, { choose("bool") })
        assert.same({ "bigint", "declared BOOLEAN, bigint by what it holds (2 integer)", "integer" },
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
        assert.equal("declared DATETIME, text by what it holds (4 integer, 2 text, 7 null); numbers become their text",
            note)
        _, note = choose("", {})
        assert.equal("declared without a type, text by its declaration (no rows)", note)
    end)

    it("keeps NUMERIC and DECIMAL numeric, so that nothing is rounded", function()
        assert.same({ "numeric", nil, "number" }, { choose("NUMERIC", { integer = 1 }) })
        assert.same({ "numeric", nil, "number" }, { choose("DECIMAL", { real = 1 }) })
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

describe("types.wanted", function()
    local function wanted(declared, t, options)
        t = t or {}
        return types.wanted(t, column_of(declared, t.strict), options)
    end

    it("asks nothing where the declaration guarantees the values", function()
        assert.is_nil(wanted("INTEGER", { rowid_alias = "c" }, { idiomatic = true }))
        for _, declared in ipairs { "INT", "INTEGER", "REAL", "TEXT", "BLOB" } do
            assert.is_nil(wanted(declared, { strict = true }))
        end
        assert.equal("texts", wanted("ANY", { strict = true }))
        assert.equal("texts", wanted("INTEGER", { rowid_alias = "id" }))
    end)

    it("reads texts only where none is expected or all are short, or where they may be something else", function()
        local expected = { TEXT = "types", ["VARCHAR(9)"] = "types", DATETIME = "texts", JSON = "classes",
            INTEGER = "texts", REAL = "texts", BLOB = "texts", [""] = "texts" }
        for declared, what in pairs(expected) do
            assert.equal(what, wanted(declared))
            assert.equal("candidates", wanted(declared, nil, { idiomatic = true }))
        end
        assert.equal("candidates", wanted("TEXT", { strict = true }, { idiomatic = true }))
        assert.is_nil(wanted("BLOB", { strict = true }, { idiomatic = true }))
    end)

    it("lets no expression read a time whose texts are of another zone than UTC", function()
        local stats = full { text = 2, accepted = { uuid = 0, jsonb = 0, date = 0, timestamp = 2, timestamptz = 0 },
            against = {}, times_plain = 2, times_with_t = 0, uuid_digits = 0, uuid_rfc = 0 }
        local function chosen(given, zone)
            local column = column_of "DATETIME"
            column.given = given
            local type, note, kind = types.choose(column, stats, { idiomatic = true, zone = zone })
            return { type.name, type.zone, kind, note:match "taken as [^),]*" }
        end
        assert.same({ "timestamptz", nil, "time", "taken as UTC" }, chosen())
        assert.same({ "timestamptz", 7200, "declared", "taken as +02:00" }, chosen(nil, "+02:00"))
        assert.same({ "timestamptz", -3600, "declared", "taken as -01:00" }, chosen({ zone = "-01:00" }, "+02:00"))
        assert.same({ "timestamptz", nil, "time", "taken as UTC" }, chosen({ zone = "UTC" }, "+02:00"))
        assert.is_nil(types.timestamptz.zone)
    end)
end)
