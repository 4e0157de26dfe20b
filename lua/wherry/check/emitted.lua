-- emitted.lua: what a check does not see of rows that functions emit.
local emitted = {}

---What only the server can tell of rows that `row` makes for other tables: they are made and encoded, and gone with
---that.
---@param resolved wherry.Resolved
---@return wherry.Unseen[]
function emitted.unseen(resolved)
    local list = {}
    for _, tbl in ipairs(resolved.tables) do
        for _, target in ipairs(tbl.hooks and tbl.hooks.emits or {}) do
            list[#list + 1] = { table = tbl.source, kind = "emitted rows", name = target.name,
                reason = "their keys, foreign keys and checks are not compared" }
        end
    end
    return list
end

return emitted
