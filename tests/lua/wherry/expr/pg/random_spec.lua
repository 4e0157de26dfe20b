-- Random values, zero blobs, and functions about SQLite itself.
local parse = require "wherry.expr.parse"
local pg = require "wherry.expr.pg"
local scope = require "wherry.expr.pg.scope"

local function value(text, use)
    return pg.value(assert(parse.expression(text)), { scope = scope.none(), use = use or "default", schema = "app" })
end

describe("random values", function()
    it("are volatile and exact in kind", function()
        local printed = value "random()"
        assert.same({ "app.sqlite_random()", "integer", "exact", "volatile" },
            { printed.sql, printed.kind, printed.outcome, printed.volatility })
    end)

    it("take their bytes from as many UUIDs as they need", function()
        assert.equal("substr(sha256(uuid_send(gen_random_uuid())), 1, 8)", value("randomblob(8)").sql)
        assert.equal("substr(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())), 1, 16)",
            value("randomblob(16)").sql)
        assert.equal("app.sqlite_randomblob(64)", value("randomblob(64)").sql)
        assert.equal("substr(sha256(uuid_send(gen_random_uuid())), 1, 1)", value("randomblob(-5)").sql)
    end)

    it("are refused where the result must always be the same", function()
        for _, use in ipairs { "check", "generated", "index" } do
            local printed, reason = value("randomblob(4)", use)
            assert.is_nil(printed)
            assert.matches("must always give the same result", reason)
        end
    end)
end)

describe("zero blobs", function()
    it("are literals while they are short", function()
        assert.equal("'\\x0000'::bytea", value("zeroblob(2)").sql)
        assert.equal("decode(repeat('00', 1000), 'hex')", value("zeroblob(1000)").sql)
    end)
end)

describe("functions about SQLite", function()
    it("are refused by name", function()
        for _, call in ipairs { "last_insert_rowid()", "changes()", "total_changes()", "sqlite_version()" } do
            local printed, reason = value(call)
            assert.is_nil(printed)
            assert.equal(call, reason:match "^[%l_]+%(%)")
        end
    end)
end)
