-- queries.lua: what is asked of a journal, of this version or an earlier one, and of the server's sessions. Statements
-- that read, each with %s for the journal's schema.
local sessions = require "wherry.engine.sessions"

local queries = {}

-- What later versions of the journal brought, and what stands for it before: { version, text, text before }.
local LATER = {
    RUN = { 4, "r.copy, r.accepted, r.jobs", "NULL AS copy, NULL AS accepted, NULL AS jobs" },
    EXPECTED = { 4, "SELECT run, sum(total - excluded) AS expected FROM %s.source_table GROUP BY run",
        "SELECT NULL::bigint AS run, NULL::bigint AS expected LIMIT 0" },
    REJECTS = { 3, "SELECT run, count(*) AS rejects FROM %s.reject WHERE state = 'open' GROUP BY run",
        "SELECT NULL::bigint AS run, NULL::bigint AS rejects LIMIT 0" },
    SOURCE_TABLE = { 4, "SELECT source_table, target, total, excluded FROM %s.source_table WHERE run = $1",
        "SELECT NULL AS source_table, NULL AS target, NULL::bigint AS total, NULL::bigint AS excluded LIMIT 0" },
    MERGED = { 5, "sum(s.merged)", "0" },
    STARTED = { 4, "started", "NULL::timestamptz" },
}

-- A rate is that of the last minute: a run may have stood still for a day.
local RECENT = "clock_timestamp() - interval '60 s'"

