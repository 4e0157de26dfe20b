-- Comments of a CREATE TABLE statement that stand at the table or at a column: COMMENT ON in PostgreSQL.
local model = require "wherry.schema.model"
local names = require "wherry.names"
local translation = require "wherry.schema.translation"

local comments = {}

local function add(work, entry, source, on, name)
    local text, receipt = source.comment, { kind = "comment", name = name, table = entry.source.name }
    if not text then
        return
    elseif utf8.len(text) and not text:find("\0", 1, true) then
        receipt.outcome = "exact"
        table.insert(work.created.comments, ("COMMENT ON %s IS %s"):format(on, names.literal_pg(text)))
    else
        receipt.outcome, receipt.note = "not_carried", "its text is not UTF-8"
    end
    translation.receipt(work, receipt)
end

---Adds the comments of a table and of its columns.
---@param work wherry.Translation
---@param entry wherry.Translated
function comments.translate(work, entry)
    local target = translation.qualified(work, entry)
    add(work, entry, entry.source, "TABLE " .. target, entry.source.name)
    for _, created in ipairs(entry.target.columns) do
        add(work, entry, model.column(entry.source, created.source),
            ("COLUMN %s.%s"):format(target, names.quote_pg(created.name)), entry.source.name .. "." .. created.source)
    end
end

return comments
