-- stored_form.lua: how the values of a column are stored, from what a census found: one decision for the whole column,
-- with its evidence; or the reason why the values alone do not tell.
local stored_form = {}

---@class wherry.StoredDecision
---@field stored? string what the values are by census; nil: the default, or undecided
---@field evidence? string what speaks for it
---@field problem? string why it can't be told; then a hint stands beside it
---@field hint? string

-- Numbers by their size, as powers of ten: a count of this unit since 1970 lies in 1973 to 2286.
local UNITS = { [8] = "unix", [9] = "unix", [11] = "unix_ms", [12] = "unix_ms", [14] = "unix_us", [15] = "unix_us",
    [17] = "unix_ns", [18] = "unix_ns" }

-- How many of a unit are a second, where it begins, and from when on it is no small number.
local FORMS = {
    { word = "unix", scale = 1, epoch = 0 }, { word = "unix_ms", scale = 1e3, epoch = 0 },
    { word = "unix_us", scale = 1e6, epoch = 0 }, { word = "unix_ns", scale = 1e9, epoch = 0 },
    { word = "julian", scale = 1 / 86400, epoch = -2440587.5 * 86400 },
    { word = "ticks", scale = 1e7, epoch = -62135596800 },
    { word = "core_data", scale = 1, epoch = 978307200, first = 1009843200 },
    { word = "webkit", scale = 1e6, epoch = -11644473600 },
}

local BY_WORD = {}
for _, form in ipairs(FORMS) do
    BY_WORD[form.word] = form
end

-- Years for which a reading is worth a thought; a few of a small unit are always of 1970.
local FIRST, LAST = 63072000, 5680281600 -- 1972, 2150

local function seconds(form, value)
    return value / form.scale + form.epoch
end

local function day(at)
    return os.date("!%Y-%m-%d", math.floor(at))
end

local function span(form, group)
    local first, last = seconds(form, group.min), seconds(form, group.max)
    if first < -62167219200 or last >= 253402300800 then
        return "outside the years 0 to 9999"
    end
    first, last = day(first), day(last)
    return first == last and first or first .. " to " .. last
end

---A number with its digits in groups of three.
---@param count integer
---@return string
function stored_form.count(count)
    local text = ("%d"):format(count):reverse():gsub("(%d%d%d)", "%1,"):reverse()
    return (text:gsub("^,", ""))
end

local function shown(value)
    if math.type(value) == "integer" and value > -100000000 and value < 100000000 then
        return ("%d"):format(value)
    elseif math.abs(value) < 1e8 then
        return ("%.10g"):format(value)
    end
    return (("%.3g"):format(value):gsub("e%+?(%-?)0*", "e%1"))
end

local function plural(count, one, many)
    return ("%s %s"):format(stored_form.count(count), count == 1 and one or many)
end

