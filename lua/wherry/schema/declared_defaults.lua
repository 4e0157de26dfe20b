-- declared_defaults.lua: DEFAULT of columns whose type the plan declares: a literal is read by the codec that reads the
-- values, and what is known to be the moment now in the declared unit becomes that moment.
local core = require "wherry.core"
local names = require "wherry.names"
local shallow = require "wherry.shallow"

local declared_defaults = {}

-- What the codec writes for these is not the text that the server reads.
local FOREIGN = { hstore = true, tsvector = true, point = true, lseg = true, path = true, box = true, polygon = true,
    line = true, circle = true }

-- Now as expressions of SQLite without white space, in small letters, by the unit that they count.
local SECONDS = { "unixepoch()", "unixepoch('now')", "strftime('%s','now')", "cast(strftime('%s','now')asinteger)",
    "cast(strftime('%s','now')asint)", "cast(unixepoch()asinteger)" }
local NOW = { julian = { ["julianday()"] = "milliseconds", ["julianday('now')"] = "milliseconds" }, unix = {},
    unix_ms = { ["unixepoch('subsec')*1000"] = "milliseconds", ["cast(unixepoch('subsec')*1000asinteger)"]
        = "milliseconds", ["cast((julianday('now')-2440587.5)*86400000asinteger)"] = "milliseconds" }, unix_us = {},
    unix_ns = {} }
for _, text in ipairs(SECONDS) do
    NOW.unix[text] = "second"
    for word, factor in pairs { unix_ms = "1000", unix_us = "1000000", unix_ns = "1000000000" } do
        NOW[word][text .. "*" .. factor], NOW[word][factor .. "*" .. text] = "second", "second"
    end
end

-- An expression without white space and without parentheses around all of it.
local function bare(sql)
    local text = sql:lower():gsub("%s+", "")
    local inner = text:match "^%b()$" and text:sub(2, -2)
    while inner do
        text = inner
        inner = text:match "^%b()$" and text:sub(2, -2)
    end
    return text
end

---The moment now, where the expression counts it in the unit that is declared; nil otherwise.
---@param sql string SQLite's text
---@param type wherry.Type
---@return string|nil
function declared_defaults.now(sql, type)
    local precision = NOW[type.stored] and NOW[type.stored][bare(sql)]
    if not precision or type.typmod ~= -1 or type.name ~= "timestamptz" and type.name ~= "timestamp" then
        return nil
    end
    local moment = ("date_trunc('%s', statement_timestamp())"):format(precision)
    return type.name == "timestamptz" and moment or ("(%s AT TIME ZONE 'UTC')"):format(moment)
end

local function hex_bytes(text)
    return (text:gsub("%x%x", function(pair)
        return string.char(tonumber(pair, 16))
    end))
end

-- The type as the server writes it: what is declared is about SQLite's side.
local function plain(type)
    local copy = shallow.copy(type)
    copy.stored, copy.zone, copy.form = nil, nil, nil
    return copy
end

---A literal as a value of the type.
---@param class "integer"|"real"|"text"|"blob"
---@param value any a blob as its hexadecimal digits
---@param type wherry.Type
---@return string|nil sql
---@return string|nil reason why the type does not take it
function declared_defaults.literal(class, value, type)
    if type.kind or FOREIGN[type.name] then
        return nil, ("no literal of type %s is written"):format(type.display)
    end
    local fine, wire = pcall(function()
        return core.codec(type):put(class == "blob" and hex_bytes(value) or value, class == "blob")
    end)
    if not fine then
        return nil, tostring(wire.message or wire)
    end
    local found, found_class = core.codec(plain(type)):get(wire)
    if type.name == "bool" then
        return found == 1 and "true" or "false"
    elseif found_class == "blob" then
        found = "\\x" .. found:gsub(".", function(byte)
            return ("%02x"):format(byte:byte())
        end)
    end
    return ("%s::%s"):format(names.literal_pg(tostring(found)), type.display)
end

return declared_defaults
