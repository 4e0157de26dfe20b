-- signal_harvester.lua: a database like that of Signal Harvester: topics and accounts that are there twice, authors as
-- ids in JSON, NULLs where the new schema wants values, classifications in a table of their own.
local rows = require "tests.support.projects.rows"

local signal_harvester = {}

local START = 1725148800 -- 2024-09-01
local TOPICS = { "AI Safety", "Photonics", "Quantum Error Correction", "ai safety ", "Solid-State Batteries",
    "PHOTONICS", "Robotics", "AI safety", "Çip Tasarımı" }
local PHRASES = { "Zażółć gęślą jaźń", "O'Reilly \"quoted\"", "emoji 🚀", "tab\there\nnew line", "back\\slash \\N", "",
    "{not json", "plain words" }
local RAW = { '{"id": 9007199254740993, "score": 1.0, "e": 1e2}', '{"a": {"b": [1, null, true]}}', "[]", "{}",
    '"a text"', "null", '{"t": "\\u0131\\ud83d\\ude80", "b": 1, "a": 2}', '{"list":["x","y"]}' }
local KINDS = { "paper", "repository", "tweet" }

local function time(n)
    return os.date("!%Y-%m-%dT%H:%M:%SZ", START + n * 3607)
end

local function maybe(of, n, value)
    return not of:once(n) and value or rows.null
end

local function topics(of)
    for n, name in ipairs(TOPICS) do
        of:insert("topics", { name = name, taxonomy_path = maybe(of, 3, "tech/" .. n),
            description = maybe(of, 3, of:pick(PHRASES)), created_at = n ~= 4 and time(n) or nil })
        of:insert("topic_evolution", { topic_id = n, event_type = "emergence", event_date = time(n) })
        for other = n + 1, #TOPICS do
            of:insert("topic_similarity", { topic_id_1 = n, topic_id_2 = other, similarity = of.random(1000) / 1001,
                computed_at = time(n * 10 + other) })
        end
    end
    of:insert("topic_clusters", { name = "hardware", topic_ids = "[2,5]", created_at = time(1), updated_at = time(2) })
end

local function entities(of, count)
    for n = 1, count do
        of:insert("entities", { id = n, type = of:pick { "researcher", "lab", "company" }, name = "Entity " .. n,
            description = maybe(of, 2, of:pick(PHRASES)), homepage_url = maybe(of, 2, "https://example.org/" .. n),
            created_at = maybe(of, 4, time(n)), updated_at = maybe(of, 4, time(n + 9)),
            impact_metrics = maybe(of, 2, '{"h_index": 42}'), collaboration_network = maybe(of, 2, "[1, 2]"),
            expertise_areas = maybe(of, 2, '["optics"]'), influence_score = maybe(of, 3, of.random(100) / 7),
            platform_activity = maybe(of, 3, '{"x": {"posts": 3}}'), last_activity_date = maybe(of, 3, time(n)),
            metadata_json = maybe(of, 3, of:pick(RAW)), merged_into_id = n % 8 == 5 and n - 1 or nil })
        for i, platform in ipairs { "x", "github", n % 4 == 1 and "x" or "orcid" } do
            of:insert("accounts", { entity_id = n, platform = platform, handle_or_id = "handle" .. n,
                url = maybe(of, 2, "https://x.com/h" .. n), confidence = of:pick { 0.5, 0.30000000000000004 },
                follower_count = maybe(of, 3, 3000000000 + n), raw_json = maybe(of, 3, of:pick(RAW)),
                created_at = maybe(of, 3, time(n)), updated_at = maybe(of, 3, time(n + i)) })
        end
        if n % 8 == 5 then
            of:insert("entity_merge_history", { primary_entity_id = n - 1, candidate_entity_id = n, decision = "merge",
                similarity_score = 0.91, reviewer = "auto", created_at = "2024-10-01 08:00:0" .. n % 10 })
        end
    end
end

-- The ids of authors as the application writes them: some twice, some of entities that are gone.
local function authors(of, count)
    return of:pick { "[]", ("[%d]"):format(of.random(count)), ("[%d, %d]"):format(1, 1 + of.random(count - 1)),
        "[2, 2, 3]", "[99999]", "null" }
end

local function artifact(of, n, entity_count)
    of:insert("artifacts", { id = n, type = KINDS[n % 3 + 1], source = ({ "arxiv", "github", "x" })[n % 3 + 1],
        source_id = ("%s:%05d"):format(n % 3, n), title = maybe(of, 4, of:pick(PHRASES) .. " " .. n),
        text = maybe(of, 3, of:pick(PHRASES):rep(of.random(50))), url = maybe(of, 3, "https://example.org/a" .. n),
        published_at = maybe(of, 3, time(n)), author_entity_ids = maybe(of, 4, authors(of, entity_count)),
        raw_json = maybe(of, 4, of:pick(RAW)), created_at = maybe(of, 3, time(n + 2)),
        updated_at = maybe(of, 3, time(n + 5)) })
    if n % 3 > 0 then
        of:insert("artifact_classifications", { artifact_id = n, category = of:pick { "breakthrough", "noise" },
            sentiment = maybe(of, 3, "positive"), urgency = maybe(of, 3, of.random(100)),
            tags_json = maybe(of, 3, '["ç", "n:1"]'), reasoning = maybe(of, 2, of:pick(PHRASES)),
            raw_json = maybe(of, 2, of:pick(RAW)), created_at = time(n), updated_at = time(n) })
        for run = 1, n % 5 == 0 and 2 or 1 do -- some were scored again
            of:insert("artifact_scores", { artifact_id = n, novelty_score = of.random(99) / 7,
                emergence_score = maybe(of, 4, run / 3), obscurity_score = 0.5, cross_source_score = 0.1,
                expert_signal_score = maybe(of, 4, 0.25), discovery_score = run * 10.1,
                notified_at = maybe(of, 2, time(n)), created_at = time(n), updated_at = time(n + run) })
        end
    end
    if n % 2 == 0 then
        of:insert("scores", { artifact_id = n, novelty = 1.5, discovery_score = n / 7, computed_at = time(n) })
    end
