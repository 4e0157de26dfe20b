-- scripts/signal_harvester: its migration from end to end, compared with what SQLite's own SQL makes of the file, and
-- what it says of what is broken.
local h = require "tests.support.harness"
local compare = require "tests.support.compare"
local fill = require "tests.support.fill"
local ledger = require "tests.support.ledger"
local signal_harvester = require "tests.support.projects.signal_harvester"

-- The topic that stays of those that are written alike.
local TOPIC = [[(SELECT min(b.id) FROM topics a JOIN topics b ON lower(trim(a.name)) = lower(trim(b.name))
    WHERE a.id = {})]]
local function topic(column)
    return (TOPIC:gsub("{}", column))
end

-- What each target table is to hold, as SQL over the source; %s is the time at which the run began.
local WANT = {
    tweets = [[SELECT tweet_id, coalesce(source, 'x') AS source, query_names, text, author_id, author_username,
        created_at, lang, coalesce(like_count, 0) AS like_count, coalesce(retweet_count, 0) AS retweet_count,
        coalesce(reply_count, 0) AS reply_count, coalesce(quote_count, 0) AS quote_count, category, sentiment, urgency,
        tags, reasoning, salience, notified_at, raw_json, inserted_at, updated_at FROM tweets]],
    cursors = "SELECT * FROM cursors", snapshots = "SELECT * FROM snapshots",
    entity_merge_history = "SELECT * FROM entity_merge_history", experiments = "SELECT * FROM experiments",
    artifacts = [[SELECT id, source, source_id AS external_id, title, url, coalesce(text, title) AS content,
        published_at, json_object('type', type, 'raw',
            json(raw_json), 'authors', json(author_entity_ids), 'classification', json_object('category', category,
            'sentiment', sentiment, 'urgency', urgency, 'reasoning', reasoning, 'tags', json(tags_json), 'raw',
            json(c_raw))) AS metadata_json, coalesce(created_at, published_at, updated_at, %s) AS created_at,
        coalesce(updated_at, created_at, published_at, %s) AS updated_at FROM artifacts a LEFT JOIN (SELECT artifact_id,
            category, sentiment, urgency, reasoning, tags_json, raw_json AS c_raw FROM artifact_classifications) c
        ON artifact_id = id]],
    artifact_scores = [[SELECT id, artifact_id, discovery_score, novelty_score, coalesce(emergence_score, 0.0) AS
        impact_score, coalesce(expert_signal_score, 0.0) AS credibility_score, updated_at AS calculated_at
        FROM artifact_scores s WHERE NOT EXISTS (SELECT 1 FROM artifact_scores t WHERE t.artifact_id = s.artifact_id
            AND t.id > s.id)
        UNION ALL SELECT artifact_id + (SELECT max(id) FROM artifact_scores), artifact_id, discovery_score, novelty,
            0.0, 0.0, computed_at FROM scores
        WHERE artifact_id NOT IN (SELECT artifact_id FROM artifact_scores)]],
    topics = [[SELECT id, name, coalesce(description, taxonomy_path) AS description, coalesce(created_at, %s) AS
        created_at, coalesce(created_at, %s) AS updated_at FROM topics WHERE id = ]] .. topic "topics.id",
    artifact_topics = [[SELECT artifact_id, topic AS topic_id, coalesce(confidence, 1.0) AS confidence,
        coalesce(a.created_at, published_at, updated_at, %s) AS created_at
        FROM (SELECT *, row_number() OVER (PARTITION BY artifact_id, topic ORDER BY topic_id) AS place FROM
            (SELECT *, ]] .. topic "topic_id" .. [[ AS topic FROM artifact_topics)) JOIN artifacts a ON artifact_id = id
        WHERE place = 1]],
    topic_similarity = [[SELECT first AS topic_id_1, second AS topic_id_2, similarity, computed_at AS calculated_at
        FROM (SELECT *, row_number() OVER (PARTITION BY first, second ORDER BY topic_id_1 DESC, topic_id_2 DESC)
            AS place FROM (SELECT *, ]] .. topic "topic_id_1" .. " AS first, " .. topic "topic_id_2" .. [[ AS second
            FROM topic_similarity)) WHERE place = 1 AND first <> second]],
    entities = [[SELECT id, name, type AS entity_type, (SELECT json_group_object(platform, handle_or_id) FROM accounts
            WHERE entity_id = e.id) AS social_accounts, coalesce(influence_score, 0.0) AS influence_score,
        last_activity_date, json_object('description', description, 'homepage_url', homepage_url, 'impact_metrics',
            json(impact_metrics), 'collaboration_network', json(collaboration_network), 'research_trajectory',
            json(research_trajectory), 'expertise_areas', json(expertise_areas), 'platform_activity',
            json(platform_activity), 'merged_into_id', merged_into_id, 'metadata', json(metadata_json))
            AS metadata_json,
        coalesce(created_at, updated_at, %s) AS created_at, coalesce(updated_at, created_at, %s) AS updated_at
        FROM entities e]],
    accounts = [[SELECT id, entity_id, platform, handle_or_id, url, follower_count, raw_json, coalesce(created_at,
        updated_at, %s) AS created_at, coalesce(updated_at, created_at, %s) AS updated_at FROM accounts a
        WHERE NOT EXISTS (SELECT 1 FROM accounts b WHERE b.entity_id = a.entity_id AND b.platform = a.platform
        AND b.handle_or_id = a.handle_or_id AND b.id > a.id)]],
    artifact_entities = [[SELECT DISTINCT a.id AS artifact_id, value AS entity_id, 'author' AS role, 1.0 AS confidence,
        coalesce(a.created_at, published_at, a.updated_at, %s) AS created_at
        FROM artifacts a, json_each(author_entity_ids) JOIN entities e ON e.id = value]],
    artifact_relationships = [[SELECT id, source_artifact_id, target_artifact_id, relationship_type,
        coalesce(confidence, 1.0) AS confidence, created_at, json_object('detection_method', detection_method,
        'metadata', json(metadata_json)) AS metadata_json FROM artifact_relationships]],
    discovery_labels = [[SELECT id, artifact_id, label, coalesce(confidence, 1.0) AS confidence, annotator, notes,
        created_at, updated_at FROM discovery_labels]],
    experiment_runs = [[SELECT r.id, experiment_id, started_at, completed_at, true_positives, false_positives,
        true_negatives, false_negatives, "precision", recall, f1_score, accuracy, config_json AS config_snapshot,
        json_object('artifact_count', artifact_count, 'status', r.status, 'error_message', error_message, 'metadata',
        json(metadata_json)) AS metadata_json, started_at AS created_at
        FROM experiment_runs r JOIN experiments e ON e.id = experiment_id]],
}

