-- looks.lua: what is looked at beside the values: both databases as witnesses by their own SQL, the target's schema.
local audit = require "wherry.audit"
local emits = require "wherry.resolve.emits"
local judgement = require "wherry.drill.judgement"
local journal_columns = require "wherry.journal.columns"
local scope = require "wherry.verification.scope"
local source_set = require "wherry.engine.source_set"
local steps = require "wherry.engine.steps"
local witness = require "wherry.witness"

local looks = {}

local AT_ONCE = 1000 -- rows of a cursor

local function source_query(state)
    return state.source and not state.without_source and function(sql, from)
        return source_set.of(state.source, { from = from }):query(sql)
    end
end

local function target_query(state)
    return function(sql, parameters) return state.session:query(sql, parameters) end
end

-- A statement that is refused does not end the transaction.
local function careful_query(state)
    local session = state.session
    return function(sql, parameters)
        session:query "SAVEPOINT look"
        local ok, rows = pcall(session.query, session, sql, parameters)
        if not ok then
            pcall(session.query, session, "ROLLBACK TO SAVEPOINT look")
            error(rows, 0)
        end
        session:query "RELEASE SAVEPOINT look"
        return rows
    end
end

-- Tables whose rows are not those of the source alone.
local function left_out(state, found)
    local why = {}
    for target, absent in pairs(state.missing) do
        why[target] = absent.note
    end
    for target in pairs(found.changed) do
        why[target] = "after_load has changed it"
    end
    for target in pairs(found.later) do
        why[target] = "later runs have loaded into it"
    end
    for _, tbl in ipairs(emits.all(state.resolved)) do
        if judgement.fires(state.resolved, tbl) then
            why[tbl.target_sql] = "its triggers fire for rows that are loaded"
        end
    end
    return why
end

---What is known for the witness.
---@param state table of a verification
---@param found wherry.VerifyBasis
---@return wherry.WitnessOptions
function looks.options(state, found)
    local journal, run = state.journal, state.run
    return { only = scope.chosen(state.resolved, state.options), left_out = left_out(state, found),
        counts = run and steps.counted(state, journal:counts(run)) or nil,
        columns = run and journal_columns.read(journal, run) or nil,
        rejected = run and witness.rejected(journal, run) or nil }
end

---Asks both databases.
---@param state table of a verification
---@param options wherry.WitnessOptions
---@return wherry.WitnessResult|nil nil: the source is not read, or a sample of it
function looks.witness(state, options)
    local query = source_query(state)
    return query and not state.options.sample and witness.compare(witness.pairs(state.resolved, options), query,
        target_query(state), function(name)
            state.options.progress { phase = "asking both sides of", table = name, done = false }
        end) or nil
end

---What both databases can be asked by hand, as a text of SQL.
---@param state table of a verification
---@return string
function looks.sql(state)
    return witness.text(witness.pairs(state.resolved, looks.options(state, state.basis)))
end

-- The rows of a statement, one by one, without having all of them in memory.
local function each(state)
    return function(sql, act)
        state.session:query("DECLARE wherry_rows NO SCROLL CURSOR FOR " .. sql)
        repeat
            local rows = state.session:query(("FETCH %d FROM wherry_rows"):format(AT_ONCE))
            for _, row in ipairs(rows) do
                act(row)
            end
        until #rows < AT_ONCE
        state.session:query "CLOSE wherry_rows"
    end
end

---Compares the target's schema with what the plan promised.
---@param state table of a verification
---@param options wherry.WitnessOptions
---@return wherry.AuditEntry[]
function looks.audit(state, options)
    return audit.run { resolved = scope.of(state.resolved, options.only), query = careful_query(state),
        source_query = source_query(state), each = each(state), witness = options,
        progress = function(what) state.options.progress { phase = "looking at", table = what, done = false } end }
end

return looks
