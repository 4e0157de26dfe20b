-- Rows in a run's tables that are not its own.
local foreign_rows = require "wherry.engine.foreign_rows"
local journal_of = require "wherry.journal"
local restart = require "wherry.engine.restart"
local Target = require "tests.support.target"

describe("foreign_rows", function()
    local target
    setup(function() target = Target.start() end)
    teardown(function() target:stop() end)

    -- A table with one row that was there, and two that a step of the run loaded.
    local function loaded(read)
        local session = target:session { retry = 0 }
        local journal = journal_of.open(session, "wherry")
        session:query [[CREATE TABLE public.t ("Id" int, "na'me" text)]]
        session:query "INSERT INTO public.t VALUES (-1, 'old')"
        local resolved = Target.resolved { { source = "t" } }
        local run = journal:find("/x/app.db", Target.begin(journal, resolved))
        session:step("SELECT 1", {}, { { "INSERT INTO public.t VALUES (1, 'a'), (2, 'b')" },
            { "UPDATE wherry.slice SET state = 'done', xid = txid_current()" } })
        local tbl = resolved.tables[1]
        tbl.read, tbl.columns = read, { { source = "id", target = "Id" }, { source = "n", target = "na'me" } }
        return session, function() return foreign_rows.of(journal, run, tbl, restart.own_rows(journal, run.id)) end
    end

    it("are those that were there, were added and were changed; the last two are listed", function()
        local session, of = loaded { table = "t", key_names = { "id" } }
        local entry = of()
        assert.same({ "public.t", "1", "0", {} }, { entry.name, entry.count, entry.changed, entry.keys })
        assert.equal("", foreign_rows.listed(entry))
        session:query "UPDATE public.t SET \"na'me\" = 'mine' WHERE \"Id\" = 2"
        session:query "INSERT INTO public.t SELECT g, 'new' FROM generate_series(5, 9) AS g"
        entry = of()
        assert.same({ "7", "6", { "Id = 2", "Id = 5", "Id = 6", "Id = 7", "Id = 8" } },
            { entry.count, entry.changed, entry.keys })
        assert.equal("; added or changed since it began: 6 (Id = 2; Id = 5; Id = 6; Id = 7; Id = 8; ...)",
            foreign_rows.listed(entry))
    end)

    it("are none where all rows are the run's", function()
        local session, of = loaded { table = "t", key_names = { "id" } }
        session:query "DELETE FROM public.t WHERE \"Id\" = -1"
        assert.is_nil(of())
    end)

    it("are named by the primary key where the table is read by its rowid, and else shown as they are", function()
        local session, of = loaded { table = "t", key_names = { "rowid" }, label_names = { "n", "id", "rowid" } }
        session:query "INSERT INTO public.t VALUES (7, 'new')"
        assert.same({ "na'me = new, Id = 7" }, of().keys)
        session, of = loaded { table = "t", key_names = { "rowid" } }
        session:query "INSERT INTO public.t VALUES (7, 'new')"
        assert.same({ "(7,new)" }, of().keys)
    end)
end)
