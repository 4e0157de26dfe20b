-- conninfo.lua: libpq's keyword strings ("host=... dbname=..."), read and written.
local failure = require "wherry.failure"

local conninfo = {}

local function quote_keyword(value)
    if value ~= "" and not value:find "[%s'\\\\]" then
        return value
    end
    return "'" .. value:gsub("[\\\\']", "\\%0") .. "'"
end

--- A keyword string as libpq reads it: name = value, values quoted with ' and escaped with a backslash.
---@param text string
---@return string[][] settings a list of { name, value }
function conninfo.parse(text)
    local settings, position = {}, 1
    while true do
        position = text:find("%S", position)
        if not position then
            return settings
        end
        local name, after = text:match("^([%a_]+)%s*=%s*()", position)
        if not name then
            failure.raise("usage", "the connection string is not a list of name=value",
                "put values with spaces in single quotes")
        end
        local value = {}
        local quoted = text:sub(after, after) == "'"
        position = quoted and after + 1 or after
        while true do
            local character = text:sub(position, position)
            if character == "\\" then
                position = position + 1
                character = text:sub(position, position)
            elseif quoted and character == "'" then
                position = position + 1
                break
            elseif not quoted and (character == "" or character:find "%s") then
                break
            end
            if character == "" then
                failure.raise("usage", "the connection string ends inside a quoted value", "close it with '")
            end
            value[#value + 1] = character
            position = position + 1
        end
        settings[#settings + 1] = { name, table.concat(value) }
    end
end

--- The list as a string again.
---@param settings string[][]
---@param password string? what stands for passwords; without it they are left out
---@return string
function conninfo.write(settings, password)
    local parts = {}
    for _, setting in ipairs(settings) do
        local secret = setting[1] == "password" or setting[1] == "sslpassword"
        if not secret or password then
            parts[#parts + 1] = setting[1] .. "=" .. (secret and password or quote_keyword(setting[2]))
        end
    end
    return table.concat(parts, " ")
end

return conninfo
