-- A small migration that is disturbed on purpose: tests/support/faults.c makes one call of the engine go wrong, or ends
-- it there; then the run is taken up again, and everything must be as an undisturbed run leaves it.
local h = require "tests.support.harness"
local compare = require "tests.support.compare"
local faults_proxy = require "tests.support.faults_proxy"
local faults_sql = require "tests.support.faults_sql"

local faults = {}

local process = h.process
local LIMIT = 60 -- seconds that a run may take under a fault
local RESUMES = 6 -- so many attempts may a fault that comes once cost

--- What is built for the tests.
---@param name string
---@return string path
function faults.built(name)
    return (os.getenv "WHERRY_BUILD" or process.shell "pwd" .. "/build") .. "/tests/" .. name
end

---Runs wherry with a call that goes wrong.
---@param words string[]
---@param fault string  what WHERRY_FAULT says
---@return ProcessResult result
---@return boolean struck
---@return table<string, integer> calls  that were counted, by kind
function faults.run(words, fault)
    local report = h.path "faults"
    os.remove(report)
    local result = h.wherry(words, { timeout = LIMIT, keeps = true, env = {
        LD_PRELOAD = faults.built "faults.so", WHERRY_FAULT = fault, WHERRY_FAULT_REPORT = report,
    } })
    local text = process.read(report) or error("the fault's library was not loaded" .. result.said)
    local calls = {}
    for kind, count in text:gmatch "(%l+) (%d+)" do
        calls[kind] = math.tointeger(tonumber(count))
    end
    assert(result.code ~= 124, "it hangs under " .. fault .. result.said)
    return result, text:find "^struck" ~= nil, calls
end

---@class FaultCase
---@field file string
---@field database string
---@field args string[]
---@field target string? SQL of the target's tables; without it the run makes them
---@field expected string the state that an undisturbed run leaves
---@field code integer with which it ends
local Case = {}
Case.__index = Case

---Makes source and target, and runs once undisturbed: that is how it has to be in the end.
---@param options { rows: integer?, args: string[]?, create: boolean?, more: string?, before: string?,
---target: string?, code: integer? }  more: SQL for the source; before, target: SQL for the target, once and each time;
---code: with which the undisturbed run ends
---@return FaultCase
function faults.case(options)
    local rows = options.rows or 150
    local self = setmetatable({ code = options.code or 0,
        target = not options.create and faults_sql.TARGET .. (options.target or "") or nil }, Case)
    self.file = h.source(faults_sql.SOURCE:format(rows, 2 * rows, rows) .. (options.more or ""))
    self.database = h.database()
    self.args = { "run", self.file, h.url(self.database), "--batch-size=60", "--triggers=off", "--retry=5s",
        "--indexes=rebuild", table.unpack(options.args or {}) }
    self.tables = compare.tables(self.file)
    if options.before then
        self:sql(options.before)
    end
    self:reset()
    local result = h.wherry(self:words { "--json" })
    assert(result.code == self.code, result.said)
    for _, name in ipairs(self.code == 0 and self.tables or {}) do
        compare.table(self.database, self.file, name)
    end
    self:sql("CREATE SCHEMA reference; "
        .. self:each "CREATE TABLE reference.%s AS SELECT * FROM public.%s;")
    self.expected = self:state()
    return self
end

---The SQL for each of the tables.
---@param sql string
---@return string
function Case:each(sql)
    local all = {}
    for i, name in ipairs(self.tables) do
        all[i] = sql:gsub("%%s", name)
    end
    return table.concat(all, "\n")
end

