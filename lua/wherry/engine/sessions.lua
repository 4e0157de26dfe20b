-- sessions.lua: other sessions of wherry at the same target: who holds the journal's lock, and what dead runs have left
-- behind in the server.
local core = require "wherry.core"
local failure = require "wherry.failure"
local names = require "wherry.names"

local sessions = {}

--- The journal's lock as a number, from its schema as $1.
sessions.LOCK_KEY = "hashtextextended('wherry journal ' || $1, 0)"

--- A holder of the lock whose session has been idle for so long is dead: a living one says something every few seconds.
sessions.QUIET_SECONDS = 30

local LEAVE_SECONDS = 1 -- a session that is at its commit goes by itself
local END_SECONDS = 10 -- for one that was told to end
local LOOK_SECONDS = 0.1

local PREFIX = "wherry run "

--- The name in pg_stat_activity of the sessions of a run.
---@param run integer
---@return string
function sessions.name_of(run)
    return PREFIX .. run
end

local HOLDER = [[SELECT l.pid, coalesce(host(a.client_addr), 'local') AS client, a.application_name AS name,
        to_char(a.backend_start, 'YYYY-MM-DD HH24:MI:SS') AS since, a.state,
        extract(epoch FROM clock_timestamp() - a.state_change)::bigint AS quiet
    FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.locktype = 'advisory' AND l.granted
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND l.objsubid = 1 AND (l.classid::bigint << 32 | l.objid::bigint) = ]] .. sessions.LOCK_KEY

---@class wherry.Holder of the journal's lock
---@field pid string server process
---@field client string address
---@field name string|nil as pg_stat_activity has it
---@field since string|nil
---@field state string|nil nil: the session is another role's
---@field quiet string|nil seconds since it last began or ended something

--- Who holds the journal's lock; nil: nobody any more.
---@param session wherry.Session
---@return wherry.Holder|nil
function sessions.holder(session)
    return session.connection:query(HOLDER, { session.schema })[1]
end

local function run_of(holder)
    return (holder.name or ""):match("^" .. PREFIX .. "(%d+)$")
end

-- What the journal says of the holder's run. It may not be there yet, or be another role's.
local function run_words(session, holder)
    local run = run_of(holder)
    local ok, rows = pcall(session.connection.query, session.connection, ([[SELECT operator, host,
            to_char(started, 'YYYY-MM-DD HH24:MI:SS') AS started FROM %s.run WHERE id = $1]]):format(
        names.quote_pg(session.schema)), { run or 0 })
    if not ok and failure.is(rows) and rows.kind ~= "server" then
        error(rows, 0)
    elseif not ok or not rows[1] then
        return ""
    end
    return ("; run %s of %s on host %s, begun %s UTC"):format(run, rows[1].operator or "somebody",
        rows[1].host or "unknown", rows[1].started)
end

--- The holder in words.
---@param session wherry.Session
---@param holder wherry.Holder|nil
---@return string
function sessions.describe(session, holder)
    if not holder then
        return "a session that has just ended"
    end
    return ("server process %s, client %s%s%s"):format(holder.pid, holder.client,
        holder.since and (", connected since %s UTC"):format(holder.since) or "", run_words(session, holder))
end

local function terminate(session, pid)
    local ok, fault = pcall(session.connection.query, session.connection, "SELECT pg_terminate_backend($1)", { pid })
    if not ok and not (failure.is(fault) and fault.kind == "server") then
        error(fault, 0)
    end
    return ok
end

--- Ends a holder of which nothing has been heard for too long. One that is at a statement is alive, and so may be one
--- that has not begun its run yet: it reads the source.
---@param session wherry.Session
---@param holder wherry.Holder
---@return boolean ended
function sessions.end_quiet(session, holder)
    local quiet = tonumber(holder.quiet or "0")
    if not run_of(holder) or not (holder.state or ""):find "^idle" or quiet < sessions.QUIET_SECONDS then
        return false
    end
    session.log("warning", ("nothing has been heard for %d s of the session that holds the journal's lock (%s): it is "
        .. "ended"):format(quiet, sessions.describe(session, holder)))
    return terminate(session, holder.pid)
end

-- Sessions of wherry that are within a step at this journal. Whoever holds the lock is the only one who may be.
local ORPHANS = [[SELECT DISTINCT a.pid, a.state, left(regexp_replace(a.query, '\s+', ' ', 'g'), 60) AS query,
        pg_has_role(a.usesysid, 'MEMBER') AS ours
    FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid JOIN pg_class c ON c.oid = l.relation
    WHERE l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND l.granted
    AND l.mode IN ('RowShareLock', 'RowExclusiveLock') AND c.relnamespace = (SELECT oid FROM pg_namespace
        WHERE nspname = $1) AND a.application_name LIKE 'wherry%' AND a.pid <> pg_backend_pid() ORDER BY a.pid]]

local function orphans(session)
    return session:query(ORPHANS, { session.schema })
end

local function wait_until_gone(session, seconds)
    local deadline = core.sys.clock() + seconds
    local left = orphans(session)
    while left[1] and core.sys.clock() < deadline do
        session.check_stop()
        core.sys.sleep(LOOK_SECONDS)
        left = orphans(session)
    end
    return left
end

--- Ends what a dead run has left behind: a statement goes on in the server although its client is gone, and holds what
--- it works on. The journal's lock is ours, so nobody else may be at work. Those that are at their commit may end it.
---@param session wherry.Session with the lock
function sessions.end_orphans(session)
    local left = wait_until_gone(session, LEAVE_SECONDS)
    for _, orphan in ipairs(left) do
        if orphan.ours == "t" then
            session.log("info", ("ends server process %s, which a dead run has left behind: %s"):format(orphan.pid,
                orphan.query or "?"))
            terminate(session, orphan.pid)
        end
    end
    left = left[1] and wait_until_gone(session, END_SECONDS) or left
    if left[1] then
        failure.raise("environment", ("server process %s, of a dead run, is still at work (%s)"):format(left[1].pid,
            left[1].query or "?"), ("end it first: SELECT pg_terminate_backend(%s)"):format(left[1].pid))
    end
end

return sessions
