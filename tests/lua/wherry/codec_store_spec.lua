-- hstore and tsvector against a real server: the same bytes, the same text.
local cjson = require "cjson"
local core = require "wherry.core"
local target = require "tests.support.target"
local values = require "tests.support.values"

local PIECES = { "a", "b", "Zz", "1", " ", "'", "\\", '"', ":", ",", "=>", "é", "€", "😀", "\t", "\n", "\1", "\127", "{",
    "\u{3000}" }

local function hex(bytes)
    return (bytes:gsub(".", function(byte) return ("%02x"):format(byte:byte()) end))
end

local function unhex(digits)
    return (digits:gsub("%x%x", function(byte) return string.char(tonumber(byte, 16)) end))
end

local function word(random, least)
    local parts = {}
    for _ = 1, random(6) - 1 + (least or 0) do
        table.insert(parts, PIECES[random(#PIECES)])
    end
    return table.concat(parts)
end

describe("collections on the wire", function()
    local server, connection

    setup(function()
        server = target.start()
        connection = core.pg.connect(server:database(), 10)
        connection:query "CREATE EXTENSION hstore SCHEMA public"
    end)
    teardown(function()
        connection:close()
        server:stop()
    end)

    it("carries hstore", function()
        local random = values.random(1)
        local codec = assert(core.codec { oid = 99999, name = "hstore" })
        for _ = 1, 1500 do
            local object, keys, pairs_of = {}, {}, {}
            for _ = 1, random(6) - 1 do
                local key = word(random)
                if object[key] == nil then
                    object[key] = random(4) == 1 and cjson.null or word(random)
                    table.insert(keys, key)
                end
            end
            for _, key in ipairs(keys) do
                table.insert(pairs_of, cjson.encode(key) .. ": " .. cjson.encode(object[key]))
            end
            local text = "{" .. table.concat(pairs_of, ", ") .. "}"
            local there = connection:query([[SELECT encode(public.hstore_send(h), 'hex') AS wire,
                public.hstore_to_json(h)::text AS json FROM (SELECT public.hstore(array_agg(key), array_agg(value)) AS h
                FROM json_each_text($1)) AS q]], { text })[1]
            if #keys == 0 then
                there = { wire = "00000000", json = "{}" }
            end
            assert.equal(there.wire, hex(codec:put(text)))
            local got, class = codec:get(unhex(there.wire))
            assert.equal("text", class)
            assert.same(cjson.decode(there.json), cjson.decode(got))
            assert.equal(there.wire, hex(codec:put(got)))
            assert.equal(got, codec:get(codec:put(got)))
        end
    end)

    local function ask(text)
        local ok, rows = pcall(connection.query, connection,
            "SELECT v::text AS text, encode(tsvectorsend(v), 'hex') AS wire FROM (SELECT $1::tsvector AS v) AS q",
            { text })
        return ok and rows[1] or nil, rows
    end

    it("carries tsvector as the server reads and prints it", function()
        local random = values.random(2)
        local codec = assert(core.codec { oid = 3614, name = "tsvector" })
        for _ = 1, 3000 do
            local parts = {}
            for _ = 1, random(6) - 1 do
                local text = "'" .. word(random, 1):gsub("['\\]", "%0%0") .. "'"
                local places = {}
                for _ = 1, random(4) - 1 do
                    table.insert(places, random(12) .. ({ "", "A", "b", "C", "d", "*" })[random(6)])
                end
                table.insert(parts, #places > 0 and text .. ":" .. table.concat(places, ",") or text)
            end
            local text = table.concat(parts, ({ " ", "  ", "\n" })[random(3)])
            local there = assert(ask(text))
            assert.equal(there.wire, hex(codec:put(text)))
            assert.same({ there.text, "text" }, { codec:get(unhex(there.wire)) })
            assert.equal(there.wire, hex(codec:put(there.text)))
        end
    end)

    it("refuses what the server refuses of a tsvector", function()
        local random = values.random(3)
        local codec = assert(core.codec { oid = 3614, name = "tsvector" })
        local pieces = { "a", "b", "'", "''", "\\", ":", ":1", ",2", "A", "d", "*", "3", " ", "é", "0", "&" }
        local taken, refused = 0, 0
        for _ = 1, 4000 do
            local text = ""
            for _ = 1, random(7) do
                text = text .. pieces[random(#pieces)]
            end
            local there = ask(text)
            local ok, wire = pcall(codec.put, codec, text)
            if ok then
                taken = taken + 1
                assert.truthy(there, text)
                assert.equal(there.wire, hex(wire), text)
            else
                refused = refused + 1
                -- Stricter than the server only in what follows a position.
                assert.truthy(there == nil or text:find ":[%dA-Da-d*,]*%d[A-Da-d*][%dA-Da-d*]"
                    or text:find ":[%d,]*%d%d%d%d%d", text)
            end
        end
        assert.truthy(taken > 500 and refused > 500)
    end)

    it("prints what the server makes of documents", function()
        local codec = assert(core.codec { oid = 3614, name = "tsvector" })
        local words = ("the quick brown fox jumps over the lazy dog's house at http://example.com/a?b=c "):rep(60)
        local there = connection:query([[SELECT v::text AS text, encode(tsvectorsend(v), 'hex') AS wire FROM (SELECT
            setweight(to_tsvector('english', $1), 'A') || setweight(to_tsvector('simple', $1), 'C') AS v) AS q]],
            { words })[1]
        assert.equal(there.text, codec:get(unhex(there.wire)))
        assert.equal(there.wire, hex(codec:put(there.text)))
    end)
end)
