-- A finished run of the tests' own server, opened for a comparison of both sides by lua/wherry/drill.
local catalog = require "wherry.digest.catalog"
local core = require "wherry.core"
local journal_of = require "wherry.journal"
local opening = require "wherry.engine.opening"
local reading = require "wherry.engine.reading"
local run_row = require "wherry.journal.run_row"
local server = require "wherry.digest.server"
local session_of = require "wherry.engine.session"
local spec = require "wherry.digest.spec"
local url = require "wherry.url"

local drilling = {}

---The last run of a source at a target. The caller closes it.
---@param source string a file or a script
---@param target string its URL
---@return wherry.DrillContext with close(context), target(name) of a table and digest(target), what the server sums up
function drilling.open(source, target)
    local state = { options = { source = source, journal = "wherry", only = {}, skip = {}, getenv = os.getenv,
        log = function() end, progress = function() end }, log = function() end, result = {} }
    state.plan, state.script_hash = opening.plan(state.options)
    reading.look(state)
    local session = session_of.open(url.parse(target).conninfo, { schema = "wherry", retry = 0, log = state.log })
    local journal = journal_of.open(session, "wherry")
    local run = run_row.of(journal:query(run_row.SELECT .. "ORDER BY r.id DESC LIMIT 1")[1])
    local function query(sql, parameters)
        return session:query(sql, parameters)
    end
    local context = { resolved = run.plan, list = spec.of(run.plan, catalog.of(query)), plan = state.plan,
        script_hash = state.script_hash, source = state.source, session = session, journal = journal, run = run.id,
        can_sum = server.can_sum(query), log = state.log, progress = state.options.progress, threads = 2 }

    function context.target(name)
        for _, one in ipairs(context.list) do
            if one.table == name or one.table == "public." .. name then
                return one
            end
        end
        error("no such target: " .. name, 2)
    end

    function context.digest(one)
        return server.digest(query, one)
    end

    return setmetatable(context, { __close = function()
        session:close()
        state.source:close()
    end })
end

---The rows and the sum of a digest as one text.
---@param digest userdata|nil core.digest
---@return string
function drilling.total(digest)
    return ("%d rows, sum %s"):format((digest or core.digest.new()):total())
end

return drilling
