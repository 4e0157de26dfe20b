-- session.lua: the engine's own connection to the target: statements and steps that survive a lost connection, and the
-- lock that keeps a second run away.
local core = require "wherry.core"
local failure = require "wherry.failure"
local sessions = require "wherry.engine.sessions"

local session = {}
session.__index = session

local CONNECT_SECONDS = 10
local FIRST_BACK_OFF, LAST_BACK_OFF = 0.1, 5
local TELL_SECONDS = 2 -- a wait for the lock that is not worth a word
local LOCK_LOOK_SECONDS = 0.2
local KEEP_SECONDS = 5 -- the holder of the lock is heard of at least that often: see sessions.QUIET_SECONDS

-- Refusals that another attempt may not meet: serialization, deadlock, a lock that was not free in time.
local PASSING = { ["40001"] = true, ["40P01"] = true, ["55P03"] = true }

---@class wherry.Session
---@field conninfo string may hold a password: never shown
---@field schema string the journal's schema, unquoted
---@field retry number seconds that a lost connection is tried again
---@field log fun(level: string, text: string)
---@field connection table core.pg connection
---@field locked boolean the journal's lock is held by this connection
---@field private backend string|nil the server process that last held the lock for it
---@field private name string|nil the session's name in pg_stat_activity
---@field private wanted boolean the lock was taken once: every later connection has to have it, too
---@field private lost boolean the connection is of no use any more

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
        wanted = false,
        lost = false,
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

-- Other sessions see whose this one is. A name that is not taken is no reason to fail.
local function set_name(self)
    if self.name then
        self.connection:query("SELECT set_config('application_name', $1, false)", { self.name })
    end
end

--- From now on the session bears the run's number: others may know it by that.
---@param run integer
function session:name_run(run)
    self.name = sessions.name_of(run)
    self:query("SELECT set_config('application_name', $1, false)", { self.name })
end

-- One lock a journal, held by this connection as long as it lives: the server drops it when the client dies, and the
-- connection is heard of regularly, so that nobody takes its client for dead.
local function try_lock(self)
    local rows = self.connection:query(("SELECT pg_try_advisory_lock(%s) AS got, pg_backend_pid() AS pid"):format(
        sessions.LOCK_KEY), { self.schema })
    self.locked = rows[1].got == "t"
    if self.locked then
        self.backend = rows[1].pid
        self.connection:keep(KEEP_SECONDS)
    end
    return self.locked
end

