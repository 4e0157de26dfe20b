-- DEFAULT clauses: a literal as SQLite would store the value, then as the target type takes it; every other expression
-- as the printer assigns it to the column.
local declared_defaults = require "wherry.schema.declared_defaults"
local lex = require "wherry.expr.lex"
local names = require "wherry.names"
local parse = require "wherry.expr.parse"
local pg = require "wherry.expr.pg"
local scope = require "wherry.expr.pg.scope"
local translation = require "wherry.schema.translation"

local defaults = {}

local TRUE = { ["true"] = true, t = true, yes = true, y = true, on = true, ["1"] = true }
local FALSE = { ["false"] = true, f = true, no = true, n = true, off = true, ["0"] = true }

-- A decimal text as SQLite reads it: an integer where it fits, else a double.
local function number(text)
    if text:find("^0[xX]") then
        return math.tointeger(tonumber(text))
    end
    local value = text:find("^[+-]?%d+$") and math.tointeger(tonumber(text))
    return value or tonumber(text) + 0.0
end

-- The outer parentheses of an expression left out.
local function strip(tokens)
    local first, last = 1, #tokens
    while first < last and tokens[first].text == "(" and tokens[last].text == ")" do
        first, last = first + 1, last - 1
    end
    return table.move(tokens, first, last, 1, {})
end

-- The value of a literal: its class and itself; nil when the text is more than a literal.
local function literal(sql)
    local tokens = lex.tokens(sql)
    if not tokens or #tokens == 0 then
        return nil
    end
    tokens = strip(tokens)
    local negative, at = false, 1
    while tokens[at].kind == "operator" and (tokens[at].text == "-" or tokens[at].text == "+") and tokens[at + 1] do
        negative = negative ~= (tokens[at].text == "-")
        at = at + 1
    end
    local token = tokens[at]
    if at ~= #tokens or (at > 1 and token.kind ~= "number") then
        return nil
    elseif token.kind == "number" then
        -- The sign is read with the digits, so that the least integer stays an integer.
        local value = number((negative and not token.text:find("^0[xX]") and "-" or "") .. token.text)
        if negative and token.text:find("^0[xX]") then
            value = -value
        end
        return math.type(value) == "integer" and "integer" or "real", value
    elseif token.kind == "string" then
        return "text", token.value
    elseif token.kind == "blob" then
        return "blob", token.value:lower()
    elseif token.kind == "word" then
        if token.upper == "NULL" then
            return "null", nil
        elseif token.upper == "TRUE" or token.upper == "FALSE" then
            return "integer", token.upper == "TRUE" and 1 or 0
        end
    end
    return nil
end

-- The shortest digits that give the same double.
local function shortest(value)
    if value ~= value or value == math.huge or value == -math.huge then
        return value > 0 and "Infinity" or "-Infinity"
    end
    for precision = 15, 17 do
        local text = ("%." .. precision .. "g"):format(value)
        if tonumber(text) == value then
            return text
        end
    end
end

-- A double as SQLite writes it into a text column: 15 digits, always with a point.
local function sqlite_text(value)
    if value == math.huge or value == -math.huge then
        return value > 0 and "Inf" or "-Inf"
    end
    local mantissa, exponent = ("%.15g"):format(value):match("^([^e]+)(.*)$")
    return mantissa .. (mantissa:find(".", 1, true) and "" or ".0") .. exponent
end

-- The digits of a text that SQLite takes for a number, without the white space around them.
local function decimal(text)
    local digits = text:match("^%s*([+-]?%.?%d.-)%s*$")
    if not digits then
        return nil
    end
    local mantissa = digits:match("^(.-)[eE][+-]?%d+$") or digits
    return (mantissa:find("^[+-]?%d+%.?%d*$") or mantissa:find("^[+-]?%.%d+$")) and digits or nil
end

-- What the column's affinity makes of a value when it is stored.
local function stored(class, value, affinity)
    if affinity == "text" then
        if class == "integer" then
            return "text", tostring(value)
        elseif class == "real" then
            return "text", sqlite_text(value)
        end
    elseif affinity == "integer" or affinity == "numeric" or affinity == "real" then
        if class == "text" then
            local digits = decimal(value)
            if not digits then
                return class, value
            end
            value = number(digits)
            class = math.type(value) == "integer" and "integer" or "real"
        end
        if class == "integer" and affinity == "real" then
            return "real", value + 0.0
        elseif class == "real" and affinity ~= "real" and math.tointeger(value) then
            return "integer", math.tointeger(value)
        end
    end
    return class, value
end

local function as_number(class, value)
    if class == "real" then
        local text = shortest(value)
        return text:find("Inf", 1, true) and names.literal_pg(text) or text
    end
    return class == "integer" and tostring(value) or nil
end

local writers = {
    int8 = function(class, value)
        return class == "integer" and tostring(value) or nil
    end,
    float8 = function(class, value)
        if class == "integer" and math.tointeger(value + 0.0) ~= value then
            return nil
        end
        return as_number(class, value)
    end,
    numeric = as_number,
    bool = function(class, value)
        local word = (class == "integer" or class == "text") and tostring(value):lower():match("^%s*(.-)%s*$")
        if not word or not (TRUE[word] or FALSE[word]) then
            return nil
        end
        local note = class == "text" and ("the text %s becomes a boolean"):format(names.literal_sqlite(value)) or nil
        return TRUE[word] and "true" or "false", note
    end,
    text = function(class, value)
        if class == "text" then
            return utf8.len(value) and not value:find("\0", 1, true) and names.literal_pg(value) or nil
        elseif class == "integer" or class == "real" then
            return names.literal_pg(class == "real" and shortest(value) or tostring(value))
        end
        return nil
    end,
    bytea = function(class, value)
        if class == "text" then
            value = value:gsub(".", function(byte)
                return ("%02x"):format(byte:byte())
            end)
        end
        return (class == "text" or class == "blob") and names.literal_pg("\\x" .. value) or nil
    end,
}

