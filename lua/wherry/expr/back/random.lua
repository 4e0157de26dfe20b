-- Random values: UUIDs, and random bytes as PostgreSQL makes them of hashed UUIDs.

local random = { functions = {} }
local functions = random.functions

local function call(name, ...)
    return { t = "function", name = name, arguments = { ... }, star = false, distinct = false }
end

local function integer(value)
    return { t = "integer", value = value }
end

local function hex_of(bytes)
    return call("hex", call("randomblob", integer(bytes)))
end

-- A random UUID of version 4, as it is stored: lower case, with hyphens.
function functions.gen_random_uuid(p, arguments)
    if #arguments > 0 then
        p:refuse("gen_random_uuid with arguments is not translated")
    elseif p.use ~= "default" then
        p:refuse("a random value is not the same every time")
    end
    local hyphen = { t = "string", value = "-" }
    local variant = call("substr", { t = "string", value = "89ab" }, { t = "binary", op = "+", left = integer(1),
        right = { t = "binary", op = "&", left = call("random"), right = integer(3) } }, integer(1))
    local node
    for _, part in ipairs({ hex_of(4), hyphen, hex_of(2), { t = "string", value = "-4" },
        call("substr", hex_of(2), integer(2)), hyphen, variant, call("substr", hex_of(2), integer(2)), hyphen,
        hex_of(6) }) do
        node = node and { t = "binary", op = "||", left = node, right = part } or part
    end
    return p:term("uuid", call("lower", node), { fresh = true })
end

functions.uuid_generate_v4 = functions.gen_random_uuid

-- The bytes of a new UUID, some bits of which are always the same: a seed, and no value of its own here.
function functions.uuid_send(p, arguments)
    if not arguments[1].fresh then
        p:refuse("uuid_send is translated for a new UUID only")
    end
    return p:term("seed", { t = "formless" })
end

-- The hash of a seed: 32 random bytes.
function functions.sha256(p, arguments)
    if arguments[1].kind ~= "seed" then
        p:refuse("the function sha256 is not translated")
    end
    return p:term("blob", call("randomblob", integer(32)), { random = 32 })
end

---The beginning of random bytes, which is fewer of them; nil for other terms.
---@param p wherry.Back
---@param arguments wherry.BackTerm[] of substr
---@return wherry.BackTerm?
function random.beginning(p, arguments)
    local term, from, count = arguments[1], arguments[2], arguments[3]
    if not term.random or from.constant ~= 1 or not count or not count.constant or count.constant < 1
        or count.constant > term.random then
        return nil
    end
    return p:term("blob", call("randomblob", integer(count.constant)), { random = count.constant })
end

-- encode(bytes, 'hex')
function functions.encode(p, arguments)
    if arguments[1].kind ~= "blob" or arguments[2].constant ~= "hex" then
        p:refuse("encode is translated for the hex form of bytes only")
    end
    local upper = call("hex", arguments[1].node)
    return p:term({ kind = "text", bytewise = p.settings.bytewise, ascii_case = true }, call("lower", upper),
        { upper = upper })
end

return random
