-- scripts/aragora: eleven files into three schemas, value by value; the audit trail's chain holds on the other side.
local h = require "tests.support.harness"
local compare = require "tests.support.compare"
local ledger = require "tests.support.ledger"
local project = require "tests.support.projects.aragora"

describe("the script of Aragora", function()
    after_each(h.cleanup)

    local SCRIPT = h.process.shell "pwd" .. "/scripts/aragora/migrate.lua"

    ---@return fun(name: string): string file
    ---@return string database
    ---@return fun(): table options
    local function made(options)
        local place, database = h.subdirectory "source", h.database()
        project.make(place, options)
        h.sql(database, project.target())
        return function(name)
            return place .. "/" .. name .. ".db"
        end, database, function()
            return { env = { SQLITE_DIR = place, DATABASE_URL = h.url(database) } }
        end
    end

    -- Tables that keep their shape: file, source, target, columns by other names, columns that are looked at below.
    local function set(text)
        local names = {}
        for name in text:gmatch "%S+" do
            names[name] = true
        end
        return names
    end
    local SAME = {
        { "core", "debates", "server.debates" },
        { "memory", "debates", "debates", skip = set "final_answer duration_seconds" },
        { "analytics", "ratings", "agent_elo", columns = { agent_name = "agent", elo = "rating",
            debates_count = "games_played", updated_at = "last_game_at" }, skip = set [[domain_elos draws
            critiques_accepted critiques_total calibration_correct calibration_total calibration_brier_sum]] },
        { "users", "users", "users",
            skip = set "api_key api_key_hash api_key_prefix api_key_created_at api_key_expires_at" },
        { "users", "organizations", "organizations",
            skip = set "settings debates_used_this_month billing_cycle_start" },
        { "users", "usage_events", "usage_events", columns = { created_at = "timestamp" } },
        { "users", "oauth_providers", "oauth_providers", columns = { linked_at = "created_at" } },
        { "users", "audit_log", "audit_log", skip = set "old_value new_value metadata ip_address" },
        { "users", "org_invitations", "org_invitations", skip = set "status" },
        { "knowledge", "knowledge_nodes", "knowledge_nodes" },
        { "knowledge", "provenance", "provenance_chains" },
        { "knowledge", "relationships", "knowledge_relationships" },
        { "knowledge", "node_topics", "node_topics" },
        { "audit", "audit_events", "audit_events" },
        { "job_queue", "job_queue", "aragora.job_queue", columns = { error = "error_message",
            attempts = "retry_count", max_attempts = "max_retries" }, skip = set [[worker_id created_at updated_at
            started_at completed_at payload_json priority]] },
    }

    local function same_values(database, file)
        for _, entry in ipairs(SAME) do
            compare.table(database, file(entry[1]), entry[3], entry[2], { columns = entry.columns, skip = entry.skip })
        end
    end

    -- What two queries give, one on each side.
    local function both(file, sqlite, database, pg)
        local expected = h.sqlite(file, sqlite)
        assert.not_equal("", expected, sqlite)
        assert.equal(expected, h.sql(database, pg))
    end

    it("loads what has a place in PostgreSQL, value by value, and tells the rest", function()
        local file, database, options = made()
        local result = h.run(0, { SCRIPT }, options())
        same_values(database, file)
        assert.equal(#project.files, #result.json.sources)
        assert.is_nil(ledger.objects(result.json, "1", "source group")[1]) -- they are meant to differ
        assert.equal("0", h.sql(database, "SELECT count(*) FROM pg_constraint WHERE NOT convalidated"))
        assert.equal("0", h.sql(database, "SELECT count(*) FROM server.debates WHERE search_vector IS NULL"))
        assert.equal("21", h.sql(database, [[INSERT INTO audit_log (action) VALUES ('x')
            RETURNING id - (SELECT max(id) FROM audit_log) + 20]]))
        for _, name in ipairs { "personas", "debate_results", "facts_fts", "_schema_versions" } do
            local receipt = ledger.objects(result.json, name)[1]
            assert.equal("not_carried", receipt and receipt.outcome, name)
        end
    end)

    it("makes arrays of JSON, moments of seconds, and documents of columns", function()
        local file, database, options = made()
        h.run(0, { SCRIPT }, options())
        both(file "memory", "SELECT id || '|' || coalesce(json(debate_ids), '\\N') FROM consensus ORDER BY id;",
            database, [[SELECT id, array_to_json(contributing_debates) FROM culture_patterns ORDER BY id COLLATE "C"]])
        both(file "memory", [[SELECT id || '|' || coalesce(conclusion, '\N') || '|' || (json(tags) = '["ops"]') || '|'
                || stability_score FROM consensus ORDER BY id;]], database, [[SELECT id, pattern_value->>'conclusion',
            (pattern_value->'tags' = '["ops"]')::int, pattern_value->>'stability' FROM culture_patterns
            ORDER BY id COLLATE "C"]])
        both(file "job_queue", [[SELECT id || '|' || CAST(round(created_at * 1000000) AS INTEGER) || '|'
                || coalesce(CAST(round(started_at * 1000000) AS INTEGER), '\N') || '|'
                || coalesce(json_extract(payload_json, '$.debate'), '\N') || '|' || coalesce(priority, 0)
            FROM job_queue ORDER BY id;]], database, [[SELECT id, (extract(epoch FROM created_at) * 1000000)::bigint,
            (extract(epoch FROM started_at) * 1000000)::bigint, payload_json->>'debate', priority
            FROM aragora.job_queue ORDER BY id COLLATE "C"]])
        both(file "users", [[SELECT id || '|' || json_extract(coalesce(settings, '{}'), '$.seats') || '|'
                || debates_used_this_month FROM organizations WHERE settings IS NOT NULL ORDER BY id;]], database,
            [[SELECT id, settings->>'seats', settings->'billing'->>'debates_used' FROM organizations
            WHERE settings ? 'seats' ORDER BY id COLLATE "C"]])
        both(file "users", [[SELECT id || '|' || CASE WHEN ip_address IN ('', 'unknown') THEN '\N'
                ELSE coalesce(ip_address, '\N') END || '|' || json_extract(new_value, '$.role')
            FROM audit_log ORDER BY id;]], database,
            "SELECT id, host(ip_address), details->'new'->>'role' FROM audit_log ORDER BY id")
        both(file "memory", [[SELECT count(*) || '|' || sum(json_extract(issues, '$[1]') = 'nie ma źródeł')
            FROM critiques WHERE debate_id IN (SELECT id FROM debates);]], database, [[SELECT count(*),
            sum((content::json->'issues'->>1 = 'nie ma źródeł')::int) FROM debate_messages]])
        both(file "knowledge", "SELECT id || '|' || statement || '|' || statement_hash FROM facts ORDER BY id;",
            database, [[SELECT id, content, metadata->>'statement_hash' FROM knowledge_items
            WHERE source_type = 'fact' ORDER BY id COLLATE "C"]])
        both(file "evidence", "SELECT id || '|' || snippet || '|' || title FROM evidence ORDER BY id;", database,
            [[SELECT id, content, metadata->>'title' FROM knowledge_items WHERE source_type = 'evidence'
            ORDER BY id COLLATE "C"]])
    end)

    it("keeps one of the relations that are there twice, and counts the others as merged", function()
        local file, database, options = made()
        local result = h.run(0, { SCRIPT }, options())
        both(file "knowledge", [[SELECT count(DISTINCT source_fact_id || '>' || target_fact_id) FROM fact_relations;]],
            database, "SELECT count(*) FROM knowledge_links")
        local counts = ledger.source(result.json, "knowledge.fact_relations")
        assert.is_true(counts.merged > 0)
        assert.equal(counts.total, counts.merged + counts.passed)
        assert.equal("0", h.sql(database, "SELECT count(*) FROM knowledge_links WHERE weight = 0.35::real"))
    end)

    it("makes a memory of each consensus, with a debate that is there", function()
        local file, database, options = made()
        local result = h.run(0, { SCRIPT }, options())
        assert.equal(20, ledger.target(result.json, "public.consensus_memory").emitted)
        both(file "memory", [[SELECT id || '|' || topic || '|' || coalesce(conclusion, '\N') || '|' || coalesce((SELECT
                j.value FROM json_each(coalesce(debate_ids, '[]')) j JOIN debates d ON d.id = j.value
                ORDER BY j.key LIMIT 1), '\N') FROM consensus ORDER BY id;]], database,
            [[SELECT id, task, answer, debate_id FROM consensus_memory ORDER BY id COLLATE "C"]])
        both(file "memory", "SELECT group_concat(topic_hash) FROM (SELECT topic_hash FROM consensus ORDER BY id);",
            database, [[SELECT string_agg(task_hash, ',' ORDER BY id COLLATE "C") FROM consensus_memory
            WHERE length(task_hash) <> 64]])
    end)

    it("names tables by their files in what it refuses, and takes them so", function()
        local _, database, options = made()
        h.run(0, { SCRIPT }, options())
        local again = h.run(4, { SCRIPT }, options())
        assert.matches("--skip core.debates;", ledger.finding(again.json, "core.debates").hint, 1, true)
        h.sql(database, "DELETE FROM server.debates")
        local skipped = h.run(4, { SCRIPT, "--skip=core.debates" }, options())
        assert.is_nil(ledger.finding(skipped.json, "core.debates"))
        assert.is_truthy(ledger.finding(skipped.json, "memory.debates"))
    end)

    local function failed(result)
        local names = {}
        for _, check in ipairs(result.json.checks) do
            names[#names + 1] = not check.passed and check.name or nil
        end
        return names, #result.json.checks
    end

    local TRAIL = { "the audit trail is a whole chain in SQLite", "the audit trail is a whole chain in PostgreSQL" }

    it("verifies the audit trail by its hashes, and sees what is changed, lost or moved", function()
        local _, database, options = made()
        local names, count = failed(h.run(0, { SCRIPT }, options()))
        assert.same({}, names)
        assert.is_true(count >= 8)
        for _, sql in ipairs {
            "UPDATE audit_events SET outcome = 'denied' WHERE outcome <> 'denied'",
            "UPDATE audit_events SET timestamp = timestamp + interval '1 microsecond'",
            "UPDATE audit_events SET event_hash = reverse(event_hash)",
        } do
            h.sql(database, "CREATE TABLE kept AS TABLE audit_events; " .. sql)
            local result = h.run(1, { SCRIPT, "--resume" }, options())
            assert.same({ TRAIL[2] }, failed(result), sql)
            h.sql(database, [[TRUNCATE audit_events; INSERT INTO audit_events TABLE kept; DROP TABLE kept]])
        end
        h.sql(database, [[UPDATE audit_events SET timestamp = (SELECT max(timestamp) FROM audit_events)
                + interval '1 hour' WHERE timestamp = (SELECT min(timestamp) FROM audit_events);
            UPDATE agent_elo SET rating = rating + 1; UPDATE culture_patterns SET contributing_debates = NULL;]])
        local result = h.run(1, { SCRIPT, "--resume" }, options())
        assert.same({ TRAIL[2], "ratings", "debates that a pattern comes from" }, failed(result))
    end)

    it("says of a trail that was broken in SQLite that it was broken there", function()
        local _, _, options = made { damage = { ["audit.db"] =
            "UPDATE audit_events SET actor_id = 'nobody' WHERE rowid = 7;" } }
        local result = h.run(1, { SCRIPT }, options())
        assert.same(TRAIL, failed(result))
        for _, check in ipairs(result.json.checks) do
            if not check.passed then
                assert.matches("its hash is not that of what it says", check.differences[1], 1, true)
            end
        end
    end)

    it("names what does not fit in each file, and loads the rest", function()
        local _, database, options = made { damage = {
            ["users.db"] = "UPDATE usage_events SET metadata = '{\"n\": 1' WHERE rowid = 2;",
            ["knowledge.db"] = [[UPDATE relationships SET relationship_type = 'likes' WHERE rowid = 3;
                UPDATE provenance SET node_id = 'gone' WHERE rowid = 4;]],
            ["job_queue.db"] = "UPDATE job_queue SET created_at = 'yesterday' WHERE rowid = 5;",
        } }
        local checked = h.wherry({ "check", SCRIPT }, options())
        assert.equal(1, checked.code, checked.said)
        for _, word in ipairs { "users.usage_events.metadata: 1 text value", "jobs.job_queue.created_at: 1 text value",
            "knowledge.provenance (node_id): 1 row refers" } do
            assert.matches(word, checked.stdout, 1, true)
        end
        local result = h.run(1, { SCRIPT }, options())
        for _, entry in ipairs { { "users.usage_events", "usage_events", "JSON" },
            { "knowledge.provenance", "provenance_chains", "no row of public.knowledge_nodes" },
            { "knowledge.relationships", "knowledge_relationships", "relationship_type" },
            { "jobs.job_queue", "aragora.job_queue", "yesterday" } } do
            local counts = ledger.source(result.json, entry[1])
            assert.equal(1, counts.rejected, entry[1])
            assert.equal(counts.total - 1, tonumber(h.sql(database, "SELECT count(*) FROM " .. entry[2])))
            local told = ""
            for _, group in ipairs(result.json.rejects) do
                local value = group.examples[1].value
                told = told .. group.reason .. " " .. (type(value) == "table" and value.text or "") .. "\n"
            end
            assert.matches(entry[3], told, 1, true)
        end
    end)
end)
