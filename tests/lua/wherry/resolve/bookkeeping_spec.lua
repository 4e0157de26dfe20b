-- The tables of migration tools: compared, never copied.
local bookkeeping = require "wherry.resolve.bookkeeping"
local models = require "tests.support.models"
local Outcome = require "wherry.resolve.outcome"

local function compare(name, columns, own, other, target_fields)
    local outcome = Outcome.new()
    local source = models.source({ { name = name, columns = columns } }).tables[1]
    local fields = { name = name, columns = columns }
    for key, value in pairs(target_fields or {}) do
        fields[key] = value
    end
    local target = other and models.target({ fields }).tables[1]
    local queries = models.options { source_rows = { [name] = own }, target_rows = { [name] = other or {} } }
    queries.role = "app_user"
    bookkeeping.compare(source, target, queries, outcome)
    local findings, objects = outcome:sorted()
    return findings, objects
end

describe("bookkeeping", function()
    it("knows the tools' tables, whatever their case", function()
        for _, name in ipairs { "alembic_version", "schema_migrations", "flyway_schema_history", "django_migrations",
            "knex_migrations", "_prisma_migrations", "__EFMigrationsHistory", "goose_db_version", "_sqlx_migrations",
            "ALEMBIC_VERSION" } do
            assert.is_true(bookkeeping.is(name), name)
        end
        assert.is_false(bookkeeping.is "versions")
    end)

    it("gives a receipt when both sides stand at the same migrations, in any order", function()
        local findings, objects = compare("schema_migrations", { "version" }, { { c1 = "2" }, { c1 = "1" } },
            { { c1 = "1" }, { c1 = "2" } })
        assert.same({}, findings)
        assert.equal("not_carried", objects[1].outcome)
        assert.matches("same migrations %(2%)", objects[1].note)
    end)

    it("finds a difference and shows both heads", function()
        local findings = compare("alembic_version", { "version_num" }, { { c1 = "aaa" } }, { { c1 = "bbb" } })
        assert.equal("migration_head_differs", findings[1].code)
        assert.equal("the source has aaa, the target has bbb", findings[1].reason)
        assert.matches("--skip alembic_version", findings[1].hint, 1, true)
        findings = compare("alembic_version", { "version_num" }, {}, { { c1 = "bbb" } })
        assert.equal("the source has nothing more, the target has bbb", findings[1].reason)
    end)

    it("gives a receipt when the target has no such table", function()
        local findings, objects = compare("alembic_version", { "version_num" }, { { c1 = "aaa" } }, nil)
        assert.same({}, findings)
        assert.matches("the target has no such table", objects[1].note)
    end)

    it("does not compare what two databases can't have in common", function()
        local findings, objects = compare("knex_migrations_lock", { "index", "is_locked" }, {}, {})
        assert.same({}, findings)
        assert.equal(1, #objects)
    end)

    it("says which right is missing", function()
        local findings = compare("alembic_version", { "version_num" }, {}, {}, { can_select = false })
        assert.equal("missing_right", findings[1].code)
        assert.matches("GRANT SELECT ON TABLE public.alembic_version TO app_user", findings[1].hint, 1, true)
    end)
end)