-- "1,204 integers from 1.6e12 to 1.75e12"
local function numbers_text(group)
    local parts = {}
    if group.integers > 0 then
        parts[1] = plural(group.integers, "integer", "integers")
    end
    if group.reals > 0 then
        parts[#parts + 1] = plural(group.reals, "real", "reals")
    end
    local text = table.concat(parts, " and ")
    if group.texts > 0 then
        text = text .. (" (%s as text)"):format(stored_form.count(group.texts))
    end
    local first, last = shown(group.min), shown(group.max)
    return first == last and text .. ": " .. first or ("%s from %s to %s"):format(text, first, last)
end

local function add_decade(groups, word, decade)
    local group = groups[word]
    if not group then
        group = { word = word, integers = 0, reals = 0, texts = 0 }
        groups[word], groups[#groups + 1] = group, group
    end
    for _, field in ipairs { "integers", "reals", "texts" } do
        group[field] = group[field] + decade[field]
    end
    for _, class in ipairs { "integer", "real" } do
        local least, most = decade[class .. "_min"], decade[class .. "_max"]
        group.min = least and (not group.min or least < group.min) and least or group.min
        group.max = most and (not group.max or most > group.max) and most or group.max
    end
end

-- The numbers by the unit that their size speaks for: "small" and "between" for none.
local function groups_of(stats)
    local groups = {}
    for n = 0, 19 do
        local decade = stats.decades[n]
        if decade then
            local days = n == 6 and decade.reals > 0 and stats.julian == decade.integers + decade.reals
            add_decade(groups, days and "julian" or UNITS[n] or n < 8 and "small" or "between", decade)
        end
    end
    return groups
end

-- The forms in which all numbers of a group are moments of our times.
local function readings(group)
    local list = {}
    for _, form in ipairs(FORMS) do
        local first, last = seconds(form, group.min), seconds(form, group.max)
        if first >= (form.first or FIRST) and last < LAST and (form.word ~= "julian" or group.word == "julian") then
            list[#list + 1] = ("%s (%s)"):format(form.word, span(form, group))
        end
    end
    return list
end

-- Numbers that are as likely of another epoch: seconds since 2001 of our years are seconds since 1970 of the years
-- before 2010, and .NET's ticks of 1900 to 2200 nanoseconds of 1989 to 1992.
local function is_ambiguous(group)
    return not BY_WORD[group.word] or group.word == "unix" and group.max < 1262304000
        or group.word == "unix_ns" and group.max > 599266080000000000 and group.min < 693937152000000000
end

local function quoted(text)
    return '"' .. text .. '"'
end

local function declare(column, word, more)
    local key = column:find "^[%a_][%w_]*$" and column or ("[%q]"):format(column)
    return ('columns = { %s = { stored = "%s" } } declares it%s'):format(key, word, more or "")
end

-- Each form that the column holds, in words, the most frequent first.
local function contents(stats, groups)
    local list = {}
    for _, group in ipairs(groups) do
        local form = BY_WORD[group.word]
        list[#list + 1] = { count = group.integers + group.reals, word = form and group.word,
            text = numbers_text(group) .. (form and (" (%s: %s)"):format(group.word, span(form, group)) or "") }
    end
    for _, kind in ipairs { { "iso", "ISO" }, { "go", "Go's form" }, { "other", "another form" } } do
        local count = stats["texts_" .. kind[1]]
        if count > 0 then
            list[#list + 1] = { count = count, word = kind[1] ~= "other" and kind[1] or nil,
                text = ("%s in %s, first %s"):format(plural(count, "text", "texts"), kind[2],
                    quoted(stats[kind[1] .. "_shown"])) }
        end
    end
    if stats.blob > 0 then
        list[#list + 1] = { count = stats.blob, text = plural(stats.blob, "blob", "blobs") }
    end
    table.sort(list, function(a, b)
        return a.count > b.count or a.count == b.count and a.text < b.text
    end)
    return list
end

local function mixed(column, stats, groups)
    local list, parts, word = contents(stats, groups), {}, nil
    for i, one in ipairs(list) do
        parts[i], word = one.text, word or one.word
    end
    -- numbers of another unit would fit, too
    local refused = BY_WORD[word] and groups[2] and "all its numbers are then read in this unit, values of another "
        .. "form are refused" or "values of another form are then refused"
    return { problem = "its values are stored in several ways: " .. table.concat(parts, "; "),
        hint = declare(column, word or "iso", "; " .. refused .. ", or treated as on_bad says") }
end

local function ambiguous(column, group)
    local list = readings(group)
    local more = #list > 1 and ", or another of these forms"
        or not list[1] and " where that is what they are; numbers of another kind need a numeric type" or nil
    return { problem = ("its numbers do not tell their unit: %s%s"):format(numbers_text(group),
            list[1] and ("; they could be %s"):format(table.concat(list, ", ")) or ""),
        hint = declare(column, list[1] and list[1]:match "^%S+" or "unix", more) }
end

---What a column holds whose stored form is declared: counts and ranges, and the days that they are then.
---@param stats wherry.Stats of a census that was asked for "stored"
---@param word string the form; "" for one that counts no moments
---@return string
function stored_form.evidence(stats, word)
    local groups, all = {}, {}
    for n = 0, 19 do
        if stats.decades[n] then
            add_decade(all, word, stats.decades[n])
        end
    end
    groups[1] = all[word]
    local parts = {}
    for i, one in ipairs(contents(stats, groups)) do
        parts[i] = one.text
    end
    return parts[1] and table.concat(parts, "; ") or "no values"
end

---How a column of dates or times is stored.
---@param column string the target's name, for the hint
---@param stats wherry.Stats of a census that was asked for "stored"
---@return wherry.StoredDecision
function stored_form.of_times(column, stats)
    local groups, texts = groups_of(stats), stats.texts_iso + stats.texts_go + stats.texts_other
    if not groups[1] then
        local go = stats.texts_go > 0 and stats.texts_iso == 0 and stats.texts_go >= stats.texts_other
        if stats.texts_go == 0 then
            return {} -- ISO texts are the default; what is neither is refused as it is met
        elseif not go then
            return mixed(column, stats, groups)
        end
        return { stored = "go", evidence = ("%s of Go's Time.String(), first %s"):format(
            plural(stats.texts_go, "text", "texts"), quoted(stats.go_shown)) }
    elseif groups[2] or texts + stats.blob > 0 then
        return mixed(column, stats, groups)
    elseif is_ambiguous(groups[1]) then
        return ambiguous(column, groups[1])
    end
    local word = groups[1].word
    return { stored = word, evidence = ("%s (%s)"):format(numbers_text(groups[1]), span(BY_WORD[word], groups[1])) }
end

local function is_single(versions)
    return versions & (versions - 1) == 0
end

-- "uuid", "uuid_net", or nil: which order makes UUIDs with a version of the blobs. A version is there by chance in one
-- order of two; all of the same by chance in one of sixteen.
local function order_of(stats, count)
    local rfc, net = stats.blobs_rfc, stats.blobs_net
    local one, other = is_single(stats.blobs_rfc_versions), is_single(stats.blobs_net_versions)
    if rfc == count and net == count then
        return count >= 4 and one ~= other and (one and "uuid" or "uuid_net") or nil
    elseif (rfc == count and (one or count >= 20)) or (net == count and (other or count >= 20)) then
        return rfc == count and "uuid" or "uuid_net"
    elseif count < 20 then -- of a few, some of one order may be there by chance
        return nil
    elseif rfc >= count * 0.9 and net <= count * 0.75 then
        return "uuid"
    end
    return net >= count * 0.9 and rfc <= count * 0.75 and "uuid_net" or nil
end

---How a column of UUIDs is stored.
---@param column string the target's name, for the hint
---@param stats wherry.Stats of a census that was asked for "stored"
---@return wherry.StoredDecision
function stored_form.of_uuids(column, stats)
    local count = stats.blobs_of_16 - stats.blobs_even
    if count == 0 then
        return {} -- texts, or blobs that are the same in both orders
    end
    local votes = ("%s: as they are, %s have a version and the variant of RFC 9562, in .NET's order %s"):format(
        plural(count, "blob of 16 bytes", "blobs of 16 bytes"), stored_form.count(stats.blobs_rfc),
        stored_form.count(stats.blobs_net))
    local word = order_of(stats, count)
    if not word then
        return { problem = "the order of its bytes does not show: " .. votes,
            hint = declare(column, "uuid", ', and stored = "uuid_net" the order of .NET') }
    elseif word == "uuid_net" and stats.text > 0 then
        return { problem = ("its values are stored in several ways: %s; %s"):format(votes,
            plural(stats.text, "text", "texts")),
            hint = declare(column, word, "; texts are then refused, or treated as on_bad says") }
    end
    return { stored = word, evidence = votes }
end

return stored_form
