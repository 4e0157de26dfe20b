-- Neo Alexandria: backend.db as the application left it, into the schema that `alembic upgrade head` has made.
local w = require "wherry"

local SEARCH = "full text: resources.search_vector does its work, which the target's trigger fills"

-- A model gives None for a resource that was deleted (ON DELETE SET NULL); SQLite did not, with foreign keys off.
local function live(column)
    return w.sql(("(select id from resources r where r.id = %s)"):format(column))
end

return w.plan {
    from = w.sqlite(os.getenv "NEO_ALEXANDRIA_DB" or "backend.db"),
    to = w.pg "$DATABASE_URL",
    schema = "existing",
    zone = "UTC",
    on_bad = "reject",
    columns = {
        -- CURRENT_TIMESTAMP and SQLAlchemy write two forms of one kind: UTC without an offset.
        ["*_at"] = { stored = "iso" },
        ["date_*"] = { stored = "iso" },
    },
    tables = {
        resources = {
            skip = { search_vector = "made anew by resources_search_vector_trigger" },
            triggers = "fire",
        },
        document_chunks = {
            -- Text out of PDF files holds U+0000, which PostgreSQL has no place for.
            columns = { content = { on_bad = { "strip", "reject" } } },
        },
        annotations = {
            -- SQLite never held the snippets to their 50 characters.
            columns = {
                context_before = { on_bad = { "cut", "reject" } },
                context_after = { on_bad = { "cut", "reject" } },
            },
        },
        citations = { columns = { target_resource_id = live "target_resource_id" } },
        resources_fts = w.skip(SEARCH),
        resources_fts_doc = w.skip(SEARCH),
    },
}
