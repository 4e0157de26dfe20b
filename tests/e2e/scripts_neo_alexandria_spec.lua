-- scripts/neo_alexandria: the whole database arrives value by value, and what is broken is named.
local h = require "tests.support.harness"
local compare = require "tests.support.compare"
local ledger = require "tests.support.ledger"
local project = require "tests.support.projects.neo_alexandria"

describe("the script of Neo Alexandria", function()
    after_each(h.cleanup)

    local SCRIPT = h.process.shell "pwd" .. "/scripts/neo_alexandria/migrate.lua"
    local LEFT_OUT = { alembic_version = true, resources_fts_doc = true }

    local function made(options)
        local file, database = h.subdirectory "source" .. "/backend.db", h.database()
        project.make(file, options)
        h.track(file)
        h.sql(database, project.target())
        return file, database, function()
            return { env = { NEO_ALEXANDRIA_DB = file, DATABASE_URL = h.url(database) } }
        end
    end

    -- Columns in which the script changes values, looked at by themselves.
    local CHANGED = { resources = { search_vector = true }, annotations = { context_before = true },
        document_chunks = { content = true }, citations = { target_resource_id = true },
        graph_embeddings = { structural_embedding = true }, model_versions = { metrics = true } }

    it("loads every table, value by value", function()
        local file, database, options = made { rows = 40 }
        local result = h.run(0, { SCRIPT }, options())
        for _, name in ipairs(compare.tables(file)) do
            if not LEFT_OUT[name] then
                compare.table(database, file, name, name, { skip = CHANGED[name] })
                assert.equal(40, ledger.source(result.json, name).passed)
            end
        end
        assert.equal("0", h.sql(database, "SELECT count(*) FROM pg_constraint WHERE NOT convalidated"))
        assert.equal("41", h.sql(database, [[INSERT INTO community_assignments (resource_id, community_id)
            SELECT id, 1 FROM resources LIMIT 1 RETURNING id - (SELECT max(id) FROM community_assignments) + 40]]))
    end)

    it("takes 'false' for false, keeps JSON null apart from NULL, and both forms of time", function()
        local file, database, options = made { rows = 40 }
        h.run(0, { SCRIPT }, options())
        local function both(sqlite, pg)
            local expected = h.sqlite(file, sqlite)
            assert.is_true(tonumber(expected:match "^%d+") > 0, "the generator has no such value: " .. sqlite)
            assert.equal(expected, h.sql(database, pg))
        end
        both("SELECT count(*) FROM resources WHERE is_quality_outlier = 'false' OR is_quality_outlier = 0;",
            "SELECT count(*) FROM resources WHERE NOT is_quality_outlier")
        both("SELECT count(*) FROM resources WHERE needs_quality_review IN (1, 'true');",
            "SELECT count(*) FROM resources WHERE needs_quality_review")
        both("SELECT sum(embedding = 'null') || '|' || sum(embedding IS NULL) FROM annotations;", [[SELECT count(*)
            FILTER (WHERE json_typeof(embedding) = 'null'), count(*) FILTER (WHERE embedding IS NULL)
            FROM annotations]])
        both("SELECT count(*) FROM resources WHERE created_at = '2024-02-29 23:59:59';",
            "SELECT count(*) FROM resources WHERE updated_at - created_at = '1 microsecond'")
        both("SELECT count(*) FROM resources WHERE length(created_at) = 19;",
            "SELECT count(*) FROM resources WHERE created_at = date_trunc('second', created_at)")
    end)

    it("mends what it says it mends", function()
        local file, database, options = made { rows = 40 }
        local result = h.run(0, { SCRIPT }, options())
        assert.equal(h.sqlite(file, "SELECT count(*) FROM document_chunks WHERE instr(content, char(0));"),
            h.sql(database, "SELECT count(*) FROM document_chunks WHERE content = E'page 1\fpage 2'"))
        assert.equal("50", h.sql(database, "SELECT max(length(context_before)) FROM annotations"))
        assert.matches("converted", ledger.objects(result.json, "annotations.context_before")[1].note, 1, true)
        local live = h.sqlite(file, [[SELECT c.id || '|' || coalesce(r.id, '\N') FROM citations c
            LEFT JOIN resources r ON replace(r.id, '-', '') = replace(c.target_resource_id, '-', '')
            ORDER BY c.id;]])
        assert.equal(live, h.sql(database, "SELECT id, target_resource_id FROM citations ORDER BY id"))
        assert.matches("\\N", live, 1, true)
        assert.is_true(tonumber(h.sqlite(file,
            "SELECT count(*) FROM citations WHERE length(target_resource_id) = 32;")) > 0)
        assert.equal(h.sqlite(file, "SELECT count(*) FROM graph_embeddings WHERE structural_embedding LIKE '%NaN%';"),
            h.sql(database, [[SELECT count(*) FROM graph_embeddings
            WHERE structural_embedding::text = '[0.5, null, null, null]']]))
        assert.equal(h.sqlite(file, "SELECT count(*) FROM model_versions WHERE metrics LIKE '%NaN,%';"),
            h.sql(database, [[SELECT count(*) FROM model_versions WHERE metrics::text =
            '{"loss": null, "note": "NaN is no number, \"Infinity\" neither"}']]))
        assert.equal("0", h.sql(database, "SELECT count(*) FROM resources WHERE search_vector IS NULL"))
        for _, name in ipairs { "resources_fts", "resources_fts_doc", "resources.search_vector" } do
            assert.equal("not_carried", ledger.objects(result.json, name)[1].outcome)
        end
    end)

    it("verifies what it has loaded, and sees what is changed behind it", function()
        local _, database, options = made { rows = 40 }
        local function failed(result)
            local names = {}
            for _, check in ipairs(result.json.checks) do
                names[#names + 1] = not check.passed and check.name or nil
            end
            return names, #result.json.checks
        end
        local names, count = failed(h.run(0, { SCRIPT }, options()))
        assert.same({}, names)
        assert.equal(10, count)
        h.sql(database, [[UPDATE resources SET needs_quality_review = NOT needs_quality_review
                WHERE id = (SELECT min(id::text)::uuid FROM resources);
            UPDATE annotations SET embedding = NULL WHERE json_typeof(embedding) = 'null';
            UPDATE resources SET created_at = created_at + interval '1 microsecond';
            ALTER TABLE resources DISABLE TRIGGER USER; UPDATE resources SET search_vector = NULL;
            UPDATE alembic_version SET version_num = 'another';]])
        names = failed(h.run(1, { SCRIPT, "--resume" }, options()))
        assert.same({ "alembic", "'true' and 1 are true, 'false' and 0 are not", "JSON null and NULL stay apart",
            "the newest resources, as the application lists them", "search finds every resource that has a title" },
            names)
    end)

    it("names a bad document, an orphan and a duplicate, and loads the rest", function()
        local _, database, options = made { rows = 40, damage = [[
            UPDATE planning_sessions SET steps = '{"step": 1,}' WHERE rowid = 3;
            UPDATE chunk_links SET target_chunk_id = '00000000-0000-4000-8000-000000000000' WHERE rowid = 5;
            UPDATE users SET id = upper(id) WHERE rowid = 1;
            INSERT INTO users (id, username, email, hashed_password)
                SELECT lower(id), 'twice', 'twice@example.org', '-' FROM users WHERE rowid = 1;]] }
        local checked = h.wherry({ "check", SCRIPT }, options())
        assert.equal(1, checked.code, checked.said)
        for _, word in ipairs { "planning_sessions.steps", "chunk_links (target_chunk_id)", "users (id)" } do
            assert.matches(word, checked.stdout, 1, true)
        end
        assert.equal("0", h.sql(database, "SELECT count(*) FROM resources"))
        local result = h.run(1, { SCRIPT }, options())
        for _, name in ipairs { "planning_sessions", "chunk_links", "users" } do
            local counts = ledger.source(result.json, name)
            assert.equal(1, counts.rejected, name)
            assert.equal(counts.total - 1, tonumber(h.sql(database, "SELECT count(*) FROM " .. name)))
        end
        local shown = h.wherry({ "rejects", "show", SCRIPT }, options())
        for _, word in ipairs { '{"step": 1,}', "users_pkey", "no row of public.document_chunks" } do
            assert.matches(word, shown.stdout, 1, true)
        end
    end)

    it("goes on where a run was killed, and ends as an undisturbed one", function()
        local file, database, options = made { rows = 40 }
        local running = h.start({ "run", SCRIPT, "--jobs=1", "--batch-size=5" }, options())
        h.process.wait(10, function()
            return h.sql(database, "SELECT to_regclass('wherry.slice') IS NOT NULL") == "t"
                and h.sql(database, "SELECT count(*) > 3 FROM wherry.slice WHERE state = 'done'") == "t"
        end)
        running:kill "KILL"
        assert.equal(137, running:finish(10).code)
        h.run(0, { SCRIPT, "--resume" }, options())
        for _, name in ipairs { "resources", "citations", "users" } do
            compare.table(database, file, name, name, { skip = CHANGED[name] })
        end
    end)
end)
