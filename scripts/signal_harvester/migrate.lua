-- Signal Harvester: var/app.db into the tables that Alembic made in PostgreSQL (0010 and what it has of 0011).
local w = require "wherry"

local NOT_THERE = "not in the new schema"

-- A column of artifact_classifications, which Alembic 0010 drops.
local function classified(column)
    return w.sql(("(select %s from artifact_classifications where artifact_id = artifacts.id)"):format(column))
end

-- The beginning of a text: 360 characters, up to the end of a word.
local function summary(text)
    if not text or w.length(text) <= 360 then
        return text
    end
    return w.sub(text, 1, 361):match "^(.*%S)%s" or w.sub(text, 1, 360)
end

-- Authors were a list of ids in JSON, some twice, some of entities that are gone; now each is a row.
local function authors(old, new, emit)
    local ids, seen = w.json.decode(old.author_entity_ids), {}
    for _, id in ipairs(w.json.is_array(ids) and ids or {}) do
        if not seen[id] and w.lookup("entity_ids", id) then
            seen[id] = true
            emit("artifact_entities",
                { artifact_id = old.id, entity_id = id, role = "author", created_at = new.created_at })
        end
    end
end

local function verify(check, src)
    check.counts()
    check.foreign_keys()
    check.sequences()
    check.alembic(src:value "select version_num from alembic_version")
    for _, column in ipairs { { "tweets", "tags" }, { "tweets", "raw_json" }, { "artifacts", "metadata_json" },
        { "entities", "social_accounts" }, { "entities", "metadata_json" }, { "experiments", "config_json" } } do
        check.json(table.unpack(column))
    end
    check.query { "authors", same = "set",
        sqlite = [[select distinct artifacts.id, author.value as author
            from artifacts, json_each(author_entity_ids) author where author.value in (select id from entities)]],
        pg = "select artifact_id, entity_id as author from artifact_entities" }
    check.query { "classifications", same = "set",
        sqlite = "select artifact_id, category, urgency from artifact_classifications where category is not null",
        pg = [[select id, metadata_json -> 'classification' ->> 'category',
                (metadata_json -> 'classification' ->> 'urgency')::integer
            from artifacts where metadata_json -> 'classification' ->> 'category' is not null]] }
    -- The application's own list of discoveries, on both sides.
    check.query { "discoveries", same = "rows", p95 = 250,
        sqlite = [[select a.id, a.title, coalesce(s.discovery_score, o.discovery_score) as score from artifacts a
            left join scores o on o.artifact_id = a.id
            left join (select artifact_id, max(id) as id from artifact_scores group by artifact_id) l
                on l.artifact_id = a.id
            left join artifact_scores s on s.id = l.id
            where score is not null order by score desc, a.id limit 20]],
        pg = [[select a.id, a.title, s.discovery_score as score
            from artifacts a join artifact_scores s on s.artifact_id = a.id
            order by score desc, a.id limit 20]] }
end

