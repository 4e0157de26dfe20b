-- steps.lua: before_load and after_load of a plan. Each is one step: a transaction of its own on a connection of its
-- own, which locks the journal's row, does what the plan says, notes what that did to the run's tables, and commits.
local ends = require "wherry.plan.ends"
local failure = require "wherry.failure"
local hook_changes = require "wherry.engine.hook_changes"
local interruptible = require "wherry.interruptible"
local journal_hooks = require "wherry.journal.hooks"
local reading = require "wherry.engine.reading"
local sequences = require "wherry.engine.sequences"
local script_line = require "wherry.plan.script_line"
local step_handle = require "wherry.library.step_handle"
local steps_of_plan = require "wherry.plan.steps"
local target_state = require "wherry.journal.target_state"

local steps = {}

-- What went wrong, with the step's name and the script's line. Only the message is another one: what it is about stays.
local function explain(raised, name, script)
    local line = script_line.of(script)
    if not failure.is(raised) then
        local text = type(raised) == "string" and raised or ("error object: %s"):format(ends.describe(raised))
        local placed = text:find "^[^\n]-:%d+: "
        return failure.new("plan", ("%s: %s%s"):format(name, not placed and line and ("%s:%d: "):format(script, line)
            or "", text))
    end
    local place = line and ("%s:%d: "):format(script, line) or ""
    if raised.message:sub(1, #name + 2) ~= name .. ": " or place ~= "" then
        raised.message = ("%s: %s%s"):format(name, place, raised.message:gsub("^" .. name .. ": ", ""))
    end
    raised.kind = raised.kind == "usage" and "plan" or raised.kind
    return raised
end

local function run_statements(dst, statements)
    for index, sql in ipairs(statements) do
        local ok, fault = pcall(dst.exec, dst, sql)
        if not ok then
            if failure.is(fault) and #statements > 1 then
                fault.message = ("statement %d: %s"):format(index, fault.message)
            end
            error(fault, 0)
        end
    end
end

-- Does what the plan says. Both handles end with it.
local function work(state, name, given, connection)
    local dst = step_handle.open(connection, name)
    local src <close> = type(given) == "function" and reading.handle(state) or nil
    local ok, fault = interruptible(function()
        if src then
            given(src, dst)
        else
            run_statements(dst, given)
        end
    end, function(raised)
        return explain(raised, name, state.plan.script)
    end)
    local left = step_handle.finish(dst)
    if not ok then
        error(fault, 0)
    elseif left then
        failure.raise("plan", ("%s: the function has left %s under way"):format(name, left),
            "end it inside of the function")
    end
end

-- Whether the transaction is still the one that was begun, and can be committed.
local function check_transaction(connection, name, xid)
    if connection:in_failed_transaction() then
        failure.raise("plan", ("%s: a statement had failed, and the function went on: nothing of it can be committed")
            :format(name), "let its error out of the function, or set a savepoint before what may fail")
    end
    local now = connection:in_transaction()
        and connection:query("SELECT txid_current_if_assigned() AS xid")[1].xid
    if now ~= xid then
        failure.raise("plan", ("%s: the transaction that wherry began has been ended within it: what it did up to "
            .. "there may stand"):format(name), "look at the target before you go on")
    end
end

-- One attempt, within the open step. Gives what ends it.
local function attempt(state, name, given, id, connection)
    local xid = connection:query("SELECT txid_current() AS xid")[1].xid
    work(state, name, given, connection)
    check_transaction(connection, name, xid)
    -- what is deferred is looked at as the step has set its session; behind that the journal is written as it was begun
    for _, sql in ipairs { "SET CONSTRAINTS ALL IMMEDIATE", "RESET SESSION AUTHORIZATION", "RESET ROLE",
        "SET LOCAL search_path TO pg_catalog", "SET LOCAL statement_timeout TO 0" } do
        connection:query(sql)
    end
    local changed, words = hook_changes.look(state, connection, xid)
    local note = steps_of_plan.describe { name = name, statements = type(given) == "table" and given or nil }
    local list = journal_hooks.done(state.journal, id, words and note .. "; " .. words or note,
        words and "changed" or "exact", changed)
    if name == "before_load" then
        list[#list + 1] = target_state.keep(state.journal, state.run, state.resolved)
    end
    return list
end

--- Does a step of the run's plan, unless that is done. Raises what stopped it; then it is still to be done.
---@param state table the engine's
---@param name "before_load"|"after_load"
function steps.run(state, name)
    local journal, given = state.journal, state.plan[name]
    local found = journal_hooks.find(journal, state.run, name)
    if not found or found.state ~= "todo" then
        return
    end
    local lock_sql = journal_hooks.lock_sql(journal)
    if not given then
        journal.session:step(lock_sql, { found.id }, journal_hooks.done(journal, found.id,
            "the script has it no more: left out", "not_carried", {}))
        return
    end
    if name == "after_load" then
        sequences.settle(journal, state.run, state.resolved) -- what it inserts draws from them; proven behind it
    end
    state.log("info", name .. " begins")
    journal.session:step(lock_sql, { found.id }, { journal_hooks.started(journal, found.id) })
    local session = state.session:beside()
    local ok, fault = pcall(session.held_step, session, lock_sql, { found.id }, function(connection)
        return attempt(state, name, given, found.id, connection)
    end)
    session:close()
    if not ok then
        if failure.is(fault) and fault.message:sub(1, #name + 1) ~= name .. ":" then
            fault.message = ("%s: %s"):format(name, fault.message) -- refused at its end
        end
        error(fault, 0)
    end
    state.log("info", name .. " is done")
end

--- What the steps of a run made of the rows that its tables should have, for the ledger.
---@param state table the engine's
---@param counts table<string, table> from journal:counts; gets hooked
---@return table<string, table> counts
function steps.counted(state, counts)
    local rows = journal_hooks.rows(state.journal, state.run)
    for _, tbl in ipairs(state.resolved.tables) do
        local count = counts[tbl.read.table]
        if count then
            count.hooked = rows[tbl.target_sql]
            count.hooked_into = state.resolved.emitted and rows or nil
        end
    end
    return counts
end

return steps
