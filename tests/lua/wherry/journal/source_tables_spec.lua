-- What is to be read of each table, as the journal keeps it.
local journal_of = require "wherry.journal"
local source_tables = require "wherry.journal.source_tables"
local Target = require "tests.support.target"

describe("source_tables.write", function()
    local target, session, journal
    setup(function() target = Target.start() end)
    teardown(function() target:stop() end)
    before_each(function()
        session = target:session()
        journal = journal_of.open(session, "wherry")
    end)

    local function rows()
        local list = {}
        for i, row in ipairs(session:query [[SELECT source, source_table, target, total, excluded
            FROM wherry.source_table ORDER BY source_table]]) do
            list[i] = table.concat({ row.source, row.source_table, row.target, row.total, row.excluded }, " ")
        end
        return list
    end

    local function begun(tables)
        local resolved = Target.resolved(tables)
        return Target.begin(journal, resolved), resolved
    end

    it("keeps what is there and what is left out, in bytes as the slices have them", function()
        local run, resolved = begun { { source = "a\xff", target_sql = "public.a" }, { source = "b" } }
        source_tables.write(journal, run, resolved, { ["a\xff"] = { total = 9007199254740993, excluded = 0 },
            b = { total = 5, excluded = 2 } })
        assert.same({ "main a\\xff public.a 9007199254740993 0", "main b public.b 5 2" }, rows())
        assert.equal("2", session:query([[SELECT count(*) AS n FROM wherry.source_table t
            JOIN wherry.slice s USING (run, source, source_table)]])[1].n)
    end)

    it("takes the newer count, and changes nothing where it is the same", function()
        local run, resolved = begun { { source = "a" }, { source = "b" } }
        local counts = { a = { total = 1, excluded = 0 }, b = { total = 2, excluded = 0 } }
        source_tables.write(journal, run, resolved, counts)
        local function versions()
            return session:query "SELECT xmin::text, source_table FROM wherry.source_table ORDER BY source_table"
        end
        local before = versions()
        source_tables.write(journal, run, resolved, counts)
        assert.same(before, versions())
        counts.b.total = 3
        source_tables.write(journal, run, resolved, counts)
        assert.same({ "main a public.a 1 0", "main b public.b 3 0" }, rows())
        assert.equal(before[1].xmin, versions()[1].xmin)
    end)

    it("is read again as it was written, unless a table is not there", function()
        local run, resolved = begun { { source = "a" }, { source = "b" } }
        assert.is_nil(source_tables.read(journal, run, resolved))
        local counts = { a = { total = 9007199254740993, excluded = 0 }, b = { total = 2, excluded = 1 } }
        source_tables.write(journal, run, resolved, counts)
        assert.same(counts, source_tables.read(journal, run, resolved))
        session:query "DELETE FROM wherry.source_table WHERE source_table = 'b'"
        assert.is_nil(source_tables.read(journal, run, resolved))
    end)

    it("is no step of a run that is not under way, nor of one without tables", function()
        local run, resolved = begun { { source = "a" } }
        session:query "UPDATE wherry.run SET state = 'stopped'"
        source_tables.write(journal, run, resolved, { a = { total = 1, excluded = 0 } })
        assert.same({}, rows())
        local empty, nothing = begun {}
        source_tables.write(journal, empty, nothing, {})
        assert.same({}, rows())
    end)
end)