return w.plan {
    from = w.sqlite "var/app.db",
    to = w.pg "$DATABASE_URL",
    schema = "existing",
    zone = "UTC",
    on_null = "default", -- counts, scores and confidences may no longer be NULL: the new schema has defaults for them
    collision = "append", -- scores go behind artifact_scores
    lookups = {
        entity_ids = { sqlite = "select id, id from entities" },
        social_accounts = { sqlite = [[select entity_id, json_group_object(platform, handle_or_id) from accounts
            group by entity_id]] },
    },
    tables = {
        -- Renamed; the text falls back on the title; what has no column of its own goes into metadata_json.
        artifacts = {
            emits = { "artifact_entities" },
            row = function(old, new, emit)
                new.summary = summary(old.text or old.title)
                authors(old, new, emit)
            end,
            columns = {
                external_id = "source_id",
                content = w.sql "coalesce(text, title)",
                summary = w.hook,
                metadata_json = w.fold {
                    type = "type",
                    raw = w.json "raw_json",
                    authors = w.json "author_entity_ids",
                    classification = {
                        category = classified "category",
                        sentiment = classified "sentiment",
                        urgency = classified "urgency",
                        reasoning = classified "reasoning",
                        tags = w.json(classified "tags_json"),
                        raw = w.json(classified "artifact_classifications.raw_json"),
                    },
                },
                created_at = w.sql "coalesce(created_at, published_at, updated_at, :started)",
                updated_at = w.sql "coalesce(updated_at, created_at, published_at, :started)",
            },
        },
        artifact_classifications = w.skip "folded into artifacts.metadata_json",

        -- One score an artifact now: the last one counts.
        artifact_scores = {
            merge = { by = { "artifact_id" }, keep = "last" },
            columns = {
                impact_score = "emergence_score",
                credibility_score = "expert_signal_score",
                calculated_at = "updated_at",
            },
            skip = {
                obscurity_score = NOT_THERE .. "; discovery_score was made of it",
                cross_source_score = NOT_THERE .. "; discovery_score was made of it",
                notified_at = NOT_THERE,
                created_at = "calculated_at is the time of the last calculation",
            },
        },
        -- Artifacts that were never scored anew have their score in the old table alone.
        scores = {
            into = "artifact_scores",
            where = "artifact_id not in (select artifact_id from artifact_scores)",
            columns = {
                id = w.sql "(select coalesce(max(id), 0) from artifact_scores) + artifact_id",
                novelty_score = "novelty",
                impact_score = "emergence",
                calculated_at = w.sql "coalesce(computed_at, :started)",
            },
            skip = { obscurity = NOT_THERE .. "; discovery_score was made of it" },
        },

        -- A topic is there once now, however it is written; what refers to the others refers to the first one.
        topics = {
            merge = { by = { w.sql "lower(trim(name))" } },
            columns = {
                description = w.sql "coalesce(description, taxonomy_path)",
                created_at = w.sql "coalesce(created_at, :started)",
                updated_at = w.sql "coalesce(created_at, :started)",
            },
        },
        -- Their keys were pairs; the new id is the target's own.
        artifact_topics = {
            merge = { by = { "artifact_id", "topic_id" } },
            columns = {
                created_at = w.sql [[(select coalesce(created_at, published_at, updated_at, :started) from artifacts
                    where id = artifact_id)]],
            },
        },
        topic_similarity = {
            where = [[(select lower(trim(name)) from topics where id = topic_id_1)
                is not (select lower(trim(name)) from topics where id = topic_id_2)]], -- one topic now
            merge = { by = { "topic_id_1", "topic_id_2" }, keep = "last" },
            columns = { calculated_at = "computed_at" },
        },
        topic_evolution = w.skip(NOT_THERE),
        topic_clusters = w.skip(NOT_THERE),

        entities = {
            columns = {
                entity_type = "type",
                id = "id",
                social_accounts = { from = "id", lookup = "social_accounts", missing = "null" },
                metadata_json = w.fold {
                    description = "description",
                    homepage_url = "homepage_url",
                    impact_metrics = w.json "impact_metrics",
                    collaboration_network = w.json "collaboration_network",
                    research_trajectory = w.json "research_trajectory",
                    expertise_areas = w.json "expertise_areas",
                    platform_activity = w.json "platform_activity",
                    merged_into_id = "merged_into_id",
                    metadata = w.json "metadata_json",
                },
                created_at = w.sql "coalesce(created_at, updated_at, :started)",
                updated_at = w.sql "coalesce(updated_at, created_at, :started)",
            },
        },
        accounts = {
            merge = { by = { "entity_id", "platform", "handle_or_id" }, keep = "last" },
            columns = {
                created_at = w.sql "coalesce(created_at, updated_at, :started)",
                updated_at = w.sql "coalesce(updated_at, created_at, :started)",
            },
            skip = { confidence = NOT_THERE },
        },

        artifact_relationships = {
            columns = {
                metadata_json = w.fold { detection_method = "detection_method", metadata = w.json "metadata_json" },
            },
        },
        experiment_runs = {
            columns = {
                config_snapshot = w.json(w.sql "(select config_json from experiments where id = experiment_id)"),
                created_at = "started_at",
                started_at = "started_at",
                metadata_json = w.fold {
                    artifact_count = "artifact_count", status = "status", error_message = "error_message",
                    metadata = w.json "metadata_json",
                },
            },
        },
        beta_users = w.skip "Alembic 0010 drops it; the beta is over",
        performance_metrics = w.skip "kept by Prometheus",
        schema_version = w.skip "counted run_migrations(); Alembic has alembic_version",
    },
    verify = verify,
}
