-- Digests in the journal: of what a run has sent, and of whole tables.
local core = require "wherry.core"
local journal_of = require "wherry.journal"
local sums = require "wherry.digest.sums"
local Target = require "tests.support.target"

local function hex(bytes)
    return (bytes:gsub(".", function(c) return ("%02x"):format(c:byte()) end))
end

describe("digest.sums", function()
    local target, session, journal, run
    setup(function()
        target = Target.start()
        session = target:session { retry = 0 }
        journal = journal_of.open(session, "wherry")
        session:query [[CREATE TABLE public."a b" (id int)]]
        run = Target.begin(journal, Target.resolved { { source = "t" } })
    end)
    teardown(function() target:stop() end)

    it("adds up what all slices of the run have sent", function()
        assert.same({}, sums.sent(journal, run))
        for i = 1, 300 do
            local digest = core.digest.new():add_bucket(i % 7, 2, tostring(i))
            session:query([[WITH s AS (INSERT INTO wherry.slice (run, source, source_table, state)
                VALUES ($1, 'main', 't', 'done') RETURNING id)
                INSERT INTO wherry.slice_digest (slice, target, digest) SELECT id, t, decode($2, 'hex')
                FROM s, unnest(ARRAY['public.t', 'public."a b"']) AS t]], { run, hex(digest:pack()) })
        end
        local found = sums.sent(journal, run)
        for _, name in ipairs { "public.t", 'public."a b"' } do
            assert.same({ 600, tostring(300 * 301 // 2) }, { found[name]:total() })
        end
        assert.same({}, sums.sent(journal, run + 1))
    end)

    it("keeps what tables hold, and gives it back", function()
        local function keep(moment, rows, sum)
            journal:step(run, { sums.keep(journal, run, moment, { { target = 'public."a b"', rows = rows, sum = sum,
                columns = '"x ""y" 25' } }) })
        end
        keep("before", 0, "0")
        keep("loaded", 3, "1")
        keep("loaded", 4, "18446744073709551615")
        assert.same({ ['public."a b"'] = { before = { rows = 0, sum = "0", columns = '"x ""y" 25' },
            loaded = { rows = 4, sum = "18446744073709551615", columns = '"x ""y" 25' } } }, sums.moments(journal, run))
    end)
end)
