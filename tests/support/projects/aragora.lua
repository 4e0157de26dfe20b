-- The eleven files of an Aragora installation as they are found: filled tables, the application's own forms of values,
-- and an audit trail whose events are chained by their hashes.
local fill = require "tests.support.fill"
local process = require "tests.support.process"
local rows_of = require "tests.support.projects.rows"

local aragora = {}

---The names of the files.
---@type string[]
aragora.files = fill.sections "aragora"

-- What each file holds beside what its columns' types say.
local VALUES = {
    ["core.db"] = [[
        UPDATE debates SET confidence = round(0.1 * (rowid % 10), 1);
        UPDATE _schema_versions SET module = 'core-' || rowid;]],
    -- The consensus store keeps lists as JSON texts; a debate that it names may have been pruned.
    ["memory.db"] = [[
        UPDATE debates SET consensus_reached = rowid % 2, confidence = 0.1 * (rowid % 10), rounds_used = rowid % 7,
            duration_seconds = 12.5 * rowid;
        UPDATE critiques SET severity = 0.25 * (rowid % 4), expected_usefulness = 0.5, actual_usefulness = NULL,
            prediction_error = NULL, issues = '["vague", "nie ma źródeł"]',
            suggestions = CASE rowid % 3 WHEN 0 THEN NULL ELSE '["cite"]' END, led_to_improvement = rowid % 2;
        UPDATE consensus SET confidence = 0.1 * (rowid % 10), stability_score = 0.5, tags = '["ops"]',
            data = '{"rounds": ' || rowid || '}', evidence = CASE rowid % 4 WHEN 0 THEN NULL ELSE '[]' END,
            topic_hash = CASE rowid % 3 WHEN 0 THEN NULL ELSE substr(hex(topic || rowid), 1, 16) END,
            supporting_agents = '["claude", "ąćę \"quoted\""]', opposing_agents = '[]',
            debate_ids = CASE rowid % 5
                WHEN 0 THEN NULL
                WHEN 1 THEN '[]'
                WHEN 2 THEN '["pruned-debate", "a,b", "NULL", "{x}", ""]'
                ELSE (SELECT json_array(id, 'pruned') FROM debates d WHERE d.rowid = consensus.rowid) END;]],
    ["analytics.db"] = [[
        UPDATE ratings SET elo = 1500 + rowid * 1.1, domain_elos = '{"law": ' || (1400 + rowid * 0.7) || '}',
            wins = rowid, losses = rowid % 3, draws = 0, debates_count = rowid + rowid % 3,
            calibration_brier_sum = 0.1 * rowid;]],
    ["users.db"] = [[
        UPDATE organizations SET debates_used_this_month = rowid * 3,
            settings = CASE rowid % 4 WHEN 0 THEN NULL ELSE '{"seats": ' || rowid || '}' END;
        UPDATE audit_log SET old_value = CASE rowid % 3 WHEN 0 THEN NULL ELSE '{"role": "member"}' END,
            new_value = '{"role": "admin"}',
            ip_address = CASE rowid % 5 WHEN 0 THEN NULL WHEN 1 THEN '' WHEN 2 THEN 'unknown' WHEN 3 THEN '2001:db8::1'
                ELSE '192.168.0.' || rowid END;
        UPDATE users SET api_key = 'ara_' || hex(rowid) || 'secret' WHERE rowid % 2;]],
    ["knowledge.db"] = [[
        UPDATE knowledge_nodes SET confidence = 0.1 * (rowid % 10), surprise_score = 0.3, consolidation_score = 0.7,
            update_count = rowid;
        UPDATE relationships SET strength = 0.1 * (rowid % 10);
        UPDATE facts SET confidence = 0.9;
        UPDATE fact_relations SET confidence = 0.1 * (rowid % 10), relation_type = 'supports';
        -- The same relation, found twice: the second time it is no news.
        INSERT INTO fact_relations (id, source_fact_id, target_fact_id, relation_type, confidence)
            SELECT id || '-again', source_fact_id, target_fact_id, relation_type, 0.35 FROM fact_relations
            WHERE rowid % 6 = 1;]],
    ["evidence.db"] = "UPDATE evidence SET reliability_score = 0.1 * (rowid % 10);",
    -- time.time(), and what is not said is NULL.
    ["job_queue.db"] = [[
        UPDATE job_queue SET created_at = 1767225600.123456 + rowid * 61.5, updated_at = 1767225601.5 + rowid * 61.5,
            started_at = CASE rowid % 3 WHEN 0 THEN NULL ELSE 1767225602.0 + rowid END,
            attempts = rowid % 4, priority = CASE rowid % 6 WHEN 0 THEN NULL ELSE rowid % 3 END,
            payload_json = CASE rowid % 4 WHEN 0 THEN NULL ELSE '{"debate": ' || rowid || '}' END,
            result_json = CASE rowid % 2 WHEN 0 THEN NULL ELSE '{"ok": true}' END;]],
}

