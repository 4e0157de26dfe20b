-- Aragora: the SQLite stores of one installation into the PostgreSQL schemas public, aragora and server.
local w = require "wherry"

local HERE = os.getenv "SQLITE_DIR" or ".nomic"

local function store(name, schema)
    return w.sqlite { HERE .. "/" .. name, schema = schema }
end

local tables = {
    -- Of the SQLite schemas' versions; PostgreSQL's are Alembic's and the runner's own.
    _schema_versions = w.skip "says how far the SQLite schema is",
}

local function leave(source, names, reason)
    for name in names:gmatch "%S+" do
        tables[source .. "." .. name] = w.skip(reason)
    end
end

-- core.db and memory.db both have debates: the server's store of results, and what the agents remember of them.
tables["core.debates"] = { triggers = "fire" } -- which makes search_vector
tables["memory.debates"] = {
    columns = {
        status = w.constant "completed",
        completed_at = w.sql "created_at",
        result = w.fold { final_answer = "final_answer", duration_seconds = "duration_seconds" },
    },
}

tables["memory.critiques"] = {
    into = "debate_messages",
    where = "debate_id in (select id from debates)",
    columns = {
        role = w.constant "critique",
        timestamp = "created_at",
        content = w.fold {
            target_agent = "target_agent", issues = w.json "issues", suggestions = w.json "suggestions",
            severity = "severity", reasoning = "reasoning", led_to_improvement = "led_to_improvement",
            usefulness = { expected = "expected_usefulness", actual = "actual_usefulness",
                error = "prediction_error" },
        },
    },
}

-- A number with the digits that 4 bytes keep: on_bad is about columns of the plan, and not about what is emitted.
local function single(number)
    return number and tonumber(("%.6g"):format(number))
end

tables["memory.consensus"] = {
    into = "culture_patterns",
    columns = {
        workspace_id = w.constant "default",
        pattern_type = w.constant "consensus",
        pattern_key = "topic",
        pattern_value = w.fold {
            topic_hash = "topic_hash", conclusion = "conclusion", strength = "strength", domain = "domain",
            tags = w.json "tags", data = w.json "data", evidence = w.json "evidence", stability = "stability_score",
            supporting_agents = w.json "supporting_agents", opposing_agents = w.json "opposing_agents",
            last_challenged_at = "last_challenged_at",
        },
        observation_count = w.sql "max(1, coalesce(json_array_length(debate_ids), 0))",
        first_observed_at = w.sql "coalesce(timestamp, created_at, :started)",
        last_observed_at = w.sql "coalesce(updated_at, created_at, timestamp, :started)",
        contributing_debates = "debate_ids", -- a JSON list, into text[]
    },
    -- What was agreed is also found by its task, with the first of its debates that is still there.
    emits = { "consensus_memory" },
    row = function(old, _, emit)
        local debate
        for _, id in ipairs(w.json.decode(old.debate_ids or "[]")) do
            debate = debate or w.lookup("debates", id)
        end
        emit("consensus_memory", { id = old.id, task_hash = old.topic_hash or w.sha256(old.topic), task = old.topic,
            answer = old.conclusion, confidence = single(old.confidence), debate_id = debate,
            created_at = old.created_at, hits = 0 })
    end,
}

tables["analytics.ratings"] = {
    into = "agent_elo",
    columns = {
        agent = "agent_name", rating = "elo", games_played = "debates_count", last_game_at = "updated_at",
        metadata = w.fold {
            domains = w.json "domain_elos", draws = "draws",
            critiques = { accepted = "critiques_accepted", total = "critiques_total" },
            calibration = { correct = "calibration_correct", total = "calibration_total",
                brier_sum = "calibration_brier_sum" },
        },
    },
}

