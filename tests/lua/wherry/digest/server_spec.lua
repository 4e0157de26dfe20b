-- What a live server makes of its rows, against what is hashed here.
local core = require "wherry.core"
local server = require "wherry.digest.server"
local Target = require "tests.support.target"

describe("digest.server", function()
    local target, session
    setup(function()
        target = Target.start()
        session = target:session { retry = 0 }
        session:query "CREATE TABLE public.t (id int, n text)"
        session:query "INSERT INTO public.t VALUES (1, 'a'), (2, NULL), (3, '')"
    end)
    teardown(function() target:stop() end)

    local function query(sql, parameters) return session:query(sql, parameters) end

    local function hash_sql(columns)
        return ("pg_catalog.hash_record_extended(ROW(pg_catalog.record_send(ROW(%s))), 0)"):format(columns)
    end
    local of_t = { target_sql = "public.t", rows_sql = "ONLY public.t", columns = { { name = "id", oid = 23 },
        { name = "n n", oid = 25 } }, text = false, row_sql = hash_sql "t.id, t.n", key_sql = hash_sql "t.id" }

    -- The same rows, hashed here.
    local function computed()
        local digest = core.digest.new()
        for id, text in ipairs { "a", false, "" } do
            local key = core.record_hash((">i4 I4i4i4"):pack(1, 23, 4, id))
            local row = core.record_hash((">i4 I4i4i4 I4"):pack(2, 23, 4, id, 25)
                .. (text and (">s4"):pack(text) or "\255\255\255\255"))
            digest:add_bucket(key & 1023, 1, ("%d"):format(row))
        end
        return digest
    end

    it("can sum, if it hashes as we do", function()
        assert.is_true((server.can_sum(query)))
        local can, why = server.can_sum(function() return { { n = "130011" } } end)
        assert.same({ false, "it is older than PostgreSQL 14" }, { can, why })
        can, why = server.can_sum(function(sql)
            local row = query(sql)[1]
            if row.h7 then
                row.h7 = row.h8
            end
            return { row }
        end)
        assert.same({ false, "its hashes are others than those that are computed here" }, { can, why })
    end)

    it("sums tables up as they are summed up here", function()
        local rows, sum = computed():total()
        assert.same({ rows = rows, sum = sum }, server.total(query, of_t))
        assert.same({ ["public.t"] = { rows = rows, sum = sum } }, server.totals(query, { of_t, { target_sql = "x",
            text = true, columns = {} } }))
        session:query "UPDATE public.t SET n = NULL WHERE id = 3"
        assert.not_equal(sum, server.total(query, of_t).sum)
        session:query "UPDATE public.t SET n = '' WHERE id = 3"
    end)

    it("gives the buckets, all or some", function()
        local expected = computed()
        assert.same({}, server.digest(query, of_t):compare(expected))
        local bucket = core.record_hash((">i4 I4i4i4"):pack(1, 23, 4, 2)) & 1023
        local one = server.digest(query, of_t, { bucket })
        assert.equal(1, (one:total()))
        assert.equal(2, #one:compare(expected))
        assert.equal(0, (server.digest(query, of_t, {}):total()))
    end)

    it("gives zero for no rows", function()
        session:query "CREATE TABLE public.none (id int, n text)"
        assert.same({ rows = 0, sum = "0" }, server.total(query, { rows_sql = "ONLY public.none", columns = {},
            row_sql = of_t.row_sql }))
    end)

    it("says which columns it has summed up", function()
        assert.equal('id 23, "n n" 25', server.columns(of_t))
    end)

    it("is told how to go about it within a transaction", function()
        assert.equal("0", session:read_at_once(function(connection)
            server.prepare(function(sql) return connection:query(sql) end)
            return connection:query("SHOW parallel_setup_cost")[1].parallel_setup_cost
        end))
        assert.equal("1000", session:query("SHOW parallel_setup_cost")[1].parallel_setup_cost)
    end)
end)
