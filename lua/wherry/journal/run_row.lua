-- run_row.lua: a run as the journal has it, and which runs are of the same source.
local json = require "wherry.json"
local names = require "wherry.names"
local packing = require "wherry.journal.packing"

local run_row = {}

---@class wherry.Run a row of the journal
---@field id integer
---@field state "running"|"stopped"|"done"|"removed"
---@field choices table what the user chose that the plan depends on; `source` has the signs of the source, `target` how
---the run's tables stood when it had begun (journal/target_state.lua)
---@field plan wherry.Resolved
---@field script_hash string?
---@field path string source file
---@field fingerprint string of what was read
---@field copy string? the file that is read in the place of a source that was in use
---@field files { name: string, path: string, fingerprint: string, copy: string? }[]? of several sources, by name
---@field operator string?
---@field host string?
---@field started string

-- Of several sources the first by its name stands for all; the only one is called main.
run_row.SELECT = [[SELECT r.id, r.state, r.choices, r.plan, r.script_hash, s.path, s.fingerprint, r.operator, r.host,
        to_jsonb(r) ->> 'copy' AS copy, to_char(r.started, 'YYYY-MM-DD HH24:MI:SS TZ') AS started,
        CASE WHEN s.name <> 'main' THEN (SELECT json_agg(json_build_object('name', f.name, 'path', f.path,
            'fingerprint', f.fingerprint, 'copy', to_jsonb(f) ->> 'copy') ORDER BY f.name COLLATE "C")::text
            FROM %s.source f WHERE f.run = r.id) END AS files
    FROM %s.run r JOIN LATERAL (SELECT name, path, fingerprint FROM %s.source
        WHERE run = r.id ORDER BY name COLLATE "C" LIMIT 1) s ON true ]]

-- Of several sources a run has to have read one at least: files that a pattern finds come and go.
run_row.OF_SOURCE = [[(s.name <> 'main') = $2 AND EXISTS (SELECT FROM %s.source f
    WHERE f.run = r.id AND f.path = ANY ($1::text[]))]]

---The parameters of OF_SOURCE.
---@param path string
---@param files? { path: string }[] instead of it, of several sources
---@return table
function run_row.paths(path, files)
    local list = {}
    for i, file in ipairs(files or { { path = path } }) do
        list[i] = json.utf8(file.path)
    end
    return { names.array_pg(list), files ~= nil }
end

local function files_of(row)
    local files = row.files and packing.decode(row.files)
    for _, file in ipairs(files or {}) do
        file.copy = type(file.copy) == "string" and file.copy or nil
    end
    return files
end

---@param row table?
---@return wherry.Run?
function run_row.of(row)
    return row and {
        files = files_of(row),
        id = math.tointeger(tonumber(row.id)),
        state = row.state,
        choices = packing.decode(row.choices),
        plan = packing.decode(row.plan),
        script_hash = row.script_hash,
        path = row.path,
        fingerprint = row.fingerprint,
        copy = row.copy,
        operator = row.operator,
        host = row.host,
        started = row.started,
    }
end

return run_row
