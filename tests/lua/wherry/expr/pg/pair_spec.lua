-- Operands of a comparison: SQLite's affinity rules, and columns whose type is not that of their texts (--idiomatic).
local idiomatic = require "wherry.schema.idiomatic"
local printing = require "tests.support.printing"
local scope = require "wherry.expr.pg.scope"

local function typed_columns()
    local entry = printing.entry()
    for _, one in ipairs { { "at", "timestamptz" }, { "until", "timestamptz" }, { "due", "date" }, { "key", "uuid" },
        { "doc", "jsonb" } } do
        table.insert(entry.source.columns, { name = one[1], declared = "", affinity = "text", not_null = false })
        entry.column[one[1]] = { source = one[1], name = one[1], type = idiomatic[one[2]], affinity = "text",
            not_null = false }
    end
    return scope.of_table(entry)
end

describe("pg.pair", function()
    it("converts what affinity converts, constants at once", function()
        assert.same({}, printing.wrong({
            { "a = '5'", "a = 5" }, { "a = '5.0'", "a = 5" }, { "a = ' 5 '", "a = 5" }, { "a > '1.5'", "a > 1.5" },
            { "s = 5", "s = '5'" }, { "s = 5.0", "s = '5.0'" }, { "s = a", "public.sqlite_compare(a, s) = 0" },
            { "r < s", "public.sqlite_compare_real(r, s) < 0" }, { "s < a", "public.sqlite_compare(a, s) > 0" },
            { "a = 1e3", "a = 1000" }, { "a = -9223372036854775808.0", "a = '-9223372036854775808'::bigint" },
            { "id IS s", "refused: s is compared with id as a number where it looks like one" },
        }))
    end)

    it("compares classes by their order where nothing is converted", function()
        assert.same({}, printing.wrong({
            { "a < 'x'", "CASE WHEN a IS NOT NULL THEN TRUE END" }, { "id < 'x'", "TRUE" }, { "id = 'x'", "FALSE" },
            { "x > 'x'", "CASE WHEN x IS NOT NULL THEN TRUE END" }, { "length(u) < '5'", "TRUE" },
            { "a IS 'x'", "FALSE" }, { "s IS x", "s IS NULL AND x IS NULL" },
        }))
    end)

    it("compares columns of idiomatic types by their values, with a note", function()
        assert.same({}, printing.wrong({
            { "at > '2024-01-01'", "changed: at > '2024-01-01 00:00:00+00'" },
            { "at = '2024-01-01T10:00:00.5'", "changed: at = '2024-01-01 10:00:00.5+00'" },
            { [[at < "until"]], "changed: at < until" },
            { "due >= '2024-01-01'", "changed: due >= '2024-01-01'" },
            { "at > datetime('now')", "changed: at > statement_timestamp()" },
            { "key = '550e8400-e29b-41d4-a716-446655440000'",
                "changed: key = '550e8400-e29b-41d4-a716-446655440000'" },
            { "at > s", "changed: to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') > s" },
            { "due > '2024-1-1'", [[changed: to_char(due, 'YYYY-MM-DD') COLLATE "C" > '2024-1-1']] },
            { "key = 'x'", "changed: key::text = 'x'" },
            { "length(key)", "changed: length(key::text)" },
            { "substr(at, 1, 7)", "changed: substr(to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'), 1, 7)" },
            { "doc = '{}'", "refused: doc is jsonb here, whose text is not the source's" },
            { "at IS NULL", "at IS NULL" },
        }, { scope = typed_columns(), use = "view" }))
    end)
end)
