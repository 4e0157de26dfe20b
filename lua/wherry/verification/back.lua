-- verification/back.lua: a SQLite file that was made of a PostgreSQL schema, against that schema as it is now.
local audit = require "wherry.audit"
local back_comparison = require "wherry.back.comparison"
local back_engine = require "wherry.back.engine"
local back_resolve = require "wherry.back.resolve"
local compared = require "wherry.engine.compared"
local core = require "wherry.core"
local model = require "wherry.schema.model"
local opening = require "wherry.engine.opening"
local reading = require "wherry.back.reading"
local result_of = require "wherry.engine.result"
local sqlite = require "wherry.schema.sqlite"
local types = require "wherry.schema.types"
local witness = require "wherry.witness"

local back = {}

---@class wherry.VerifyBackOptions
---@field source string the PostgreSQL database as it was given
---@field path string the file
---@field schema string that is read
---@field journal string the journal's schema, unquoted
---@field only string[]
---@field skip string[]
---@field jobs integer|nil
---@field log fun(level: string, text: string)
---@field progress fun(report: wherry.ProgressReport)

local function open(state)
    local options, result = state.options, state.result
    state.source, state.info = opening.look(options.path, options.jobs or core.sys.processors(), options.log)
    result.target = { file = options.path, origin = "given" }
    local parsed
    state.session, parsed = back_engine.open(options)
    state.session:query "SET default_transaction_read_only = on"
    local _, seen = reading.begin(state.session, options.schema)
    result.sources[1] = { name = "main", path = parsed.masked, schema = options.schema, fingerprint = seen,
        server_version = state.session.connection:parameter "server_version", tables = {} }
end

local function resolve(state, as_they_are)
    local options = state.options
    return back_resolve.run(state.session, { schema = options.schema, journal = options.journal, only = options.only,
        skip = options.skip, as_they_are = as_they_are, refused = {} })
end

-- Columns whose values the declared type would have changed were declared BLOB when the file was made.
local function as_they_are(resolved, file)
    local found = {}
    for _, t in ipairs(resolved.tables) do
        local made = model.table(file, t.target)
        for _, column in ipairs(made and t.columns or {}) do
            local there = model.column(made, column.name)
            if there and types.affinity(there.declared) == "blob" and column.affinity ~= "blob" then
                found[t.source] = found[t.source] or {}
                found[t.source][column.source] = "the file has it so"
            end
        end
    end
    return found
end

local function missing(t, what)
    return { code = "ledger", table = t.source, reason = what, hint = "make the file anew: wherry run URL FILE" }
end

-- What the file lacks; the tables that it has with all of their columns.
local function compare_schema(resolved, file)
    local findings, tables, known = {}, {}, {}
    for _, t in ipairs(resolved.tables) do
        local made, whole = model.table(file, t.target), true
        known[t.target] = true
        for _, column in ipairs(made and t.columns or {}) do
            if not model.column(made, column.name) then
                whole, findings[#findings + 1] = false, missing(t, ("the file's table has no column %s"):format(
                    column.name))
            end
        end
        if not made then
            findings[#findings + 1] = missing(t, "the file has no such table")
        elseif whole then
            tables[#tables + 1] = t
        end
    end
    for _, t in ipairs(file.tables) do
        if not known[t.name] then
            findings[#findings + 1] = { code = "ledger", table = t.name,
                reason = "the file has this table, and the schema does not", hint = "--only and --skip choose tables" }
        end
    end
    return tables, findings
end

-- What both databases compute by themselves, and what the file keeps.
local function look(state, context, resolved)
    local comparison = state.result.comparison
    local function of_file(sql) return state.source:query(sql) end
    comparison.witness = witness.compare(witness.pairs(context.resolved), of_file,
        function(sql) return state.session:query(sql) end)
    comparison.audit = audit.back { resolved = resolved, query = of_file }
end

local function work(state)
    local result, options = state.result, state.options
    open(state)
    local file = sqlite.read(function(sql, ...) return state.source:query(sql, ...) end)
    local first = resolve(state, {})
    if first.findings[1] then
        result_of.findings(result, first.findings)
        result_of.refused(result)
        return
    end
    local resolved = resolve(state, as_they_are(first, file))
    local tables, findings = compare_schema(resolved, file)
    result_of.findings(result, #options.only + #options.skip == 0 and findings or {})
    local context = back_comparison.context(tables, { schema = options.schema,
        file = state.source, session = state.session, log = options.log, progress = options.progress })
    result.comparison = back_comparison.run(context)
    look(state, context, resolved)
    result.comparison.basis, result.but = "source", compared.exceptions(result.comparison)
    state.source:unchanged()
    local differs = result.findings[1] or result.comparison.state == "differs"
        or result.comparison.witness.state == "differs" or audit.has_failed(result.comparison.audit)
    result.status = differs and "differs" or result.comparison.state == "verified" and "verified" or "counted"
    result.exit = differs and 1 or 0
end

---Verifies. Never raises, never prints, never writes.
---@param options wherry.VerifyBackOptions
---@return wherry.Result
function back.run(options)
    local state = { options = options, result = result_of.new "verify" }
    opening.carry_out(work, state)
    return state.result
end

return back
