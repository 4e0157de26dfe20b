-- Times that begin with 'now', written with PostgreSQL's own functions where these give exactly what SQLite gives.
local now = {}

local UNITS = { second = 1, minute = 60, hour = 3600, day = 86400 }

-- About 1900 years: far enough from the years 0 and 9999, where SQLite's times end.
local FARTHEST = 60000000000

local START = { ["start of day"] = "day", ["start of month"] = "month", ["start of year"] = "year" }

-- strftime's letters as to_char writes them.
local PATTERNS = { Y = "YYYY", m = "MM", d = "DD", H = "HH24", M = "MI", S = "SS", f = "SS.MS", j = "DDD" }

-- A whole number of seconds as an interval; months and years only from the first day of a month, since PostgreSQL stays
-- in the month where SQLite goes on into the next.
local function interval(state, modifier)
    local sign, digits, unit = modifier:match "^([+-]?)(%d+) +(%l+)$"
    unit = unit and unit:gsub("s$", "")
    local count = math.tointeger(tonumber(digits))
    if not count then
        return nil
    end
    local seconds = unit == "month" and 31 * 86400 or unit == "year" and 366 * 86400 or UNITS[unit]
    if not seconds or count > FARTHEST // seconds or (not UNITS[unit] and not state.first_of_month) then
        return nil
    end
    state.distance = state.distance + count * seconds
    state.first_of_month = state.first_of_month and not UNITS[unit]
    return ("interval '%s%d %s'"):format(sign == "-" and "-" or "", count, unit .. (count == 1 and "" or "s")),
        state.distance <= FARTHEST
end

---The moment as SQL of type timestamp (without zone, UTC), or nil where a runtime function has to compute it.
---@param modifiers string[] lower case
---@return string? sql as an argument of a function
function now.moment(modifiers)
    local state = { distance = 0, first_of_month = false }
    local sql, level = "statement_timestamp() AT TIME ZONE 'UTC'", "zone"
    for i, modifier in ipairs(modifiers) do
        local start = START[modifier]
        if modifier == "localtime" and i == 1 then
            sql, level = "statement_timestamp()::timestamp", "atom"
        elseif start then
            sql, level = ("date_trunc('%s', %s)"):format(start, sql), "atom"
            state.first_of_month = start ~= "day" or state.first_of_month
        else
            local step, near = interval(state, modifier)
            if not step or not near then
                return nil
            end
            sql, level = ("%s + %s"):format(level == "zone" and "(" .. sql .. ")" or sql, step), "sum"
        end
    end
    return sql
end

---strftime's format as to_char takes it, or nil.
---@param format string
---@return string?
function now.pattern(format)
    local parts, first = {}, 1
    while first <= #format do
        local text = format:match("^[^%%]+", first)
        if text then
            local plain = not text:find "[%a\"\\\x80-\xff]"
            parts[#parts + 1] = plain and text or '"' .. text:gsub('[\\"]', "\\%0") .. '"'
            first = first + #text
        else
            local letter = format:sub(first + 1, first + 1)
            if letter ~= "%" and not PATTERNS[letter] then
                return nil
            end
            parts[#parts + 1] = PATTERNS[letter] or "%"
            first = first + 2
        end
    end
    -- Letters of neighbouring patterns must not run together into another one.
    for i = 2, #parts do
        if parts[i - 1]:find "%a$" and parts[i]:find "^%a" and not parts[i]:find '^"' then
            local joined = parts[i - 1] .. parts[i]
            if joined:find "YYYYY" or joined:find "DDDD" or joined:find "SSSS" then
                return nil
            end
        end
    end
    return table.concat(parts)
end

return now
