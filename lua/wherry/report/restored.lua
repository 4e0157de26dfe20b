-- restored.lua: a document as it stands in a file or in the journal, as plain tables: what is null is not there.
local core = require "wherry.core"
local shallow = require "wherry.shallow"

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

-- The lines of the ledger with what joins its sides, which the part `report` knows.
local function sides(doc, lines)
    local sources, targets, by_name, emitted = {}, {}, {}, {}
    for _, line in ipairs(lines) do
        by_name[("%s\0%s"):format(line.source or "", line.table or "")] = line
        emitted[line.target or ""] = not line.table or nil
    end
    for index, source in ipairs(doc.sources or {}) do
        local tables = {}
        for place, entry in ipairs(source.tables) do
            local line = by_name[("%s\0%s"):format(source.name, entry.table)]
            tables[place] = shallow.copy(entry, { target = line and line.target
                and shallow.copy(line, { table = line.target }) or nil })
        end
        sources[index] = shallow.copy(source, { tables = tables })
    end
    for index, target in ipairs(doc.targets or {}) do
        targets[index] = shallow.copy(target, { is_emitted = emitted[target.table] })
    end
    return sources, targets
end

--- The document as the result that the summary in text takes.
---@param doc table a document without nulls
---@return wherry.Result
function restored.result(doc)
    local about = doc.report or {}
    local sources, targets = sides(doc, about.tables or {})
    return shallow.copy(doc, { sources = sources, targets = targets, exit = about.exit or 1,
        hints = about.hints or {}, committed = about.committed, but = about.but })
end

return restored
