-- Triggers that only keep a full-text table in step with the table that it indexes.
local model = require "wherry.schema.model"

local fts_sync = {}

local MODULES = { fts3 = true, fts4 = true, fts5 = true }

---The full-text table that a trigger keeps in step, nil for a trigger that does anything else.
---@param m wherry.Model
---@param node table of CREATE TRIGGER
---@return string?
function fts_sync.table_of(m, node)
    local found
    for _, statement in ipairs(node.body) do
        local virtual = statement.table and model.folded(m.virtuals, statement.table)
        if not virtual or not MODULES[virtual.module] or (found and found ~= virtual.name) then
            return nil
        end
        found = virtual.name
    end
    return found
end

return fts_sync