-- users and organizations refer to each other: both are loaded, then the keys are made.
local NO_KEYS = "API keys are issued anew"
tables["users.users"] = {
    skip = { api_key = NO_KEYS, api_key_hash = NO_KEYS, api_key_prefix = NO_KEYS, api_key_created_at = NO_KEYS,
        api_key_expires_at = NO_KEYS },
}
tables["users.organizations"] = {
    columns = {
        -- Where settings are no JSON they stay as they are, and are told as a value that does not fit.
        settings = w.sql [[case when json_valid(coalesce(settings, '{}')) then
            json_set(coalesce(settings, '{}'), '$.billing', json_object('debates_used', debates_used_this_month,
                'cycle_start', billing_cycle_start)) else settings end]],
    },
}
tables["users.usage_events"] = { columns = { timestamp = "created_at" } }
tables["users.oauth_providers"] = { columns = { created_at = "linked_at" } }
tables["users.audit_log"] = {
    columns = {
        details = w.fold { old = w.json "old_value", new = w.json "new_value", metadata = w.json "metadata" },
        ip_address = w.sql "nullif(nullif(ip_address, ''), 'unknown')",
    },
}
tables["users.org_invitations"] = { skip = { status = "accepted_at and expires_at say it" } }

tables["knowledge.provenance"] = { into = "provenance_chains" }
tables["knowledge.relationships"] = { into = "knowledge_relationships" }
tables["knowledge.facts"] = {
    into = "knowledge_items",
    columns = {
        content = "statement", source_type = w.constant "fact", source_id = "consensus_proof_id",
        metadata = w.fold {
            statement_hash = "statement_hash", evidence_ids = w.json "evidence_ids_json",
            documents = w.json "source_documents_json", validation_status = "validation_status",
            topics = w.json "topics_json", superseded_by = "superseded_by", more = w.json "metadata_json",
        },
    },
}
tables["knowledge.fact_relations"] = {
    into = "knowledge_links",
    columns = { source_id = "source_fact_id", target_id = "target_fact_id", relationship = "relation_type",
        weight = "confidence" },
    skip = { id = "numbered anew", created_by = "not kept in PostgreSQL", metadata_json = "not kept in PostgreSQL" },
    merge = { by = { "source_fact_id", "target_fact_id", "relation_type" }, keep = "first" },
}
tables["evidence.evidence"] = {
    into = "knowledge_items", -- as knowledge.facts
    columns = {
        workspace_id = w.constant "default", content = "snippet", source_type = w.constant "evidence",
        source_id = "source", confidence = "reliability_score",
        metadata = w.fold {
            title = "title", url = "url", content_hash = "content_hash", more = w.json "metadata_json",
            enriched = w.json "enriched_metadata_json", quality = w.json "quality_scores_json",
        },
    },
}

-- time.time() in seconds. What an older version did not say is what the target's columns have by default.
local SECONDS = { stored = "unix" }
tables["jobs.job_queue"] = {
    columns = {
        created_at = SECONDS, updated_at = SECONDS, started_at = SECONDS, completed_at = SECONDS,
        error_message = "error", retry_count = "attempts", max_retries = "max_attempts",
    },
    skip = { worker_id = "of a process that is gone" },
    on_null = "default",
}

local NO_TABLE = "the PostgreSQL schema has no table for it: the file is kept"
leave("core", [[debate_metadata traces trace_events tournaments tournament_matches embeddings positions
    detected_flips]], NO_TABLE)
leave("memory", [[continuum_memory tier_transitions continuum_memory_archive meta_learning_state memories
    reflection_schedule dissent patterns patterns_archive pattern_embeddings agent_reputation semantic_embeddings
    suggestion_injections contributor_stats]], NO_TABLE)
leave("analytics", [[matches elo_history calibration_predictions domain_calibration calibration_buckets
    temperature_params predictions insights debate_summaries pattern_clusters agent_performance_history
    prompt_versions evolution_history extracted_patterns meta_hyperparams meta_efficiency_log]], NO_TABLE)
