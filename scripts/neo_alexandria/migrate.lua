-- Neo Alexandria: backend.db as the application left it, into the schema that `alembic upgrade head` has made.
local w = require "wherry"

local SEARCH = "full text: resources.search_vector does its work, which the target's trigger fills"

-- json.dumps writes numpy's NaN and infinities by these names, which no JSON has; inside of strings they are words.
local function finite(json)
    if not json or not json:find "NaN" and not json:find "Infinity" then
        return json
    end
    -- Escapes are put into digits, so that a double quote ends a string.
    local plain = json:gsub("\\(.)", function(c) return ("\\%03d"):format(c:byte()) end)
    plain = plain:gsub('([^"]*)("?[^"]*"?)', function(outside, text)
        return outside:gsub("%-?Infinity", "null"):gsub("NaN", "null") .. text
    end)
    return (plain:gsub("\\(%d%d%d)", function(d) return "\\" .. string.char(tonumber(d)) end))
end
local NUMPY = { map = finite }

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
    lookups = { resources = { sqlite = "select replace(lower(id), '-', ''), id from resources" } },
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
        citations = {
            -- Resources that were deleted are still cited: SQLite ran without foreign keys, and so without ON DELETE
            -- SET NULL. Hyphens are not compared, as PostgreSQL will not.
            columns = {
                target_resource_id = { from = w.sql "replace(lower(target_resource_id), '-', '')",
                    lookup = "resources", missing = "null" },
            },
        },
        graph_embeddings = { columns = { structural_embedding = NUMPY, fusion_embedding = NUMPY } },
        model_versions = { columns = { metrics = NUMPY } },
        ab_test_experiments = { columns = { results = NUMPY } },
        retraining_runs = { columns = { metrics = NUMPY } },
        resources_fts = w.skip(SEARCH),
        resources_fts_doc = w.skip(SEARCH),
    },
    verify = function(check, src, dst)
        check.counts()
        check.foreign_keys()
        check.sequences()
        check.alembic(src:value "select version_num from alembic_version")
        for _, name in ipairs { "subject", "relation" } do
            check.json("resources", name)
        end
        check.query { "'true' and 1 are true, 'false' and 0 are not", same = "value",
            sqlite = "select count(*) from resources where needs_quality_review in (1, 'true')",
            pg = "select count(*) from resources where needs_quality_review" }
        check.query { "JSON null and NULL stay apart",
            sqlite = "select count(nullif(embedding, 'null')) as a, count(embedding) as b from annotations",
            pg = "select count(nullif(embedding::text, 'null')) as a, count(embedding) as b from annotations" }
        local newest = "select id, title, created_at, updated_at, quality_score from resources order by %s limit 25"
        check.query { "the newest resources, as the application lists them",
            sqlite = newest:format "julianday(created_at) desc, id", pg = newest:format "created_at desc, id" }
        check.ok("search finds every resource that has a title",
            dst:value "select count(*) from resources where search_vector is null" == 0)
    end,
}