describe("Signal Harvester's script", function()
    after_each(h.cleanup)

    local SCRIPT = "scripts/signal_harvester/migrate.lua"

    local function source(sql)
        local file = h.track(h.subdirectory "var" .. "/app.db")
        signal_harvester.make(file)
        if sql then
            h.sqlite(file, sql .. "; PRAGMA wal_checkpoint(TRUNCATE);")
        end
        return file
    end

    local function target()
        local database = h.database()
        h.sql(database, fill.schema "signal_harvester.pg" .. "INSERT INTO alembic_version VALUES ('0010_head');")
        return database
    end

    local HERE = h.process.shell "pwd"

    -- The runbook's words, from the project's folder.
    local function run(code, database, ...)
        return h.run(code, { HERE .. "/" .. SCRIPT, "--sqlite-path", "var/app.db", "--batch-size", "250", ... },
            { cwd = h.directory(), env = { DATABASE_URL = h.url(database) } })
    end

    ---A copy of the source with a view for each target table that says what is to be there.
    local function wanted(file, database)
        local started = h.sql(database, "SELECT quote_literal(plan::json->>'started') FROM wherry.run")
        local copy = h.subdirectory "wanted" .. "/app.db"
        h.process.shell(("cp %s %s"):format(h.process.quote(file), h.process.quote(copy)))
        local views = {}
        for name, sql in pairs(WANT) do
            views[#views + 1] = ('CREATE VIEW "want_%s" AS %s;'):format(name, (sql:gsub("%%s", started)))
        end
        h.sqlite(copy, table.concat(views))
        return copy
    end

    local function passed(document)
        local count = 0
        for _, one in ipairs(document.checks) do
            count = count + (one.passed and 1 or 0)
        end
        return count
    end

    it("makes of every row what the new schema has for it", function()
        local file, database = source(), target()
        local objects = h.objects(database)
        local checked = h.wherry({ "check", SCRIPT, h.url(database), "--source", file, "--json" }, { cwd = HERE })
        assert.equal(0, checked.code, checked.said)
        assert.same({ objects, "0" }, { h.objects(database), h.sql(database, "SELECT count(*) FROM artifacts") })
        local result = run(0, database)
        local copy = wanted(file, database)
        for name in pairs(WANT) do
            compare.table(database, copy, name, "want_" .. name)
        end
        assert.equal("0", h.sql(database, "SELECT count(*) FROM pg_constraint WHERE NOT convalidated"))
        assert.equal(#result.json.checks, passed(result.json), result.said)
        assert.equal(13, #result.json.checks)
        local emitted = ledger.target(result.json, "public.artifact_entities")
        assert.same({ 0, tonumber(h.sql(database, "SELECT count(*) FROM artifact_entities")) },
            { emitted.passed, emitted.emitted })
    end)

    it("makes summaries of texts that end with a word", function()
        source [[UPDATE artifacts SET text = replace(printf('%100s', ''), ' ', 'wörd ')
            WHERE id = 1; UPDATE artifacts SET text = replace(printf('%400s', ''), ' ', 'ş') WHERE id = 2;
            UPDATE artifacts SET text = substr(replace(printf('%72s', ''), ' ', 'wörd '), 1, 359) || '.' WHERE id = 3;
            UPDATE artifacts SET text = NULL, title = 'the title' WHERE id = 4;
            UPDATE artifacts SET text = NULL, title = NULL WHERE id = 5]]
        local database = target()
        run(0, database)
        assert.equal("1|359|rd\n2|360|şş\n3|360|d.\n4|9|le\n5|\\N|\\N", h.sql(database,
            "SELECT id, length(summary), right(summary, 2) FROM artifacts WHERE id < 6 ORDER BY id"))
        assert.equal("0", h.sql(database, [[SELECT count(*) FROM artifacts WHERE length(summary) > 360
            OR summary <> content AND length(content) <= 360 OR NOT starts_with(content, summary)]]))
    end)

    it("sees by its own verification what changed on the way", function()
        source()
        local database = target()
        h.sql(database, [[CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                new.metadata_json := to_jsonb(new.metadata_json::text); RETURN new; END $$;
            CREATE TRIGGER spoil BEFORE INSERT ON artifacts FOR EACH ROW WHEN (new.id = 8) EXECUTE FUNCTION spoil()]])
        local result = run(1, database, "--triggers=fire")
        assert.equal(11, passed(result.json), result.said)
    end)

    it("says what does not fit, and which keys do not hold, and loads the rest with --on-bad reject", function()
        local file = source [[UPDATE artifacts SET raw_json = '{oops' WHERE id = 7;
            UPDATE artifacts SET source_id = printf('%0200d', id) WHERE id = 13; DELETE FROM artifacts WHERE id = 40;
            UPDATE topics SET name = printf('%0300d', id) WHERE id = 5; UPDATE tweets SET created_at = 'yesterday'
            WHERE tweet_id = '1830000000000000003']]
        local database = target()
        local checked = h.wherry({ "check", SCRIPT, h.url(database), "--source", file, "--json" }, { cwd = HERE })
        assert.equal(1, checked.code, checked.said)
        local told = {}
        for _, problem in ipairs(checked.json.problems) do
            local example = problem.examples[1]
            told[#told + 1] = ("%s %s: %s"):format(problem.kind, problem.table, example and example.key)
        end
        table.sort(told)
        assert.same({ "orphan artifact_relationships: id=39",
            "orphan artifact_relationships: id=40", "orphan artifact_scores: id=33",
            "orphan artifact_topics: artifact_id=40, topic_id=2, rowid=118", "orphan discovery_labels: id=10",
            "value artifact_topics: artifact_id=40, topic_id=2, rowid=118",
            "value artifacts: id=13", "value artifacts: id=7", "value topics: id=5",
            "value tweets: tweet_id='1830000000000000003', rowid=3" }, told)
        local stopped = run(5, database)
        assert.matches("--source=var/app.db --resume", stopped.json.error.hint, 1, true)
        assert.is_truthy(table.concat(told, "\n"):find("value " .. stopped.json.error.table, 1, true), stopped.said)
        local result = run(1, database, "--restart", "--on-bad=reject")
        for name, count in pairs { artifacts = 2, topics = 1, tweets = 1, cursors = 0 } do
            assert.equal(count, ledger.source(result.json, name).rejected, name)
        end
        assert.equal("0", h.sql(database, [[SELECT count(*) FROM artifact_topics t WHERE artifact_id IN (7, 13, 40)
            OR topic_id = 5]]))
        assert.equal("0", h.sql(database, "SELECT count(*) FROM pg_constraint WHERE NOT convalidated"))
        local listed = h.wherry({ "rejects", "list", SCRIPT, "--source", file, "--json" },
            { cwd = HERE, env = { DATABASE_URL = h.url(database) } })
        assert.is_true(listed.json.open > 0, listed.said)
    end)

    it("has one file, which the command line names; a script with several does not take one", function()
        local file = source()
        local several = h.script(([[local w = require "wherry"
            return w.plan { from = { a = w.sqlite %q, b = w.sqlite "b.db" }, to = w.pg %q }]]):format(file,
            h.url(target())))
        local refused = h.wherry { "run", several, "--source", file }
        assert.equal(2, refused.code, refused.said)
        assert.matches("the script has several sources", refused.stderr, 1, true)
    end)
end)
