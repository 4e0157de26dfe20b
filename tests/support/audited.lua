-- audited.lua: what the audit says of a run: its resolved plan from the journal, both databases as they are.
local audit = require "wherry.audit"
local core = require "wherry.core"
local witnessed = require "tests.support.witnessed"

local audited = {}

---Looks at a target that was loaded.
---@param conninfo string
---@param paths string|table<string, string>|nil files by the source's name; nil: they are gone
---@return wherry.AuditEntry[]
---@return wherry.AuditEntry[] failed
function audited.run(conninfo, paths)
    local session, sources = witnessed.session(conninfo), {}
    local resolved, options = witnessed.run(session)
    session:query "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    local list = audit.run { resolved = resolved, witness = options,
        query = function(sql, parameters) return session:query(sql, parameters) end,
        each = function(sql, act)
            for _, row in ipairs(session:query(sql)) do
                act(row)
            end
        end,
        source_query = paths and function(sql, from)
            sources[from] = sources[from] or core.snapshot.open(type(paths) == "table" and paths[from] or paths, {})
            return sources[from]:query(sql)
        end }
    session:query "COMMIT"
    for _, source in pairs(sources) do
        source:close()
    end
    session:close()
    local failed = {}
    for _, entry in ipairs(list) do
        failed[#failed + 1] = not entry.passed and entry or nil
    end
    return list, failed
end

return audited
