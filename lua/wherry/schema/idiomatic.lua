-- With --idiomatic: jsonb, uuid, timestamptz and date for texts that are all of that form, although the exact bytes are
-- not kept. What a text is was asked of the codec that will load it.
local idiomatic = {}

idiomatic.jsonb = { oid = 3802, name = "jsonb", typmod = -1, display = "jsonb" }
idiomatic.uuid = { oid = 2950, name = "uuid", typmod = -1, display = "uuid" }
idiomatic.timestamptz = { oid = 1184, name = "timestamptz", typmod = -1, display = "timestamp with time zone" }
idiomatic.date = { oid = 1082, name = "date", typmod = -1, display = "date" }

---What a declared type says about its texts.
---@param declared string
---@return { json: boolean, uuid: boolean, time: boolean, date: boolean }
function idiomatic.says(declared)
    local upper = declared:upper()
    local time = upper:find("DATETIME", 1, true) ~= nil or upper:find("TIMESTAMP", 1, true) ~= nil
    return {
        json = upper:find("JSON", 1, true) ~= nil,
        uuid = upper:find("UUID", 1, true) ~= nil or upper:find("GUID", 1, true) ~= nil,
        time = time, date = not time and upper:find("DATE", 1, true) ~= nil,
    }
end

---The type for a column without values.
---@param says table from idiomatic.says
---@return wherry.Type?
function idiomatic.by_name(says)
    return says.json and idiomatic.jsonb or says.uuid and idiomatic.uuid or says.time and idiomatic.timestamptz
        or says.date and idiomatic.date or nil
end

-- 32 digits may be any hash: without a declaration they have to be UUIDs by their variant and version, too.
local function all_uuid(says, stats)
    return stats.accepted.uuid == stats.text
        and (says.uuid or stats.uuid_digits == 0 or stats.uuid_rfc == stats.text)
end

-- A time without offset has no zone by itself. The declaration, or the form in which SQLite's CURRENT_TIMESTAMP writes
-- UTC, make it one.
local function all_moments(says, stats)
    local accepted = stats.accepted
    return accepted.timestamp + accepted.timestamptz == stats.text
        and (says.time or accepted.timestamp == 0 or stats.times_plain == stats.text)
end

---The type for texts, where all of them are of one form; nil otherwise.
---@param says table from idiomatic.says
---@param stats wherry.Stats with at least one value
---@return wherry.Type?
function idiomatic.by_values(says, stats)
    if not stats.accepted or stats.integer + stats.real > 0 then
        return nil
    elseif stats.blob > 0 then
        local all = says.uuid and stats.blobs_of_16 == stats.blob and stats.accepted.uuid == stats.text
        return all and idiomatic.uuid or nil
    elseif all_uuid(says, stats) then
        return idiomatic.uuid
    elseif stats.accepted.jsonb == stats.text then
        return idiomatic.jsonb
    elseif all_moments(says, stats) then
        return idiomatic.timestamptz
    end
    return stats.accepted.date == stats.text and idiomatic.date or nil
end

local function of(count, all)
    return count == all and "all" or ("%d of %d"):format(count, all)
end

local function uuid_loss(stats)
    local parts = {}
    local function add(count, words)
        if count > 0 then
            parts[#parts + 1] = words:format(of(count, stats.text))
        end
    end
    add(stats.uuid_upper, "%s in upper case")
    add(stats.uuid_digits, "%s without hyphens")
    add(stats.text - stats.uuid_digits - stats.uuid_hyphens, "%s in braces")
    if stats.blob > 0 then
        parts[#parts + 1] = ("%d blobs of 16 bytes"):format(stats.blob)
    end
    return #parts > 0 and table.concat(parts, ", ") or nil
end

local function time_loss(stats, zone)
    local without = stats.accepted.timestamp
    local forms = without == 0 and "offsets other than +00 are moved to UTC"
        or ("%s without an offset, taken as %s"):format(of(without, stats.text), zone or "UTC")
    return forms .. (stats.times_with_t > 0 and ", T as separator" or "")
end

---What is not kept of the texts; nil: they come back byte for byte.
---@param chosen wherry.Type
---@param stats wherry.Stats? of the column itself
---@param zone string? of times without offset
---@return string?
function idiomatic.loss(chosen, stats, zone)
    local loss
    if chosen == idiomatic.jsonb then
        loss = "key order and white space of JSON"
    elseif not stats or not stats.accepted or stats.text + stats.blob == 0 then
        return nil
    elseif chosen == idiomatic.uuid then
        loss = uuid_loss(stats)
    elseif chosen == idiomatic.timestamptz then
        loss = time_loss(stats, zone)
    end
    return loss and ("exact bytes are not kept (%s)"):format(loss) or nil
end

local ORDER = { "uuid", "jsonb", "timestamptz", "timestamp", "date" }

---Why texts stay text although some or all of them are of a form: for columns whose declaration asks for a type.
---@param stats wherry.Stats
---@return string?
function idiomatic.against(stats)
    local leading
    for _, name in ipairs(stats.accepted and ORDER or {}) do
        local count = stats.accepted[name]
        if count > 0 and (not leading or count > stats.accepted[leading]) then
            leading = name
        end
    end
    if not leading then
        return nil
    elseif stats.against[leading] then
        return ('%d of %d texts are %s, not "%s"'):format(stats.accepted[leading], stats.text, leading,
            stats.against[leading])
    end
    return leading == "uuid" and "32 digits, not all with the version and variant of a UUID"
        or leading == "timestamp" and "times without offset, whose zone is not known" or nil
end

return idiomatic
