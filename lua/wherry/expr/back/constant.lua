-- Constants as PostgreSQL prints them, in the form in which SQLite stores such a value. Each reader gives nil for a
-- text that it does not know for certain.

local constant = {}

---A decimal text rounded to a scale, half away from zero, without an exponent; nil when it is no finite number.
---@param text string
---@param scale integer? nil: as it is
---@return string?
function constant.decimal(text, scale)
    local sign, whole, fraction = text:match("^%s*([+-]?)(%d*)%.?(%d*)%s*$")
    if not sign or whole .. fraction == "" then
        return nil
    end
    whole = whole:gsub("^0+", "")
    whole = whole == "" and "0" or whole
    if scale and scale < 0 then
        return nil
    elseif scale and #fraction > scale then
        local up = fraction:byte(scale + 1) >= 53
        local digits = whole .. fraction:sub(1, scale)
        if up then
            local carry = 1
            digits = digits:reverse():gsub("%d", function(digit)
                local sum = tonumber(digit) + carry
                carry = sum == 10 and 1 or 0
                return tostring(math.tointeger(sum % 10))
            end):reverse()
            digits = carry == 1 and "1" .. digits or digits
        end
        whole, fraction = digits:sub(1, #digits - scale), digits:sub(#digits - scale + 1)
    elseif scale then
        fraction = fraction .. ("0"):rep(scale - #fraction)
    end
    local negative = sign == "-" and (whole .. fraction):find("[1-9]") and "-" or ""
    return negative .. whole .. (fraction ~= "" and "." .. fraction or "")
end

---How many digits of a decimal text count, leading zeros and the zeros at the end of a fraction left out.
---@param text string
---@return integer
function constant.digits(text)
    local digits = text:gsub("^[+-]", "")
    if digits:find(".", 1, true) then
        digits = digits:gsub("0+$", "")
    end
    return #(digits:gsub("%.", ""):gsub("^0+", ""))
end

---@param text string
---@return boolean?
function constant.boolean(text)
    local word = text:lower():match("^%s*(.-)%s*$")
    if word == "t" or word == "true" or word == "yes" or word == "on" or word == "1" then
        return true
    elseif word == "f" or word == "false" or word == "no" or word == "off" or word == "0" then
        return false
    end
    return nil
end

---The bytes of a bytea in hex form.
---@param text string
---@return string?
function constant.blob(text)
    local digits = text:match("^\\x(%x*)$")
    if not digits or #digits % 2 == 1 then
        return nil
    end
    return (digits:gsub("%x%x", function(pair)
        return string.char(tonumber(pair, 16))
    end))
end

local function clock(text)
    local hour, minute, second, fraction = text:match("^(%d%d):(%d%d):(%d%d)%.?(%d*)$")
    if not hour or #fraction > 6 then
        return nil
    end
    return ("%s:%s:%s.%s%s"):format(hour, minute, second, fraction, ("0"):rep(6 - #fraction))
end

---@param text string
---@return string?
function constant.date(text)
    return text:match("^%d%d%d%d%-%d%d%-%d%d$")
end

---@param text string
---@return string?
function constant.time(text)
    return clock(text)
end

---@param text string
---@return string?
function constant.timestamp(text)
    local day, rest = text:match("^(%d%d%d%d%-%d%d%-%d%d)[ T](.*)$")
    if not day then
        day, rest = constant.date(text), "00:00:00"
    end
    local time = day and clock(rest)
    return time and day .. " " .. time
end

-- Days since a fixed day, and back: the proleptic Gregorian calendar.
local function days_of(year, month, day)
    year = month <= 2 and year - 1 or year
    local era = year // 400
    local of_era = year - era * 400
    local of_year = (153 * (month + (month > 2 and -3 or 9)) + 2) // 5 + day - 1
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year
end

local function day_of(days)
    local era = days // 146097
    local of_era = days - era * 146097
    local year = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
    local of_year = of_era - (365 * year + year // 4 - year // 100)
    local month = (5 * of_year + 2) // 153
    local day = of_year - (153 * month + 2) // 5 + 1
    month = month < 10 and month + 3 or month - 9
    year = year + era * 400 + (month <= 2 and 1 or 0)
    return year, month, day
end

---A time with its offset, in UTC.
---@param text string
---@return string?
function constant.timestamptz(text)
    local local_time, sign, rest = text:match("^(.-)([+-])(%d%d[%d:]*)$")
    local stored = local_time and constant.timestamp(local_time)
    local hours, minutes, seconds = (rest or ""):match("^(%d%d):?(%d?%d?):?(%d?%d?)$")
    if not stored or not hours then
        return nil
    end
    local offset = tonumber(hours) * 3600 + (tonumber(minutes) or 0) * 60 + (tonumber(seconds) or 0)
    local year, month, day, hour, minute, second, fraction = stored:match(
        "^(%d+)%-(%d+)%-(%d+) (%d+):(%d+):(%d+)%.(%d+)$")
    local days = days_of(math.tointeger(tonumber(year)), math.tointeger(tonumber(month)),
        math.tointeger(tonumber(day)))
    local total = days * 86400 + hour * 3600 + minute * 60 + second - (sign == "-" and -offset or offset)
    total = math.tointeger(total)
    year, month, day = day_of(total // 86400)
    if year < 0 or year > 9999 then
        return nil
    end
    local of_day = total % 86400
    return ("%04d-%02d-%02d %02d:%02d:%02d.%s+00:00"):format(year, month, day, of_day // 3600, of_day % 3600 // 60,
        of_day % 60, fraction)
end

---The parts of an interval in PostgreSQL's own style: months, days and microseconds.
---@param text string
---@return {months: integer, days: integer, microseconds: integer}?
function constant.interval(text)
    local parts = { months = 0, days = 0, microseconds = 0 }
    local rest = text:gsub("([+-]?%d+) (%a+)", function(number, unit)
        local name = unit:gsub("s$", "")
        local factor = ({ year = 12, mon = 1, day = 1 })[name]
        if not factor then
            return nil
        end
        local field = name == "day" and "days" or "months"
        parts[field] = parts[field] + factor * math.tointeger(tonumber(number))
        return ""
    end)
    rest = rest:match("^%s*(.-)%s*$")
    if rest == "" then
        return text ~= "" and parts or nil
    end
    local sign, hours, time = rest:match("^([+-]?)(%d%d+):(%d%d:.*)$")
    local stored = time and clock("00:" .. time)
    if not stored then
        return nil
    end
    local minute, second, fraction = stored:match("^00:(%d+):(%d+)%.(%d+)$")
    local total = (math.tointeger(tonumber(hours)) * 3600 + tonumber(minute) * 60 + tonumber(second)) * 1000000
        + tonumber(fraction)
    parts.microseconds = math.tointeger(sign == "-" and -total or total)
    return parts
end

---The same interval in ISO 8601, as it is stored.
---@param parts {months: integer, days: integer, microseconds: integer}
---@return string
function constant.iso_interval(parts)
    local function part(number, unit)
        return number ~= 0 and ("%d%s"):format(number, unit) or ""
    end
    local function quotient(number, by)
        return number < 0 and -(-number // by) or number // by
    end
    local seconds = quotient(parts.microseconds, 1000000)
    local fraction = math.abs(parts.microseconds) % 1000000
    local hours, minutes = quotient(seconds, 3600), quotient(math.fmod(seconds, 3600), 60)
    local rest = math.fmod(seconds, 60)
    local time = part(hours, "H") .. part(minutes, "M")
    if fraction ~= 0 then
        local sign = parts.microseconds < 0 and "-" or ""
        time = ("%s%s%d.%sS"):format(time, sign, math.abs(rest), (("%06d"):format(fraction):gsub("0+$", "")))
    else
        time = time .. part(rest, "S")
    end
    local date = part(quotient(parts.months, 12), "Y") .. part(math.fmod(parts.months, 12), "M")
        .. part(parts.days, "D")
    if date == "" and time == "" then
        return "PT0S"
    end
    return "P" .. date .. (time ~= "" and "T" .. time or "")
end

---The elements of an array literal of one dimension; NULL is false.
---@param text string
---@return (string|false)[]?
function constant.array(text)
    local inside = text:match("^{(.*)}$")
    if not inside then
        return nil
    elseif inside == "" then
        return {}
    end
    local elements, at = {}, 1
    while true do
        local value, last
        if inside:sub(at, at) == '"' then
            last = at
            repeat
                last = last + 1
                local c = inside:sub(last, last)
                if c == "\\" then
                    last = last + 1
                elseif c == "" then
                    return nil
                end
            until c == '"'
            value = inside:sub(at + 1, last - 1):gsub("\\(.)", "%1")
        else
            value = inside:match('^[^,"{}\\]+', at)
            if not value then
                return nil
            end
            last = at + #value - 1
            value = value ~= "NULL" and value
        end
        elements[#elements + 1] = value
        if last == #inside then
            return elements
        elseif inside:sub(last + 1, last + 1) ~= "," then
            return nil
        end
        at = last + 2
    end
end

return constant