leave("agents", [[personas performance_history agent_relationships position_history debate_outcomes experiments
    emergent_traits trait_transfers agent_evolution_history calibration_predictions genomes populations
    active_population genesis_events]], NO_TABLE)
leave("evidence", "debate_evidence", NO_TABLE)
leave("email", "shared_inboxes shared_inbox_messages routing_rules", NO_TABLE)
leave("results", "debate_results debate_cache_index", "a cache: what is in it expires")

local SEARCH = "full text is left for later"
leave("knowledge", "facts_fts", SEARCH)
leave("evidence", "evidence_fts", SEARCH)
leave("audit", "audit_fts", SEARCH)
leave("email", "shared_inbox_messages_fts", SEARCH)

-- An event's hash, as the application computes it; it has written the time by isoformat(), at first without an offset.
local function hash(event, form)
    return w.sha256(table.concat({ event.id, w.time.format(w.time.parse(event.timestamp), form), event.category,
        event.action, event.actor_id, event.resource_type or "", event.resource_id or "", event.outcome,
        event.previous_hash or "" }, "|")):sub(1, 32)
end

-- Holds for an event that follows the one before, in the application's order, and says what its hash was made of.
local TRAIL = "select * from audit_events order by timestamp"
local function chain()
    local before = ""
    return function(event)
        local follows = (event.previous_hash or "") == before
        before = event.event_hash
        if not follows then
            return false, "it does not follow the event before it"
        end
        return event.event_hash == hash(event, "python_utc") or event.event_hash == hash(event, "python"),
            "its hash is not that of what it says"
    end
end

return w.plan {
    from = {
        core = store("core.db", "server"), memory = store "memory.db", analytics = store "analytics.db",
        agents = store "agents.db", users = store "users.db", knowledge = store "knowledge.db",
        evidence = store "evidence.db", audit = store "audit.db", email = store "email_store.db",
        jobs = store("job_queue.db", "aragora"), results = store "debate_results.db",
    },
    to = w.pg "$DATABASE_URL",
    schema = "existing",
    zone = "UTC",
    -- Confidences and ratings are real in PostgreSQL, 4 bytes for 8: the nearest number is meant.
    on_bad = { "nearest", "reject" },
    columns = { ["*_at"] = { stored = "iso" } },
    lookups = { debates = { sqlite = "select id, id from debates", from = "memory" } },
    collision = "append", -- knowledge.facts and evidence.evidence
    tables = tables,
    verify = function(check, src, dst)
        check.counts()
        check.foreign_keys()
        check.sequences()
        check.rows("the audit trail is a whole chain in SQLite", TRAIL, chain(), src.audit)
        check.rows("the audit trail is a whole chain in PostgreSQL", TRAIL, chain(), dst)
        check.query { "members by organization", from = "users",
            sqlite = "select org_id, count(*) as members from users group by org_id",
            pg = "select org_id, count(*) as members from users group by org_id", same = "set" }
        check.query { "jobs that wait, as a worker takes them", from = "jobs",
            sqlite = "select id, datetime(created_at, 'unixepoch') as since from job_queue "
                .. "where status = 'pending' order by coalesce(priority, 0) desc, created_at limit 50",
            pg = "select id, date_trunc('second', created_at) as since from aragora.job_queue "
                .. "where status = 'pending' order by priority desc, created_at limit 50" }
        check.within("ratings", src.analytics:value "select sum(elo) from ratings",
            dst:value "select sum(rating::float8) from agent_elo", { relative = 1e-6 })
        check.json("aragora.job_queue", "payload_json")
        check.equal("tasks without a debate", 0, dst:value [[select count(*) from consensus_memory c
            join culture_patterns p using (id) where c.debate_id is null
            and exists (select from debates d where d.id = any(p.contributing_debates))]])
        check.equal("debates that a pattern comes from", src.memory:value [[select count(*)
            from consensus, json_each(coalesce(debate_ids, '[]'))]], dst:value [[select count(*)
            from culture_patterns, unnest(contributing_debates)]])
    end,
}
