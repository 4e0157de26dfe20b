-- session.lua: the engine's own connection to the target: statements and steps that survive a lost connection, and the
-- lock that keeps a second run away.
local core = require "wherry.core"
local failure = require "wherry.failure"

local session = {}
session.__index = session

local CONNECT_SECONDS = 10
local LAST_BACK_OFF = 5

---@class wherry.Session
---@field conninfo string may hold a password: never shown
---@field schema string the journal's schema, unquoted
---@field retry number seconds that a lost connection is tried again
---@field log fun(level: string, text: string)
---@field connection table|nil core.pg connection
---@field locked boolean the journal's advisory lock is ours

--- Connects once, without retry: a wrong address should be told at once.
---@param conninfo string
---@param options { schema: string, retry: number, log: fun(level: string, text: string) }
---@return wherry.Session
function session.open(conninfo, options)
    local self = setmetatable({
        conninfo = conninfo,
        schema = options.schema,
        retry = options.retry,
        log = options.log,
        locked = false,
    }, session)
    self.connection = core.pg.connect(conninfo, CONNECT_SECONDS)
    return self
end

--- Raises when a signal asked to stop.
function session.check_stop()
    if core.sys.stopped() then
        failure.raise("interrupted", "interrupted by a signal")
    end
end

-- One lock a journal, held by this connection as long as it lives: the server drops it when the client dies.
local function try_lock(self)
    local rows = self.connection:query("SELECT pg_try_advisory_lock(hashtextextended('wherry journal ' || $1, 0)) AS got",
        { self.schema })
    self.locked = rows[1].got == "t"
    return self.locked
end

local function lock_holder(self)
    local rows = self.connection:query([[SELECT l.pid, a.application_name, coalesce(a.client_addr::text, 'local') AS client
        FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
        WHERE l.locktype = 'advisory' AND l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND (l.classid::bigint << 32 | l.objid::bigint) = hashtextextended('wherry journal ' || $1, 0)]], { self.schema })
    local row = rows[1]
    return row and ("server process %s, client %s"):format(row.pid, row.client) or "a session that has just ended"
end

--- Takes the journal's lock, or raises: another run is at work on this target.
---@param wait number seconds to wait for a holder to go away (a killed client's session may take a moment)
function session:lock(wait)
    local deadline = core.sys.clock() + wait
    while not try_lock(self) do
        if core.sys.clock() >= deadline then
            failure.raise("environment", "another run is at work on this target (" .. lock_holder(self) .. ")",
                "wait until it has ended; a second run at the same target would not know what the first one does")
        end
        session.check_stop()
        core.sys.sleep(0.2)
    end
end

local function reconnect(self, lost)
    local deadline, back_off = core.sys.clock() + self.retry, 0.1
    local had_lock = self.locked
    self.connection:close()
    while true do
        self.log("warning", ("connection lost (%s), trying again"):format(lost.message))
        core.sys.sleep(back_off)
        session.check_stop()
        local ok, fault = pcall(core.pg.connect, self.conninfo, CONNECT_SECONDS)
        if ok then
            self.connection = fault
            if had_lock then
                self:lock(math.max(0, deadline - core.sys.clock()))
            end
            return
        end
        if fault.kind ~= "connection" or core.sys.clock() + back_off > deadline then
            error(fault, 0)
        end
        lost, back_off = fault, math.min(back_off * 2, LAST_BACK_OFF)
    end
end

-- Runs `work` on the connection, again after a lost one. `work` must be safe to repeat.
local function repeatedly(self, work)
    while true do
        session.check_stop()
        local ok, result = pcall(work, self.connection)
        if ok then
            return result
        end
        if type(result) ~= "table" or result.kind ~= "connection" then
            error(result, 0)
        end
        reconnect(self, result)
    end
end

--- Runs a statement that only reads.
---@param sql string
---@param parameters table?
---@return table[] rows keyed by column name; every value a string or nil
function session:query(sql, parameters)
    return repeatedly(self, function(connection) return connection:query(sql, parameters) end)
end

--- A step: see core/journal.h. A lost acknowledgement is settled by the lock statement, which must not find its row
--- again once the step is committed.
---@param lock_sql string finds the journal row in the state in which the work is still to be done
---@param lock_parameters table
---@param statements table[] arrays { sql, parameter... }
---@return boolean done false when somebody had done it already
function session:step(lock_sql, lock_parameters, statements)
    return repeatedly(self, function(connection) return connection:step(lock_sql, lock_parameters, statements) end)
end

function session:close()
    if self.connection then
        self.connection:close()
    end
end

return session
