-- drill/rejected.lua: the keys of source rows that the target rejected in a run and that were not loaded since: they
-- are not expected there.
local core = require "wherry.core"
local source_set = require "wherry.engine.source_set"

local rejected = {}

local PAGE = 1000 -- rows of 1 MiB and more are possible
local OLDEST = 3 -- the version of the journal that knows rejects

local function bytes_of(hex)
    return (hex:gsub("%x%x", function(digits) return string.char(tonumber(digits, 16)) end))
end

-- The tables of a plan by their source and name, as rejects bear them.
local function places_of(tables)
    local places = {}
    for place, tbl in ipairs(tables) do
        local name = source_set.from(tbl) .. "\0" .. tbl.read.table
        places[name] = places[name] or {}
        table.insert(places[name], place)
    end
    return places
end

---Sets of keys as core.verify takes them; a row without a key stands for itself.
---@param journal wherry.Journal|nil
---@param run integer|nil
---@param tables wherry.LoadTable[]
---@return table<integer, userdata>|nil sets by the place of a table; nil: nothing was rejected
function rejected.keys(journal, run, tables)
    local sets, id = {}, "0"
    if not journal or not run or not journal:has_version(OLDEST) then
        return nil
    end
    local places = places_of(tables)
    repeat
        local rows = journal:query([[SELECT id, source, source_table, encode(key, 'hex') AS key,
            CASE WHEN key IS NULL THEN row END AS row FROM %s.reject
            WHERE run = $1 AND state = 'open' AND id > $2 ORDER BY id LIMIT $3]], { run, id, PAGE })
        for _, row in ipairs(rows) do
            id = row.id
            for _, place in ipairs(places[row.source .. "\0" .. row.source_table] or {}) do
                sets[place] = sets[place] or core.verify.keys()
                sets[place]:add(row.key and bytes_of(row.key) or row.row)
            end
        end
    until #rows < PAGE
    return next(sets) and sets or nil
end

return rejected
