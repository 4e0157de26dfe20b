-- restored.lua: a document as it stands in a file or in the journal, as plain tables: what is null is not there.
local core = require "wherry.core"

local restored = {}

--- What a value of a decoded document is without its nulls.
---@param value any
---@return any
function restored.plain(value)
    if value == core.json.null then
        return nil
    elseif type(value) ~= "table" then
        return value
    end
    local out = {}
    for key, inner in pairs(value) do
        out[key] = restored.plain(inner)
    end
    return out
end

--- A document from its text.
---@param text string
---@return table
function restored.document(text)
    return restored.plain(core.json.decode(text))
end

--- The document as the result that the summary in text takes.
---@param doc table a document without nulls
---@return wherry.Result
function restored.result(doc)
    local about = doc.report or {}
    local result = setmetatable({ exit = about.exit or 1, hints = about.hints or {}, committed = about.committed },
        { __index = doc })
    return result
end

return restored