-- What stands behind DEFAULT: one value, a call, or anything in parentheses.
local function default_sql(sql)
    if sql:find("^[%w_.\"]*%b()[%w:]*$") or not sql:find(" ", 1, true) then
        return sql
    end
    return "(" .. sql .. ")"
end

local function expression(work, sql, created)
    local node, reason, printed = parse.expression(sql)
    if node then
        printed, reason = pg.assign(node, { use = "default", scope = scope.none(), schema = work.schema }, created)
    end
    if not printed then
        return nil, "not_carried", ("DEFAULT (%s): %s"):format(sql, reason)
    end
    translation.use(work, printed)
    return default_sql(printed.sql), printed.outcome, printed.notes[1] and table.concat(printed.notes, "; ")
end

writers.citext = writers.text

local DAYS = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 }

local function is_date(text)
    local year, month, day = text:match("^(%d%d%d%d)%-(%d%d)%-(%d%d)$")
    year, month, day = tonumber(year), tonumber(month), tonumber(day)
    local leap = year and year % 4 == 0 and (year % 100 ~= 0 or year % 400 == 0)
    return year and year > 0 and DAYS[month] and day > 0 and day <= DAYS[month] and (month ~= 2 or leap or day < 29)
end

function writers.date(class, value)
    return class == "text" and is_date(value) and names.literal_pg(value) or nil
end

-- A time without offset is UTC, as it is for the values.
function writers.timestamptz(class, value)
    if class ~= "text" then
        return nil
    end
    local date, hour, minute, rest = value:match("^([%d-]+)[ T](%d%d):(%d%d)(.*)$")
    local second, fraction, offset = (rest or ""):match("^:(%d%d)(%.?%d*)(.*)$")
    local plain = date and is_date(date) and tonumber(hour) < 24 and tonumber(minute) < 60
        and second and tonumber(second) < 60 and (fraction == "" or fraction:find("^%.%d+$"))
    if not plain or not (offset == "" or offset == "Z" or offset:find("^[+-]%d%d:?%d?%d?$")) then
        return nil
    end
    return names.literal_pg(offset == "" and value .. "+00" or value)
end

function writers.uuid(class, value)
    local digits = class == "text" and value:gsub("%-", "") or ""
    local plain = #digits == 32 and not digits:find("%X")
        and (value == digits or value:find("^%x+%-%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x+$") and #value == 36)
    return plain and names.literal_pg(value) or nil
end

-- Only the empty ones, which are the usual ones: every other is the printer's.
local JSON = { ["{}"] = true, ["[]"] = true, ["null"] = true, ["true"] = true, ["false"] = true, ['""'] = true }

-- The type says more than its name where the plan declares something of the column: the codec reads the literal.
local function by_codec(sql, class, value, created)
    class, value = stored(class, value, created.affinity)
    local text, reason = declared_defaults.literal(class, value, created.type)
    if not text then
        return nil, "not_carried", ("DEFAULT %s: %s"):format(sql, reason)
    end
    return text, "exact", nil
end

---Translates a default.
---@param work wherry.Translation
---@param sql string SQLite's text
---@param created wherry.CreatedColumn
---@return string? default SQL text for PostgreSQL; nil for NULL and for what is not carried
---@return "exact"|"changed"|"not_carried" outcome
---@return string? note
function defaults.translate(work, sql, created)
    local class, value = literal(sql)
    local write = writers[created.type.name]
    local is_declared = created.declared or created.kind == "declared"
    local now = is_declared and declared_defaults.now(sql, created.type)
    if class == "null" then
        return nil, "exact", nil
    elseif now then
        return now, "exact", nil
    elseif is_declared and class then
        return by_codec(sql, class, value, created)
    elseif class == "text" and created.type.name == "jsonb" and JSON[value] then
        return names.literal_pg(value), "exact", nil
    elseif not class or not write then
        return expression(work, sql, created)
    end
    class, value = stored(class, value, created.affinity)
    local text, note = write(class, value)
    if not text then
        return nil, "not_carried", ("DEFAULT %s cannot be of type %s"):format(sql, created.type.display)
    end
    return text, note and "changed" or "exact", note
end

---The default of a created column, and its receipt.
---@param work wherry.Translation
---@param t wherry.Table
---@param column wherry.Column
---@param created wherry.CreatedColumn
---@return string? default_sql
function defaults.of_column(work, t, column, created)
    if not column.default then
        return nil
    end
    local sql, outcome, note = nil, "exact", "without effect on an INTEGER PRIMARY KEY"
    if not created.identity then
        sql, outcome, note = defaults.translate(work, column.default, created)
    end
    translation.receipt(work, {
        kind = "default", name = t.name .. "." .. column.name, table = t.name, column = column.name,
        outcome = outcome, note = note and translation.one_line(note),
    })
    return sql
end

return defaults
