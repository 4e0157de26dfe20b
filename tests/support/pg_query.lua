-- A query function over psql that gives rows as the engine's connection does, every value as text: for specs that need
-- no build.
local cjson = require "cjson"
local harness = require "tests.support.harness"
local names = require "wherry.names"

local pg_query = {}

local function as_text(value)
    if value == cjson.null then
        return nil
    elseif type(value) == "boolean" then
        return value and "t" or "f"
    elseif type(value) == "number" then
        return tostring(math.tointeger(value) or value)
    end
    return value
end

---@param database string
---@param role string? SET ROLE before each query
---@return fun(sql: string, parameters: any[]): table<string, string>[]
function pg_query.open(database, role)
    return function(sql, parameters)
        local bound = sql:gsub("%$(%d+)", function(i)
            return names.literal_pg(parameters[tonumber(i)])
        end)
        local before = role and ("SET ROLE %s;\n"):format(names.quote_pg(role)) or ""
        local output = harness.sql(database,
            ("%sSELECT coalesce(json_agg(row_to_json(q)), '[]') FROM (%s) q;"):format(before, bound))
        local rows = cjson.decode(output)
        for _, row in ipairs(rows) do
            for column, value in pairs(row) do
                row[column] = as_text(value)
            end
        end
        return rows
    end
end

return pg_query
