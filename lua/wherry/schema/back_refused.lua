-- Conditions that are left out on the way back because SQLite refused a row for them: PostgreSQL took that row, so the
-- two compute the condition differently.
local back_refused = {}

---Conditions to leave out, by table in PostgreSQL: what SQLite called each in its message, and the row that it refused.
---@alias wherry.RefusedChecks table<string, table<string, string>>

-- From this length on a message of the core may have been cut.
local CUT = 900

---Why a condition is left out; nil where it is not.
---@param work wherry.BackTranslation
---@param entry wherry.BackTable
---@param label string the condition's name, or its text where it has none, as SQLite's messages call it
---@return string?
function back_refused.reason(work, entry, label)
    for said, key in pairs(work.refused[entry.source.name] or {}) do
        if label == said or #said >= CUT and label:sub(1, #said) == said then
            return ("SQLite finds a row against it that PostgreSQL took%s"):format(key ~= "" and
                (" (%s)"):format(key) or "")
        end
    end
    return nil
end

return back_refused
