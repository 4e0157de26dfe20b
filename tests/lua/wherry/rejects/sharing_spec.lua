-- Tables of the target that several tables of a run fill.
local journal_of = require "wherry.journal"
local sharing = require "wherry.rejects.sharing"
local Target = require "tests.support.target"

describe("sharing", function()
    local target
    setup(function() target = Target.start() end)
    teardown(function() target:stop() end)

    it("knows the tables that fill one, and the rows that came from each of them", function()
        local session = target:session()
        local journal = journal_of.open(session, "wherry")
        session:query "CREATE TABLE public.t (id int)"
        local resolved = Target.resolved { { source = "b", target_sql = "public.t" },
            { source = "alone", target_sql = "public.u" }, { source = "a'", target_sql = "public.t" } }
        local run = Target.begin(journal, resolved)
        local function load(source, id)
            session:query(("INSERT INTO public.t VALUES (%d)"):format(id))
            session:query([[INSERT INTO wherry.slice (run, source, source_table, state, xid)
                SELECT $1, 'main', $2, 'done', xmin::text::bigint FROM public.t WHERE id = $3]], { run, source, id })
        end
        load("b", 1)
        load("a'", 2)
        session:query "INSERT INTO public.t VALUES (3)"
        local work = { journal = journal, run = run, resolved = resolved }
        local first, alone, second = table.unpack(resolved.tables)
        assert.same({ first, second }, sharing.tables(resolved, "public.t"))
        local function ids(condition)
            return session:query("SELECT string_agg(id::text, ',' ORDER BY id) AS ids FROM public.t WHERE true"
                .. condition:gsub("%f[%w]t%.", ""))[1].ids
        end
        assert.equal("1", ids(sharing.among(work, first)))
        assert.equal("2", ids(sharing.among(work, second)))
        assert.equal("", sharing.among(work, alone))
        assert.equal("1,2", ids(" AND " .. sharing.own_rows(work, alone)))
    end)
end)