local function sha256(text)
    return process.shell(("printf %%s %s | sha256sum"):format(process.quote(text))):match "^%x+"
end

---The hash of an event, by the application's rule: the first half of the digest of what happened and the hash before.
---@param event table<string, string>
---@return string
function aragora.hash(event)
    return sha256(table.concat({ event.id, event.timestamp, event.category, event.action, event.actor_id,
        event.resource_type, event.resource_id, event.outcome, event.previous_hash }, "|")):sub(1, 32)
end

-- isoformat() of datetime.utcnow() in old versions, of datetime.now(timezone.utc) today; it leaves out .000000.
local function moment(n, random)
    local micro = n % 5 == 0 and "" or (".%06d"):format(random(999999))
    return os.date("!%Y-%m-%dT%H:%M:%S", 1767225600 + n * 977) .. micro .. (n <= 4 and "" or "+00:00")
end

local function audit(file, count, seed)
    local of = rows_of.new("aragora", { section = "audit.db", seed = seed })
    local previous = ""
    for n = 1, count do
        local event = {
            id = ("ev-%04d-%x"):format((n * 7919) % 10007, n), timestamp = moment(n, of.random),
            category = of:pick { "auth", "data", "debate" }, action = of:pick { "login", "zmień|rolę", "delete" },
            actor_id = "user_" .. of.random(5), resource_type = of:pick { "session", "debate", "" },
            resource_id = of:pick { "", "ę-1", "42" }, outcome = of:pick { "success", "failure", "denied" },
            ip_address = "10.0.0." .. n % 250, user_agent = "Mozilla/5.0 (\"test\")", correlation_id = "", org_id = "",
            workspace_id = "", details = of:pick { "{}", '{"n": 1.0,  "z": "\\u017c"}' }, reason = "",
            previous_hash = previous,
        }
        event.event_hash = aragora.hash(event)
        previous = event.event_hash
        of:insert("audit_events", event)
    end
    of:write(file)
end

---Makes the files in a directory that is there.
---@param directory string
---@param options { rows: integer?, seed: integer?, damage: table<string, string>? }|nil  damage: SQL by file
function aragora.make(directory, options)
    options = options or {}
    local rows = options.rows or 20
    for _, name in ipairs(aragora.files) do
        local file = directory .. "/" .. name
        if name == "audit.db" then
            audit(file, rows, options.seed)
        else
            fill.make(file, "aragora", { section = name, rows = rows, seed = options.seed })
        end
        local script = file .. ".values"
        process.write(script, (VALUES[name] or "") .. (options.damage and options.damage[name] or ""))
        process.shell(("sqlite3 -batch -bail %s < %s && rm %s"):format(process.quote(file), process.quote(script),
            process.quote(script)))
    end
end

---The statements that make the target: the runner's public schema, Alembic's aragora, the server's store.
---@return string
function aragora.target()
    return fill.schema "aragora.pg"
end

return aragora
