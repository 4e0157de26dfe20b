-- drill/difference.lua: a row that is not the same on both sides, as people are told of it.
local difference = {}

local SHOWN_COLUMNS = 10 -- of a row that has no key to name it by

---@class wherry.DifferenceValue
---@field class "null"|"integer"|"real"|"text"|"blob"
---@field text string|nil as it is; a long value is cut, about where it differs
---@field hex string|nil in its stead: of a text that is not UTF-8

---@class wherry.DifferenceColumn
---@field column string of the target
---@field source wherry.DifferenceValue|nil as it is stored there
---@field target wherry.DifferenceValue|nil
---@field byte integer|nil where the values begin to differ on the wire, behind the first byte

---@class wherry.Difference
---@field kind "missing"|"extra"|"different"
---@field key string|nil the target's key: "id=42"; nil: it has none
---@field row string|nil what names the row in the source
---@field copies integer|nil so many such rows, where they are several
---@field columns wherry.DifferenceColumn[] those that differ; of a row that is on one side alone and has no key, the
---first ones

local FORWARD = { only_sqlite = "missing", only_pg = "extra", different = "different" }
local BACK = { only_sqlite = "extra", only_pg = "missing", different = "different" }

-- The values of the key as both sides have them, by column.
local function shown(value)
    if value.class == "null" then
        return "NULL"
    elseif value.class == "text" then
        return ("'%s'"):format(value.text)
    elseif value.class == "blob" then
        return ("x'%s'"):format(value.text)
    end
    return value.text
end

local function key_text(target, found)
    local values, parts = {}, {}
    for _, column in ipairs(found.key) do
        values[column.place] = column.pg or column.sqlite
    end
    for i, name in ipairs(target.key) do
        for place, column in ipairs(target.columns) do
            if column.name == name and values[place] then
                parts[i] = ("%s=%s"):format(name, shown(values[place]))
            end
        end
    end
    return parts[1] and table.concat(parts, ", ") or nil
end

local function columns_of(target, found, kind, is_back)
    local list = {}
    if kind ~= "different" and target.key[1] then
        return list
    end
    for _, column in ipairs(found.columns) do
        if kind == "different" or #list < SHOWN_COLUMNS then
            local source, other = column.sqlite, column.pg
            if is_back then
                source, other = other, source
            end
            list[#list + 1] = { column = target.columns[column.place].name, source = source, target = other,
                byte = column.byte }
        end
    end
    return list
end

---@param target wherry.DigestTarget
---@param found table core.verify's comparison:next()
---@param is_back boolean|nil the source is PostgreSQL
---@return wherry.Difference
function difference.of(target, found, is_back)
    local kind = (is_back and BACK or FORWARD)[found.kind]
    return { kind = kind, key = key_text(target, found), row = found.name,
        copies = found.copies > 1 and found.copies or nil, columns = columns_of(target, found, kind, is_back) }
end

return difference
