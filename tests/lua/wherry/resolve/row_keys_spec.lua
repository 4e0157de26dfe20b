-- The keys by which rows of a target table are told apart.
local row_keys = require "wherry.resolve.row_keys"

describe("row_keys", function()
    it("of a table that is there: the primary key, then unique ones without NULL, by name", function()
        assert.same({ { "id" }, { "b" }, { "a", "b" } }, row_keys.existing {
            columns = { { name = "id", not_null = true }, { name = "a", not_null = true },
                { name = "b", not_null = true }, { name = "n" } },
            primary_key = { name = "pk", columns = { "id" } },
            uniques = { { name = "u2", columns = { "a", "b" } }, { name = "u1", columns = { "b" } },
                { name = "u0", columns = { "n" } } },
            indexes = { { name = "i", unique = true, partial = true, columns = { { name = "a" } } },
                { name = "j", unique = false, columns = { { name = "a" } } } },
        })
        assert.is_nil(row_keys.existing { columns = { { name = "n" } },
            uniques = { { name = "u", columns = { "n" } } } })
    end)

    it("of a table that is created: those that stand as they are", function()
        local created = { schema = "public", name = "t", columns = { { name = "id", not_null = true },
            { name = "a", not_null = true } } }
        local function object(kind, sql, columns, more)
            local key = { columns = columns, unique = more }
            return { kind = kind, name = kind, target = "public.t", sql = sql, key = key }
        end
        assert.same({ { "id" }, { "a" } }, row_keys.created(created, {
            object("unique", "ALTER TABLE ...", { "a" }), object("primary key", "ALTER TABLE ...", { "id" }),
            { kind = "primary key", name = "o", target = "public.o", sql = "ALTER TABLE ...",
                key = { columns = { "x" } } },
        }))
        assert.same({ { "a" } }, row_keys.created(created, { object("primary key", "CREATE UNIQUE INDEX ...", { "id" }),
            object("index", "CREATE UNIQUE INDEX ...", { "a" }, true) }))
    end)
end)
