-- uuid.lua: w.uuid: random ones, ones made of a name, and what is one in any of its forms.
local core = require "wherry.core"
local ends = require "wherry.plan.ends"
local failure = require "wherry.failure"

local uuid = {}

-- What PostgreSQL's own type takes and gives, by its codec.
local codec = core.codec { name = "uuid", oid = 2950 }

-- RFC 9562, appendix A.
local namespaces = {
    dns = "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
    url = "6ba7b811-9dad-11d1-80b4-00c04fd430c8",
    oid = "6ba7b812-9dad-11d1-80b4-00c04fd430c8",
    x500 = "6ba7b814-9dad-11d1-80b4-00c04fd430c8",
}

-- The 16 bytes of a UUID in any form; a text is never as short as they are.
local function bytes_of(value, tool)
    if type(value) == "userdata" then
        value = tostring(value) -- a blob
    elseif type(value) ~= "string" then
        failure.raise("value", ("%s: a string or a blob is wanted, not %s"):format(tool, ends.describe(value)))
    end
    local taken, wire = pcall(codec.put, codec, value, #value == 16)
    if not taken then
        failure.raise("value", ("%s: %s"):format(tool, failure.from(wire).message),
            "32 hexadecimal digits, in groups of 8-4-4-4-12 or without hyphens, with braces or without, or 16 bytes "
            .. "are a UUID", { value = ("%q"):format(value:sub(1, 100)) })
    end
    return wire
end

-- The first 16 bytes with the version and RFC 9562's variant in their places.
local function marked(bytes, version)
    local sixth, eighth = bytes:byte(7), bytes:byte(9)
    return bytes:sub(1, 6) .. string.char(sixth & 0x0F | version << 4) .. bytes:sub(8, 8)
        .. string.char(eighth & 0x3F | 0x80) .. bytes:sub(10, 16)
end

---The usual text of a UUID, in lower case: of its text in any form that PostgreSQL takes, or of its 16 bytes.
---@param value string|wherry.Blob|nil
---@return string|nil
function uuid.parse(value)
    if value == nil then
        return nil
    end
    return (codec:get(bytes_of(value, "w.uuid.parse")))
end

---The 16 bytes of a UUID.
---@param value string|wherry.Blob|nil
---@return string|nil
function uuid.bytes(value)
    if value == nil then
        return nil
    end
    return bytes_of(value, "w.uuid.bytes")
end

---The UUID of a name: the same one for the same name, always (version 5).
---@param namespace string a UUID, or "dns", "url", "oid" or "x500"
---@param name string|nil
---@return string|nil
function uuid.v5(namespace, name)
    local space = bytes_of(namespaces[namespace] or namespace, "w.uuid.v5")
    if name == nil then
        return nil
    elseif type(name) ~= "string" then
        failure.raise("value", "w.uuid.v5: a name is a string, not " .. ends.describe(name))
    end
    return (codec:get(marked(core.tools.sha1(space .. name), 5)))
end

---A random one (version 4).
---@return string
local function random()
    return (codec:get(marked(core.tools.random(), 4)))
end

return setmetatable(uuid, { __call = random })
