-- init.lua: the tools for scripts: texts by their characters, bytes as digits, digests. The core is loaded when the
-- first of them is asked for, so that `require "wherry"` goes without it.
local shallow = require "wherry.shallow"

local tools = {}

local function part(name)
    return function()
        return require "wherry.core".tools[name]
    end
end

-- What gives each of them.
local makers = {
    trim = part "trim",
    lower = part "lower",
    upper = part "upper",
    sub = part "sub",
    length = part "length",
    normalize = part "normalize",
    sha256 = part "sha256",
    hex = function()
        return { encode = part "hex_encode" (), decode = part "hex_decode" () }
    end,
    base64 = function()
        return { encode = part "base64_encode" (), decode = part "base64_decode" () }
    end,
    uuid = function()
        return require "wherry.tools.uuid"
    end,
    lookup = function()
        return require "wherry.core".lookup.find
    end,
    json = function()
        return require "wherry.tools.json"
    end,
    time = function()
        return require "wherry.tools.time"
    end,
}

---The names of all tools.
---@return string[]
function tools.names()
    return shallow.keys(makers)
end

---A tool by its name; nil where there is none.
---@param name any
---@return function|table|nil
function tools.find(name)
    local maker = makers[name]
    return maker and maker()
end

return tools