end

local function artifacts(of, count, entity_count)
    for n = 1, count do
        artifact(of, n, entity_count)
        for topic = n % 3 + 1, #TOPICS, 3 do
            of:insert("artifact_topics", { artifact_id = n, topic_id = topic, confidence = maybe(of, 4, 0.9) })
        end
        if n > 1 then
            of:insert("artifact_relationships", { source_artifact_id = n, target_artifact_id = n - 1,
                relationship_type = "cites", confidence = maybe(of, 4, 0.75), detection_method = maybe(of, 2, "doi"),
                metadata_json = maybe(of, 2, of:pick(RAW)), created_at = time(n) })
        end
        if n % 4 == 0 then
            of:insert("discovery_labels", { artifact_id = n, label = of:pick { "relevant", "noise" },
                annotator = maybe(of, 2, "kim"), notes = maybe(of, 2, of:pick(PHRASES)),
                confidence = maybe(of, 3, 0.5), created_at = time(n), updated_at = time(n) })
        end
    end
end

local function tweets(of, count)
    for n = 1, count do
        local id = tostring(1830000000000000000 + n)
        of:insert("tweets", { tweet_id = id, source = maybe(of, 4, "x"), query_names = maybe(of, 3, "deep tech,ai"),
            text = of:pick(PHRASES), author_id = tostring(4000000000 + n), author_username = "user" .. n,
            created_at = time(n), lang = maybe(of, 3, "tr"), like_count = maybe(of, 4, of.random(1000)),
            retweet_count = maybe(of, 4, 0), category = maybe(of, 3, "signal"), sentiment = maybe(of, 3, "neutral"),
            urgency = maybe(of, 3, of.random(10)), tags = maybe(of, 3, of:pick { '["a","b"]', "[]", "null" }),
            reasoning = maybe(of, 3, of:pick(PHRASES)), salience = maybe(of, 3, of.random(99) / 13),
            notified_at = maybe(of, 2, time(n)), raw_json = maybe(of, 3, of:pick(RAW)), inserted_at = time(n) })
        if n % 5 == 0 then
            of:insert("snapshots", { id = "snap-" .. n, signal_id = id, status = of:pick { "ready", "failed" },
                size_kb = maybe(of, 3, n), file_path = maybe(of, 3, "var/snap/" .. n), created_at = time(n) })
        end
    end
    of:insert("cursors", { name = "deep tech", since_id = tostring(1830000000000000000), updated_at = time(1) })
    of:insert("cursors", { name = "ai" })
end

local function experiments(of)
    for n = 1, 4 do
        of:insert("experiments", { id = n, name = "experiment " .. n, description = maybe(of, 2, of:pick(PHRASES)),
            config_json = of:pick { '{"weights": {"novelty": 0.35}}', "{}" }, baseline_id = n < 4 and n + 1 or nil,
            created_at = time(n), updated_at = time(n), status = "draft" })
        for run = 1, 2 do
            of:insert("experiment_runs", { experiment_id = n, artifact_count = 50, true_positives = run,
                precision = maybe(of, 3, 0.1 + 0.2), recall = maybe(of, 3, 2 / 3), started_at = time(n),
                completed_at = maybe(of, 2, time(n + run)), status = of:pick { "completed", "failed" },
                error_message = maybe(of, 2, of:pick(PHRASES)), metadata_json = maybe(of, 2, of:pick(RAW)) })
        end
    end
end

---Makes the file, in WAL mode.
---@param file string
---@param options { rows: integer?, seed: integer? }|nil  rows: artifacts, and tweets
function signal_harvester.make(file, options)
    local of = rows.new("signal_harvester", { seed = options and options.seed, before = "PRAGMA journal_mode = WAL;" })
    local count = options and options.rows or 60
    local entity_count = count // 4 + 4
    topics(of)
    entities(of, entity_count)
    artifacts(of, count, entity_count)
    tweets(of, count)
    experiments(of)
    of:insert("beta_users", { email = "first@example.org", invite_code = "code-1" })
    of:insert("performance_metrics", { metric_name = "p95", metric_value = 12.5, recorded_at = time(1) })
    of:insert("schema_version", { version = 10, applied_at = time(1) })
    of:insert("alembic_version", { version_num = "0010_head" })
    of:write(file, "PRAGMA wal_checkpoint(TRUNCATE);")
end

return signal_harvester
