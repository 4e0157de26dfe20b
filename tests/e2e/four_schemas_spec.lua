-- The four projects whose schemas are real, filled: every table arrives, row by row, in created and existing targets.
local h = require "tests.support.harness"
local compare = require "tests.support.compare"
local fill = require "tests.support.fill"
local ledger = require "tests.support.ledger"

describe("the four projects", function()
    after_each(h.cleanup)

    local function filled(project, options)
        local name = options and options.section or project .. ".db"
        local file = h.subdirectory "source" .. "/" .. name
        fill.make(file, project, options)
        return h.track(file)
    end

    ---Every ordinary table of the file, value by value, and its count in the document.
    local function all_arrived(database, file, document, except)
        local tables = 0
        for _, name in ipairs(compare.tables(file)) do
            if not (except and except[name]) then
                compare.table(database, file, '"' .. name .. '"', name)
                local counts = ledger.source(document, name)
                assert.is_truthy(counts, "no count for " .. name)
                assert.equal(tonumber(h.sqlite(file, ('SELECT count(*) FROM "%s";'):format(name))), counts.passed)
                tables = tables + 1
            end
        end
        return tables
    end

    ---Into a new database, tables made by wherry.
    local function create(project, options, ...)
        local file, database = filled(project, options), h.database()
        local result = h.run(0, { file, h.url(database), ... })
        return file, database, result
    end

    it("Piyasa, created", function()
        local file, database, result = create "piyasa"
        assert.is_true(all_arrived(database, file, result.json, { alembic_version = true }) >= 10)
        assert.equal("boolean|text", h.sql(database, [[SELECT string_agg(data_type, '|' ORDER BY column_name DESC)
            FROM information_schema.columns
            WHERE table_name = 'bots' AND column_name IN ('is_enabled', 'created_at')]]))
    end)

    it("Signal Harvester in WAL mode, created", function()
        local file, database, result = create "signal_harvester"
        assert.equal("wal", h.sqlite(file, "PRAGMA journal_mode;"))
        assert.is_true(all_arrived(database, file, result.json, { alembic_version = true }) >= 20)
        assert.equal("0", h.sql(database,
            "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND NOT convalidated"))
    end)

    it("Neo Alexandria with its search index left out, created", function()
        local file, database, result = create("neo_alexandria", nil, "--skip=resources_fts")
        assert.is_true(all_arrived(database, file, result.json, { alembic_version = true }) >= 32)
        assert.equal("0", h.sql(database,
            "SELECT count(*) FROM pg_class WHERE relname ~ '^resources_fts_(data|idx|config|docsize)'"))
    end)

    local search = { ["knowledge.db"] = "facts_fts", ["evidence.db"] = "evidence_fts",
        ["email_store.db"] = "shared_inbox_messages_fts" }
    for _, section in ipairs((fill.sections "aragora")) do
        it("Aragora's " .. section .. ", created", function()
            local file, database, result = create("aragora", { section = section, rows = 25 },
                search[section] and "--skip=" .. search[section] or nil)
            assert.is_true(all_arrived(database, file, result.json) >= 1)
        end)
    end

    it("Piyasa, into the tables that its models made", function()
        local file, database = filled("piyasa", { rows = 60 }), h.database()
        h.sql(database, fill.schema "piyasa.pg" .. "INSERT INTO alembic_version VALUES ('0010_head');")
        local result = h.run(0, { file, h.url(database) })
        assert.equal(10, all_arrived(database, file, result.json, { alembic_version = true }))
        local greatest = tonumber(h.sqlite(file, "SELECT max(id) FROM messages;"))
        assert.equal(tostring(greatest + 1), h.sql(database,
            "INSERT INTO messages (created_at) VALUES (now()) RETURNING id"))
    end)

    it("Neo Alexandria, into the tables that Alembic made", function()
        local file, database = filled("neo_alexandria", { rows = 20 }), h.database()
        h.sql(database, fill.schema "neo_alexandria.pg" .. [[CREATE TABLE IF NOT EXISTS alembic_version(version_num
            varchar(32) PRIMARY KEY); INSERT INTO alembic_version VALUES ('0010_head');]])
        local result = h.run(0, { file, h.url(database), "--skip=resources_fts*", "--triggers=off" })
        local except = { alembic_version = true, resources_fts_doc = true }
        assert.is_true(all_arrived(database, file, result.json, except) >= 32)
        assert.equal("t", h.sql(database, "SELECT bool_and(id::text ~ '^[0-9a-f-]{36}$') FROM resources"))
    end)

    it("Signal Harvester by a script, into the tables that Alembic made", function()
        local file, database = filled "signal_harvester", h.database()
        -- The new schema wants what the old one let be empty or long; the application cleaned that up before.
        h.sqlite(file, [[UPDATE artifacts SET created_at = coalesce(created_at, '2024-01-01T00:00:00Z'),
                updated_at = coalesce(updated_at, '2024-01-01T00:00:00Z');
            UPDATE tweets SET source = 'x', author_id = substr(author_id, 1, 64),
                author_username = substr(author_username, 1, 99), lang = 'tr',
                category = substr(category, 1, 64), sentiment = substr(sentiment, 1, 32),
                like_count = coalesce(like_count, 0), retweet_count = coalesce(retweet_count, 0),
                reply_count = coalesce(reply_count, 0), quote_count = coalesce(quote_count, 0);
            UPDATE cursors SET since_id = substr(since_id, 1, 64);
            PRAGMA wal_checkpoint(TRUNCATE);]])
        h.sql(database, fill.schema "signal_harvester.pg" .. "INSERT INTO alembic_version VALUES ('0010_head');")
        local script = h.script(([[
            local w = require "wherry"
            local why = "not in the new schema"
            return w.plan {
                from = w.sqlite %q, to = w.pg "$TARGET",
                tables = {
                    artifacts = {
                        columns = { external_id = "source_id", content = "text" },
                        skip = { type = why, author_entity_ids = why, raw_json = why },
                    },
                },
            }]]):format(file))
        local result = h.run(0, { script, "--only=artifacts", "--only=cursors", "--only=tweets", "--only=snapshots" }, {
            env = { TARGET = h.url(database) },
        })
        compare.table(database, file, "artifacts", "artifacts", {
            columns = { source_id = "external_id", text = "content" },
            skip = { type = true, author_entity_ids = true, raw_json = true },
        })
        for _, name in ipairs { "cursors", "tweets", "snapshots" } do
            compare.table(database, file, name)
        end
        assert.equal("script", result.json.target.origin)
    end)

    it("Aragora's audit trail, into the table of the server's store", function()
        local file, database = filled("aragora", { section = "audit.db", rows = 40 }), h.database()
        h.sql(database, fill.schema "aragora.pg")
        local result = h.run(0, { file, h.url(database) })
        compare.table(database, file, "audit_events")
        local receipt = ledger.objects(result.json, "audit_fts")[1]
        assert.is_truthy(receipt and receipt.outcome == "not_carried", result.said)
    end)

    it("Aragora's users and organizations, a cycle, by a script into the runner's tables", function()
        local file, database = filled("aragora", { section = "users.db", rows = 40 }), h.database()
        h.sql(database, fill.schema "aragora.pg")
        local script = h.script(([[
            local w = require "wherry"
            local keys = { api_key = "issued anew", api_key_hash = "issued anew", api_key_prefix = "issued anew",
                api_key_created_at = "issued anew", api_key_expires_at = "issued anew" }
            return w.plan {
                from = w.sqlite %q, to = w.pg %q,
                tables = {
                    users = { skip = keys },
                    organizations = {
                        skip = { debates_used_this_month = "counted anew", billing_cycle_start = "kept by Stripe" },
                    },
                    usage_events = { columns = { timestamp = "created_at" } },
                    oauth_providers = { columns = { created_at = "linked_at" } },
                    audit_log = w.skip "other shape", org_invitations = { skip = { status = "derived" } },
                },
            }]]):format(file, h.url(database)))
        h.run(0, { script })
        local keys = { api_key = true, api_key_hash = true, api_key_prefix = true, api_key_created_at = true,
            api_key_expires_at = true }
        compare.table(database, file, "users", "users", { skip = keys })
        compare.table(database, file, "organizations", "organizations", {
            skip = { debates_used_this_month = true, billing_cycle_start = true } })
        compare.table(database, file, "usage_events", "usage_events", { columns = { created_at = "timestamp" } })
        compare.table(database, file, "oauth_providers", "oauth_providers", { columns = { linked_at = "created_at" } })
        assert.equal("0", h.sql(database, "SELECT count(*) FROM audit_log"))
        assert.equal("0", h.sql(database, "SELECT count(*) FROM pg_constraint WHERE NOT convalidated"))
    end)

    it("Aragora's debates, with the trigger that makes the search vector left on", function()
        local file, database = filled("aragora", { section = "core.db", rows = 40 }), h.database()
        h.sql(database, fill.schema "aragora.pg")
        local script = h.script(([[
            local w = require "wherry"
            return w.plan { from = w.sqlite %q, to = w.pg %q, target_schema = "server",
                tables = { debates = { triggers = "fire" } } }]]):format(file, h.url(database)))
        h.run(0, { script, "--only=debates" })
        compare.table(database, file, "server.debates", "debates")
        assert.equal("0", h.sql(database, "SELECT count(*) FROM server.debates WHERE search_vector IS NULL"))
    end)
end)
