-- random(), randomblob(), zeroblob(), and functions about SQLite itself, which mean nothing elsewhere.
local constant = require "wherry.expr.pg.constant"

local random = {}

function random.random(p, node)
    p:expect(node, 0)
    p:volatility "volatile"
    return p:term { sql = p:call "sqlite_random", kind = "integer", atomic = true, nullable = false }
end

-- A UUID has 122 random bits; the digest spreads those of one or two over all bytes.
function random.randomblob(p, node)
    p:expect(node, 1)
    p:volatility "volatile"
    local count = p:as(p:print(node.arguments[1]), "integer")
    local length = count.constant and math.max(count.constant, 1)
    local sql
    if count.kind == "null" then
        length = 1
    end
    if length and length <= 15 then
        sql = ("substr(sha256(uuid_send(gen_random_uuid())), 1, %d)"):format(length)
    elseif length and length <= 30 then
        sql = ("substr(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())), 1, %d)"):format(length)
    else
        sql = p:call("sqlite_randomblob", count.nullable and ("COALESCE(%s, 1)"):format(count.sql) or count.sql)
    end
    return p:term { sql = sql, kind = "blob", atomic = true, nullable = false }
end

function random.zeroblob(p, node)
    p:expect(node, 1)
    local count = p:as(p:print(node.arguments[1]), "integer")
    if count.kind == "null" then
        return constant.term(p, "blob", "")
    elseif count.constant and count.constant <= 64 then
        return constant.term(p, "blob", ("\0"):rep(math.max(count.constant, 0)))
    end
    local length = count.constant and count.sql or ("GREATEST(%s, 0)::integer"):format(count.nullable
        and ("COALESCE(%s, 0)"):format(count.sql) or count.sql)
    return p:term { sql = ("decode(repeat('00', %s), 'hex')"):format(length), kind = "blob", atomic = true,
        nullable = false }
end

local REFUSED = {
    last_insert_rowid = "the row that this connection inserted last: use RETURNING or currval()",
    changes = "the number of rows that the last statement changed", sqlite_version = "the version of SQLite",
    total_changes = "the number of rows that this connection changed", sqlite_source_id = "the version of SQLite",
    load_extension = "an extension of SQLite", sqlite_offset = "a place in SQLite's file",
    sqlite_compileoption_get = "how SQLite was built", sqlite_compileoption_used = "how SQLite was built",
}

for name, reason in pairs(REFUSED) do
    random[name] = function(p)
        p:refuse(("%s(): %s"):format(name, reason))
    end
end

return random
