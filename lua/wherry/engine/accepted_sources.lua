-- accepted_sources.lua: the sources of a run that is gone on with although they have changed.
local json = require "wherry.json"
local source_set = require "wherry.engine.source_set"

local accepted_sources = {}

---Whether the source of a table is there: of several one may be gone.
---@param request wherry.Request
---@param tbl wherry.LoadTable
---@return boolean
function accepted_sources.has(request, tbl)
    for _, file in ipairs(request.files or {}) do
        if file.name == source_set.from(tbl) then
            return true
        end
    end
    return request.files == nil
end

---The files as they are now; new ones among several sources stand beside those with which the run began.
---@param request wherry.Request
---@param run wherry.Run
---@param statements table[]
function accepted_sources.add(request, run, statements)
    for _, file in ipairs(request.files or { { name = source_set.ONLY, path = request.path,
        fingerprint = request.fingerprint, fenced = true } }) do
        statements[#statements + 1] = { request.journal:sql [[INSERT INTO %s.source (run, name, path, fingerprint,
                fenced) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (run, name) DO UPDATE SET fingerprint = excluded.fingerprint, path = excluded.path]],
            run.id, file.name, json.utf8(file.path), file.fingerprint, file.fenced }
    end
end

return accepted_sources
