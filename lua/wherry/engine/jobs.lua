-- jobs.lua: over how many lanes a load goes, and which tables several of them may be at.
local core = require "wherry.core"
local cuts = require "wherry.resolve.cuts"
local failure = require "wherry.failure"
local source_set = require "wherry.engine.source_set"

local jobs = {}

-- One connection is left for the question what a server does that does not answer (core/pgwire_probe.c).
local SPARE = 1

-- What the server, the database and the role allow besides this session; a superuser knows no limit but the server's.
local FREE = [[SELECT current_setting('max_connections')::int
        - (CASE WHEN r.rolsuper THEN 0 ELSE current_setting('superuser_reserved_connections')::int
            + coalesce(current_setting('reserved_connections', true)::int, 0) END)
        - (SELECT coalesce(sum(numbackends), 0) FROM pg_stat_database)::int AS server,
    CASE WHEN r.rolsuper OR d.datconnlimit < 0 THEN NULL ELSE d.datconnlimit
        - (SELECT numbackends FROM pg_stat_database WHERE datid = d.oid) END AS database,
    CASE WHEN r.rolsuper OR r.rolconnlimit < 0 THEN NULL ELSE r.rolconnlimit
        - (SELECT count(*) FROM pg_stat_activity WHERE usesysid = r.oid) END AS role,
    quote_ident(d.datname) AS database_name, quote_ident(r.rolname) AS role_name
    FROM pg_roles r, pg_database d WHERE r.rolname = current_user AND d.datname = current_database()]]

---How many lanes are wanted: as many as the user says, else as there are processors.
---@param options { jobs: integer? }
---@return integer
function jobs.wanted(options)
    return math.min(options.jobs or core.sys.processors(), core.snapshot.lanes_most)
end

-- The role's name, or the database's, is known to whoever has to change its limit.
local function refuse(name, row)
    local called = row[name .. "_name"]
    failure.raise("environment", ("the %s %s allows no connection beside the one that this run has already"):format(
        name, called), ("a run needs two, better three: ALTER %s %s CONNECTION LIMIT 3, or end others of its sessions")
        :format(name:upper(), called))
end

---How many there can be. Raises where a limit of the role or the database leaves none.
---@param session wherry.Session
---@param wanted integer
---@param log fun(level: string, text: string)
---@return integer
---@return boolean attended one connection more can be had for statistics
function jobs.allowed(session, wanted, log)
    local row = session:query(FREE)[1]
    local allowed, why, most = wanted, nil, math.huge
    for _, name in ipairs { "server", "database", "role" } do
        local free = math.tointeger(tonumber(row[name]))
        if free and free < 1 and row[name .. "_name"] then
            refuse(name, row)
        elseif free and free - SPARE < allowed then
            allowed, why = math.max(free - SPARE, 1), name
        end
        most = free and math.min(most, free - SPARE) or most
    end
    log("verbose", ("%d lane%s%s"):format(allowed, allowed == 1 and "" or "s",
        why and (", of %d: the %s allows no more connections"):format(wanted, why) or ""))
    return allowed, most > allowed
end

-- What of a table stays in place during the load and may want its rows in their order: triggers and references to
-- itself; and, where rows are rejected one by one, keys, since of duplicates the first is to be kept.
local IN_ORDER = [[SELECT tgname AS name FROM pg_trigger WHERE tgrelid = to_regclass($1) AND NOT tgisinternal
        AND tgenabled <> 'D' AND tgtype & 4 <> 0
    UNION ALL SELECT conname FROM pg_constraint WHERE conrelid = to_regclass($1) AND confrelid = conrelid
        AND contype = 'f'
    UNION ALL SELECT relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE i.indrelid = to_regclass($1) AND $2 AND (i.indisunique OR i.indisexclusion)]]

local function aside_names(resolved, target)
    local found = {}
    for _, object in ipairs(resolved.objects) do
        if object.state == "aside" and object.target == target then
            found[object.name] = true
        end
    end
    return found
end

---Whether several lanes may be at a table at once.
---@param session wherry.Session
---@param resolved wherry.Resolved
---@param entry wherry.LoadTable
---@return boolean
function jobs.may_share(session, resolved, entry)
    if entry.merge_sql then
        return false
    end
    local aside = aside_names(resolved, entry.target_sql)
    for _, row in ipairs(session:query(IN_ORDER, { entry.target_sql, entry.rejects == true })) do
        if not aside[row.name] then
            return false
        end
    end
    return true
end

---Cuts the large tables of a run that is about to begin.
---@param source wherry.SourceSet|table
---@param session wherry.Session
---@param resolved wherry.Resolved
---@param lanes integer
function jobs.cut(source, session, resolved, lanes)
    local by_source = {}
    for _, one in ipairs(source_set.snapshots(source)) do
        by_source[one.name] = function(...) return one.snapshot:query(...) end
    end
    cuts.add(resolved.tables, lanes, function(entry) return by_source[source_set.from(entry)] end,
        function(entry) return jobs.may_share(session, resolved, entry) end)
end

return jobs
