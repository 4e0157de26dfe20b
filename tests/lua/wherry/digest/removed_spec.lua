-- Rows that go from a target: what its sums lose.
local core = require "wherry.core"
local expectation = require "wherry.digest.expectation"
local journal_of = require "wherry.journal"
local removed = require "wherry.digest.removed"
local server = require "wherry.digest.server"
local spec = require "wherry.digest.spec"
local catalog = require "wherry.digest.catalog"
local sums = require "wherry.digest.sums"
local Target = require "tests.support.target"

local function bytes(hex)
    return (hex:gsub("%x%x", function(digits) return string.char(tonumber(digits, 16)) end))
end

describe("digest.removed", function()
    local target, session, journal, run, resolved, of_t
    setup(function()
        target = Target.start()
        session = target:session { retry = 0 }
        journal = journal_of.open(session, "wherry")
        session:query "CREATE TABLE public.t (id int PRIMARY KEY, n text)"
        session:query "INSERT INTO public.t VALUES (1, 'a'), (2, 'b'), (3, NULL)"
        resolved = Target.resolved { { source = "t" } }
        local tbl = resolved.tables[1]
        tbl.columns, tbl.binary, tbl.row_keys = { { target = "id" }, { target = "n" } }, true, { { "id" } }
        run = Target.begin(journal, resolved)
        of_t = spec.of(resolved, catalog.of(function(...) return session:query(...) end))[1]
    end)
    teardown(function() target:stop() end)

    local function digest_of(where)
        local rows = session:query([[SELECT json_agg(json_build_object('oid', tableoid, 'tid', ctid,
            'x', xmin::text))::text AS j FROM public.t WHERE ]] .. where)[1].j
        return removed.digest(journal, run, resolved, "public.t", rows)
    end

    it("is nothing where the run has not summed the table up, or otherwise", function()
        assert.is_nil(digest_of "id = 1")
        journal:step(run, { sums.keep(journal, run, "before", { { target = "public.t", rows = 0, sum = "0",
            columns = "id 23" } }) })
        assert.is_nil(digest_of "id = 1")
    end)

    it("is what the rows had added", function()
        journal:step(run, { sums.keep(journal, run, "before", { { target = "public.t", rows = 0, sum = "0",
            columns = server.columns(of_t) } }) })
        local function query(...) return session:query(...) end
        local all, gone = server.digest(query, of_t), core.digest.unpack(bytes(digest_of "id > 1"))
        assert.equal(-2, (gone:total()))
        session:query "DELETE FROM public.t WHERE id > 1"
        assert.same({}, all:add(gone):compare(server.digest(query, of_t)))
        assert.equal(1, expectation.total(all).rows)
    end)
end)
