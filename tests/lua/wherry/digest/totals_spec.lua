-- What tables hold: summed up by the server, or read, where it hashes otherwise.
local server = require "wherry.digest.server"
local Target = require "tests.support.target"
local totals = require "wherry.digest.totals"

describe("digest.totals", function()
    local target, session
    setup(function()
        target = Target.start()
        session = target:session { retry = 0 }
        session:query "CREATE TABLE public.t AS SELECT g AS id, 'row ' || g AS n FROM generate_series(1, 10) AS g"
    end)
    teardown(function() target:stop() end)

    local SQL = "pg_catalog.hash_record_extended(ROW(pg_catalog.record_send(ROW(%s))), 0)"
    local OF_T = { target_sql = "public.t", rows_sql = "ONLY public.t", table = "public.t", text = false, key = {},
        columns = { { name = "id", oid = 23, sql = "t.id" }, { name = "n", oid = 25, sql = "t.n" } },
        row_sql = SQL:format "t.id, t.n", key_sql = SQL:format "t.id, t.n" }

    local function nothing() end

    it("is the same both ways", function()
        local told = {}
        local summed, why = totals.of(session, { OF_T }, "comparing", function(report) told[#told + 1] = report end)
        assert.is_nil(why)
        assert.equal(10, summed["public.t"].rows)
        assert.same({ table = "public.t", phase = "comparing", index = 1, tables = 1, done = false }, told[1])
        local can_sum = server.can_sum
        server.can_sum = function() return false, "it is another server" end
        finally(function() server.can_sum = can_sum end)
        local read
        read, why = totals.of(session, { OF_T }, "comparing", nothing)
        assert.same(summed, read)
        assert.equal("it is another server", why)
    end)

    it("asks nothing for no table", function()
        assert.same({}, totals.of({}, {}, "comparing", nothing))
    end)
end)