--- Takes the journal's lock, or raises: another run is at work on this target. A holder that nothing is heard of any
--- more is ended: its client is dead, or cut off.
---@param wait number seconds to wait for a holder to go away (a killed client's session may take a moment)
function session:lock(wait)
    local begun, told = core.sys.clock(), false
    local deadline = begun + wait
    self.wanted = true
    while not try_lock(self) do
        local holder = sessions.holder(self)
        if holder and sessions.end_quiet(self, holder) then
            deadline = math.max(deadline, core.sys.clock() + TELL_SECONDS)
        elseif not told and core.sys.clock() - begun >= TELL_SECONDS then
            told = true
            self.log("warning", ("waits for another run at this target to end (%s)"):format(
                sessions.describe(self, holder)))
        end
        if core.sys.clock() >= deadline then
            failure.raise("environment", ("another run is at work on this target (%s)"):format(
                sessions.describe(self, holder)),
                "wait until it has ended; a second run at the same target would not know what the first one does")
        end
        session.check_stop()
        core.sys.sleep(LOCK_LOOK_SECONDS)
    end
end

local function connect_again(self, timeout)
    if self.connection then
        self.connection:close()
    end
    self.connection = core.pg.connect(self.conninfo, timeout)
    self.lost = false
    set_name(self)
end

local function worth_another(fault)
    return failure.is(fault) and (fault.kind == "connection" or fault.kind == "server" and PASSING[fault.sqlstate])
end

-- A new connection is of use only with the lock that the old one had.
local function attempt(self, work, deadline)
    if self.lost then
        connect_again(self, CONNECT_SECONDS)
    end
    if self.wanted and not self.locked then
        self:lock(math.max(0, deadline - core.sys.clock()))
    end
    return work(self.connection)
end

-- Runs `work`, again after what passes by itself, until `retry` seconds after the first failure. `work` must be safe to
-- repeat.
local function repeatedly(self, work)
    local failing_since, back_off = nil, FIRST_BACK_OFF
    while true do
        session.check_stop()
        local ok, result = pcall(attempt, self, work, (failing_since or core.sys.clock()) + self.retry)
        if ok then
            return result
        end
        if failure.is(result) and result.kind == "connection" then
            self.lost, self.locked = true, false
        end
        failing_since = failing_since or core.sys.clock()
        if not worth_another(result) or core.sys.clock() + back_off > failing_since + self.retry then
            error(result, 0)
        end
        self.log("warning", ("%s; trying again"):format(result.message))
        core.sys.sleep(back_off)
        back_off = math.min(back_off * 2, LAST_BACK_OFF)
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

--- Another session of the same run, without the lock. It connects when it is first used; the caller closes it.
---@return wherry.Session
function session:beside()
    return setmetatable({ conninfo = self.conninfo, schema = self.schema, retry = self.retry, log = self.log,
        name = self.name, locked = false, wanted = false, lost = true }, session)
end

--- As step, with work that comes in between: it may use the connection, and gives the statements that end the step. It
--- is done again where the connection was lost, so that all it does has to be within the step.
---@param lock_sql string
---@param lock_parameters table
---@param work fun(connection: userdata): table[]
---@return boolean done false when somebody had done it already
function session:held_step(lock_sql, lock_parameters, work)
    return repeatedly(self, function(connection)
        if not connection:step_begin(lock_sql, lock_parameters) then
            return false
        end
        local ok, result = pcall(work, connection)
        if ok then
            ok, result = pcall(connection.step_end, connection, result)
        end
        if not ok then
            pcall(connection.step_abort, connection)
            error(result, 0)
        end
        return true
    end)
end

--- Reads, as of one moment, in a transaction of its own; all of it again where the connection was lost.
---@param work fun(connection: userdata): any
---@return any what the work gives
function session:read_at_once(work)
    return repeatedly(self, function(connection)
        connection:query "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
        local ok, result = pcall(work, connection)
        local ended, fault = pcall(connection.query, connection, ok and "COMMIT" or "ROLLBACK")
        if not ok or not ended then
            error(ok and fault or result, 0)
        end
        return result
    end)
end

-- Tries statements, each in a savepoint, and takes all back.
local function rehearse(connection, statements)
    local refused = {}
    connection:query "BEGIN"
    for index, sql in ipairs(statements) do
        session.check_stop()
        connection:query "SAVEPOINT one"
        local ok, fault = pcall(connection.query, connection, sql)
        if not ok and not (failure.is(fault) and fault.kind == "server") then
            error(fault, 0)
        end
        refused[index] = not ok and fault or nil
        connection:query((ok and "RELEASE" or "ROLLBACK TO") .. " SAVEPOINT one")
    end
    connection:query "ROLLBACK"
    return refused
end

--- Tries statements in their order, in a transaction that is taken back: what would the server say? A statement that it
--- refuses does not keep the others from being tried.
---@param statements string[]
---@return table<integer, wherry.Failure> refused by the statement's place
function session:rehearse(statements)
    return repeatedly(self, function(connection)
        local ok, refused = pcall(rehearse, connection, statements)
        if not ok then
            pcall(connection.query, connection, "ROLLBACK")
            error(refused, 0)
        end
        return refused
    end)
end

--- For a last word after a failure: connects again where the connection is gone, once and for a short time, and tries
--- nothing again from now on. Where it could not get the lock back (`locked`), somebody else may be at work: then
--- nothing may be changed.
---@param timeout number seconds
function session:revive(timeout)
    self.retry = 0
    if self.lost or not self.connection:alive() then
        self.locked = false
        connect_again(self, timeout)
    end
    if self.wanted and not self.locked then
        pcall(self.lock, self, timeout)
    end
    self.wanted = self.locked
end

--- While others work on connections of their own: gets the lock back where the connection was lost, by one attempt that
--- takes no longer than `timeout`. Without it the run would look dead, and another could take its place.
---@param timeout number seconds
---@return wherry.Holder|nil other who has taken the lock meanwhile: not our own lost connection's end in the server
function session:hold(timeout)
    if not self.wanted or self.locked and not self.connection:lost() then
        return
    end
    local other
    self.lost, self.locked = self.lost or self.connection:lost(), false
    self.lost = not pcall(function()
        if self.lost then
            connect_again(self, timeout)
        end
        local holder = not try_lock(self) and sessions.holder(self)
        if holder and not sessions.end_quiet(self, holder) and holder.pid ~= self.backend then
            other = holder
        end
    end)
    return other
end

function session:close()
    if self.connection then
        self.connection:close()
    end
end

return session