-- Seconds in which at least one step was under way: steps of several lanes overlap, and between two of a run that was
-- resumed may lie days.
local LOAD_SECONDS = [[SELECT run, sum(extract(epoch FROM ended - begun)) AS load_seconds FROM (
        SELECT run, min(started) AS begun, max(finished) AS ended FROM (
            SELECT *, count(*) FILTER (WHERE apart) OVER (PARTITION BY run ORDER BY started, id) AS stretch FROM (
                SELECT id, run, started, finished, started > max(finished) OVER (PARTITION BY run ORDER BY started, id
                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS apart
                FROM %s.slice WHERE state = 'done' AND started IS NOT NULL) AS a) AS b
        GROUP BY run, stretch) AS c GROUP BY run]]

-- Of several sources the first by its name stands for all; files: all of them, the only one's not.
local SOURCES = [[SELECT run, (array_agg(path ORDER BY name COLLATE "C"))[1] AS path, array_agg(path) AS paths,
        (array_agg(fingerprint ORDER BY name COLLATE "C"))[1] AS fingerprint, bool_and(fenced) AS fenced,
        CASE WHEN min(name) <> 'main' THEN json_agg(json_build_object('name', name, 'path', path,
            'fingerprint', fingerprint, 'fenced', fenced, 'copy', to_jsonb(s) ->> 'copy')
            ORDER BY name COLLATE "C")::text END AS files FROM %s.source s GROUP BY run]]

-- $1: a run, $2: paths of sources, $3: how many.
local RUNS = [[SELECT r.id, r.state, r.status, r.error, r.command, r.operator, r.host, r.version, r.script_hash, {RUN},
        extract(epoch FROM r.started) AS started, extract(epoch FROM r.finished) AS finished,
        extract(epoch FROM clock_timestamp()) AS now, s.path, s.fingerprint, s.fenced, s.files,
        w.read, w.todo, w.steps, w.last_step, w.recent_rows, w.recent_seconds, t.load_seconds, e.expected, j.rejects
    FROM %s.run r LEFT JOIN ({SOURCES}) s ON s.run = r.id
    LEFT JOIN (SELECT run, sum(read) AS read, count(*) FILTER (WHERE state = 'todo') AS todo,
            count(*) FILTER (WHERE state = 'done') AS steps, extract(epoch FROM max(finished)) AS last_step,
            sum(read) FILTER (WHERE finished > {RECENT}) AS recent_rows,
            extract(epoch FROM clock_timestamp() - min(started) FILTER (WHERE finished > {RECENT})) AS recent_seconds
        FROM %s.slice GROUP BY run) w ON w.run = r.id
    LEFT JOIN ({LOAD_SECONDS}) t ON t.run = r.id
    LEFT JOIN ({EXPECTED}) e ON e.run = r.id
    LEFT JOIN ({REJECTS}) j ON j.run = r.id
    WHERE ($1::bigint IS NULL OR r.id = $1) AND ($2::text[] IS NULL OR s.paths && $2)
    ORDER BY r.id DESC LIMIT $3]]

-- Definitions that were put aside, or that could not be put in place, and all that is still to be put in place. What
-- takes several steps has been begun again when it began behind the last one's end.
local OBJECTS = [[SELECT run, kind, name, source_table, target, state, sql, reason, aside_sql IS NOT NULL AS was_there,
        extract(epoch FROM {STARTED}) AS started, CASE WHEN {STARTED} >= coalesce(finished, '-infinity')
            THEN extract(epoch FROM clock_timestamp() - {STARTED}) END AS seconds
    FROM %s.object WHERE run = ANY ($1::bigint[]) AND state IN ('todo', 'aside', 'added', 'failed') ORDER BY run, id]]

-- $1: the run. A table that a session of the run writes into is locked by it.
local TABLES = [[WITH source_tables AS ({SOURCE_TABLE}),
    locked AS (SELECT DISTINCT l.relation FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
        WHERE l.locktype = 'relation' AND l.granted AND l.mode = 'RowExclusiveLock'
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND a.application_name = 'wherry run ' || $1::bigint),
    sums AS (SELECT s.source_table, min(s.id) AS position, count(*) FILTER (WHERE s.state = 'todo') AS todo,
            sum(s.read) AS read, sum(s.filtered) AS filtered, {MERGED} AS merged,
            sum(s.passed) AS passed, sum(t.inserted) AS inserted, sum(t.updated) AS updated,
            sum(t.skipped) AS skipped, sum(t.rejected) AS rejected, min(t.target) AS target,
            sum(extract(epoch FROM s.finished - s.started)) AS seconds
        FROM %s.slice s CROSS JOIN LATERAL (SELECT min(target) AS target, sum(inserted) AS inserted,
            sum(updated) AS updated, sum(skipped) AS skipped, sum(rejected) AS rejected
            FROM %s.slice_target WHERE slice = s.id) t
        WHERE s.run = $1 GROUP BY s.source_table)
    SELECT s.source_table, coalesce(o.target, s.target) AS target, o.total, o.excluded, s.todo, s.read, s.filtered,
        s.merged, s.passed, s.inserted, s.updated, s.skipped, s.rejected, s.seconds,
        EXISTS (SELECT FROM locked WHERE relation = to_regclass(o.target)) AS under_way
    FROM sums s LEFT JOIN source_tables o ON o.source_table = s.source_table ORDER BY s.position]]

-- Sessions of runs in this database, and the one that holds the journal's lock ($1: its schema).
local SESSIONS = [[WITH holder AS (SELECT l.pid FROM pg_locks l WHERE l.locktype = 'advisory' AND l.granted
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND (l.classid::bigint << 32 | l.objid::bigint) = ]] .. sessions.LOCK_KEY .. [[)
    SELECT a.application_name AS name, h.pid IS NOT NULL AS holds, extract(epoch FROM a.backend_start) AS since
    FROM pg_stat_activity a LEFT JOIN holder h ON h.pid = a.pid
    WHERE h.pid IS NOT NULL OR a.datname = current_database() AND a.application_name ~ '^wherry run [0-9]+$'
        AND coalesce(a.backend_type, 'client backend') = 'client backend']]

local FIXED = { RECENT = RECENT, LOAD_SECONDS = LOAD_SECONDS, SOURCES = SOURCES }

-- The statement for a journal of this version.
local function of_version(text, version)
    return (text:gsub("{([%u_]+)}", function(name)
        local later = LATER[name]
        return FIXED[name] or version >= later[1] and later[2] or later[3]
    end))
end

---@class wherry.StatusQueries
---@field runs string
---@field objects string
---@field tables string
---@field sessions string

--- The statements for a journal of a version.
---@param version integer
---@return wherry.StatusQueries
function queries.of(version)
    return { runs = of_version(RUNS, version), objects = of_version(OBJECTS, version),
        tables = of_version(TABLES, version), sessions = SESSIONS }
end

return queries
