-- A codec held against a server: what *_send of a type's values sends, and the texts that the server shows of them.
local core = require "wherry.core"
local assert = require "luassert"

local against = {}

local SLICE = 1000 -- values a question

---A text array literal of values, which may hold any character but U+0000.
---@param values string[]
---@return string
local function array(values)
    local list = {}
    for i, value in ipairs(values) do
        list[i] = '"' .. value:gsub('[\\"]', "\\%0") .. '"'
    end
    return "{" .. table.concat(list, ",") .. "}"
end

---What the server makes of an expression over each value `v`.
---@param connection userdata
---@param expression string
---@param values string[]
---@return string[]
function against.ask(connection, expression, values)
    local answers = {}
    for first = 1, #values, SLICE do
        local slice = table.move(values, first, math.min(first + SLICE - 1, #values), 1, {})
        local sql = "SELECT %s AS answer FROM unnest($1::text[]) WITH ORDINALITY AS u(v, n) ORDER BY n"
        for _, row in ipairs(connection:query(sql:format(expression), { array(slice) })) do
            answers[#answers + 1] = row.answer
        end
    end
    return answers
end

---`count` values of generate(random), the same ones every time.
---@param count integer
---@param generate fun(random: fun(m: integer, n?: integer): integer): string
---@return string[]
function against.values(count, generate)
    local values = {}
    math.randomseed(20260727)
    for i = 1, count do
        values[i] = generate(math.random)
    end
    return values
end

local function hex(bytes)
    return (bytes:gsub(".", function(byte)
        return ("%02x"):format(byte:byte())
    end))
end

---Holds put against the type's send function, and get against the text the server shows, for every value.
---@param connection userdata
---@param type { oid: integer, name: string, typmod: integer|nil }
---@param values string[]
---@param options { cast: string?, send: string?, text: string? }|nil SQL: the type, its send function; `text`: the
---  server's text of the value %s
function against.server(connection, type, values, options)
    options = options or {}
    local codec = core.codec(type)
    local cast = "v::" .. (options.cast or type.name)
    local sent = against.ask(connection, ("encode(%s(%s), 'hex')"):format(options.send or type.name .. "_send", cast),
        values)
    -- format() shows a value by its output function; a cast to text may be another one, as inet's is.
    local shown = against.ask(connection, (options.text or "format('%%s', %s)"):format("(" .. cast .. ")"), values)
    assert.equal(#values, #sent)
    for i, value in ipairs(values) do
        assert.equal(value .. " " .. sent[i], value .. " " .. hex(codec:put(value)))
        local wire = sent[i]:gsub("%x%x", function(digits)
            return string.char(tonumber(digits, 16))
        end)
        assert.same({ shown[i], "text" }, { codec:get(wire) })
        -- What comes back goes in again.
        assert.equal(sent[i], hex(codec:put(shown[i])))
    end
end

return against
