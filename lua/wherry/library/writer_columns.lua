-- writer_columns.lua: the columns of a table that a writer names, checked against those that it has.
local failure = require "wherry.failure"
local match = require "wherry.match"
local model = require "wherry.schema.model"

local writer_columns = {}

local function raise(target, name, message, hint)
    failure.raise("usage", message, hint, { table = target, column = name })
end

local function find(t, target, name, known)
    local found, how, alternatives = match.find(name, known)
    if how == "ambiguous" then
        raise(target, name, ("%s has more than one column %q without regard to case"):format(target, name),
            "write it as it is: " .. table.concat(alternatives, " or "))
    elseif not found then
        raise(target, name, ("%s has no column %q"):format(target, name),
            match.suggestion(name, known) or "its columns: " .. table.concat(known, ", "))
    end
    return model.column(t, found)
end

---The columns that are written, in the order of the writer.
---@param t wherry.Table
---@param target string for messages
---@param wanted string[]
---@return wherry.Column[]
function writer_columns.choose(t, target, wanted)
    local known, chosen, seen = {}, {}, {}
    for i, column in ipairs(t.columns) do
        known[i] = column.name
    end
    for i, name in ipairs(wanted) do
        local column = find(t, target, name, known)
        if column.generated then
            raise(target, column.name, ("column %q of %s is generated: the database computes it"):format(column.name,
                target), "leave it out")
        elseif seen[column.name] then
            raise(target, column.name, ("column %q of %s is named twice"):format(column.name, target))
        end
        seen[column.name] = true
        chosen[i] = column
    end
    return chosen
end

---Raises where a column that is not written can hold nothing: each row would be refused.
---@param t wherry.Table
---@param target string
---@param chosen wherry.Column[]
---@param fills fun(column: wherry.Column): boolean|nil whether the database gives it a value
function writer_columns.check_left_out(t, target, chosen, fills)
    local written = {}
    for _, column in ipairs(chosen) do
        written[column] = true
    end
    for _, column in ipairs(t.columns) do
        if not written[column] and column.not_null and not column.generated and not fills(column) then
            raise(target, column.name, ("column %q of %s takes no NULL and has no default"):format(column.name, target),
                "write it, too")
        end
    end
end

return writer_columns