---The words of the command line.
---@param more string[]?
---@param url string?  another way to the target
---@return string[]
function Case:words(more, url)
    local words = table.move(self.args, 1, #self.args, 1, {})
    words[3] = url or words[3]
    return table.move(more or {}, 1, #(more or {}), #words + 1, words)
end

---The target as it is before the first run.
function Case:reset()
    self:sql([[
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()
            AND pid <> pg_backend_pid();
        DROP SCHEMA IF EXISTS wherry CASCADE; DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public;]]
        .. (self.target or ""))
end

---@param text string
---@return string
function Case:sql(text)
    return h.sql(self.database, text)
end

---The lines of faults_sql.STATE, in an order that no number of the catalog's decides.
function Case:state()
    local lines = {}
    for line in self:sql(faults_sql.STATE):gmatch "[^\n]+" do
        lines[#lines + 1] = line
    end
    table.sort(lines)
    return "\n" .. table.concat(lines, "\n") .. "\n"
end

-- The lines of one text that are not in the other.
local function missing(from, other)
    local lines = {}
    for line in from:gmatch "[^\n]+" do
        if not other:find("\n" .. line .. "\n", 1, true) then
            lines[#lines + 1] = "    " .. line
        end
    end
    return table.concat(lines, "\n")
end

---Runs with a call that goes wrong.
---@param fault string  what WHERRY_FAULT says
---@return ProcessResult result
---@return boolean struck
---@return table<string, integer> calls  that were counted, by kind
function Case:run(fault)
    return faults.run(self.args, fault)
end

---How many calls of a kind an undisturbed run makes.
---@param kind string
---@return integer
function Case:count(kind)
    self:reset()
    local result, _, calls = self:run(kind .. " none 0")
    assert(result.code == self.code, result.said)
    return calls[kind]
end

---Goes on with --resume until it is done.
---@param what string  the fault, for the message
function Case:resume(what)
    local result
    for _ = 1, RESUMES do
        result = h.wherry(self:words { "--resume", "--json" }, { timeout = LIMIT })
        if result.code == self.code then
            return
        end
        assert(result.code == 5, what .. ": --resume should have ended it" .. result.said)
    end
    error(what .. ": --resume does not end it" .. result.said, 2)
end

---Fails unless everything is as an undisturbed run leaves it.
---@param what string  the fault, for the message
function Case:check(what)
    local differs = self:sql(self:each [[
        SELECT '%s misses', * FROM (SELECT * FROM reference.%s EXCEPT ALL SELECT * FROM public.%s) x LIMIT 3;
        SELECT '%s has more', * FROM (SELECT * FROM public.%s EXCEPT ALL SELECT * FROM reference.%s) x LIMIT 3;]])
    assert(differs == "", what .. ":\n" .. differs)
    local state = self:state()
    assert(state == self.expected, ("%s: there is\n%s\nand there is not\n%s"):format(what,
        missing(state, self.expected), missing(self.expected, state)))
end

---Disturbs a run, takes it up again, and looks.
---@param fault string
---@return boolean struck  false: the run came to its end before
---@return ProcessResult result  of the disturbed run
function Case:walk(fault)
    self:reset()
    local result, struck = self:run(fault)
    -- The call may be a child process's, which is killed then.
    local ended = struck and fault:find " kill " and result.code == 137
    assert(ended or result.code == self.code or struck and result.code <= 5, fault .. result.said)
    -- What libpq never refuses is one; what memory or the system refuses is not.
    assert(fault:find "^pq " or not result.stderr:find "mistake in wherry", fault .. result.said)
    self:resume(fault)
    self:check(fault)
    return struck, result
end

---Kills the run, and those that take it up again, at random moments until one comes through; and looks.
---@param random fun(limit: integer): integer
---@return integer kills
function Case:random_kills(random)
    local kills, longest = 0, 200
    self:reset()
    for attempt = 1, 60 do
        local running = h.start(self:words { attempt > 1 and "--resume" or "--retry=10s" }, { keeps = true })
        process.sleep(0.02 + random(longest) / 1000)
        if not running:running() then
            local result = running:finish(1)
            assert(result.code == self.code, result.said)
            self:check(("after %d kills"):format(kills))
            return kills
        end
        running:kill "KILL"
        kills = kills + 1
        assert(process.wait(20, function() return not running:running() end), "a killed run did not end")
        longest = longest + longest // 10 -- so that it comes to an end on a machine of any speed
    end
    error "the run did not come to an end"
end

---Runs through a proxy, takes the run up again where it stopped, and looks.
---@param socket string  the server's directory
---@param cut "end"|"half"|"mute"|"shut"
---@param byte integer
---@param delay integer  microseconds
---@param retry string  for how long the run tries by itself
---@return ProcessResult result  of the run
function Case:through(socket, cut, byte, delay, retry)
    local what = ("cut (%s) at byte %d"):format(cut, byte)
    self:reset()
    local result
    do
        local proxy <close> = faults_proxy.start(faults.built "proxy", socket, cut, byte, delay)
        result = h.wherry(self:words({ "--retry=" .. retry }, proxy:url(self.database)), { timeout = 3 * LIMIT })
    end
    assert(result.code == self.code or result.code == 5 or result.code == 3, what .. result.said)
    self:resume(what)
    self:check(what)
    return result
end

---So many points of all, spread evenly, others at every call.
---@param all integer
---@param wanted integer
---@param random fun(limit: integer): integer
---@return integer[]
function faults.sample(all, wanted, random)
    local points = {}
    for i = 1, math.min(all, wanted) do
        local from, to = (i - 1) * all // math.min(all, wanted) + 1, i * all // math.min(all, wanted)
        points[i] = from - 1 + random(to - from + 1)
    end
    return points
end

return faults
