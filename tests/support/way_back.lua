-- Translates one PostgreSQL expression for the specs of the way back, over columns of all kinds.
local back = require "wherry.expr.back"
local pg_parse = require "wherry.expr.pg_parse"

local way_back = {}

way_back.columns = {
    i = { kind = "integer", bits = 32 }, k = { kind = "integer", bits = 64 }, f = { kind = "real" },
    n = { kind = "decimal", precision = 10, scale = 2 }, nn = { kind = "decimal" },
    w = { kind = "decimal", precision = 9, scale = 0, as_integer = true }, t = { kind = "text" },
    bytes = { kind = "text", bytewise = true, ascii_case = true }, c = { kind = "text", fixed = true, length = 5 },
    ci = { kind = "text", folded = true }, odd = { kind = "text", uneven = true }, b = { kind = "boolean" },
    y = { kind = "blob" }, u = { kind = "uuid" }, d = { kind = "date" }, ts = { kind = "timestamp" },
    tz = { kind = "timestamptz" }, tm = { kind = "time" }, iv = { kind = "interval" },
    m = { kind = "enum", name = "mood" }, j = { kind = "json", binary = true }, js = { kind = "json" },
    ar = { kind = "array", element = { kind = "text" } }, ip = { kind = "other", name = "inet" },
}

way_back.settings = { bytewise = false, ascii_case = false, standard_strings = true, date_style = "ISO, MDY" }

---@param use string
---@param more table? further options
function way_back.options(use, more)
    local options = { use = use, settings = way_back.settings, enums = { mood = true }, column = function(name)
        return way_back.columns[name] and { name = name, kind = way_back.columns[name] } or nil
    end }
    for key, value in pairs(more or {}) do
        options[key] = value
    end
    return options
end

---The text of a translated value, and its outcome with the notes; nil and the reason when it was refused.
---@param sql string
---@param use string?
---@param more table?
---@return string? sql
---@return string outcome "exact", "changed: ..." or the reason
function way_back.value(sql, use, more)
    local made, reason = back.value(assert(pg_parse.expression(sql)), way_back.options(use or "check", more))
    if not made then
        return nil, reason
    end
    return made.sql, made.outcome .. (#made.notes > 0 and ": " .. table.concat(made.notes, "; ") or "")
end

---The same for a value as a column stores it.
---@param sql string
---@param column string|wherry.BackKind
---@param use string?
---@return string? sql
---@return string outcome
function way_back.assign(sql, column, use)
    local kind = type(column) == "string" and way_back.columns[column] or column
    local made, reason = back.assign(assert(pg_parse.expression(sql)), way_back.options(use or "default"), kind)
    if not made then
        return nil, reason
    end
    return made.sql, made.outcome .. (#made.notes > 0 and ": " .. table.concat(made.notes, "; ") or "")
end

---Asserts what each expression becomes: { "sql" } exact, { "sql", "notes" } or { nil, "reason" }, both as patterns.
---@param cases table<string, table>
---@param use string?
---@param translate function?
function way_back.each(cases, use, translate)
    local wrong = {}
    for sql, wanted in pairs(cases) do
        local made, outcome = (translate or way_back.value)(sql, use)
        local right = made == wanted[1]
            and (wanted[2] and outcome:find(wanted[2]) and outcome ~= "exact" or not wanted[2] and outcome == "exact")
        if not right then
            wrong[#wrong + 1] = ("%s: %s (%s)"):format(sql, tostring(made), outcome)
        end
    end
    table.sort(wrong)
    assert(#wrong == 0, table.concat(wrong, "\n"))
end

return way_back
