-- The transaction in which a schema is read.
local reading = require "wherry.back.reading"
local Target = require "tests.support.target"

describe("back.reading", function()
    local target, session, other
    setup(function() target = Target.start() end)
    teardown(function() target:stop() end)
    before_each(function()
        local conninfo = target:database()
        session, other = target:session { conninfo = conninfo, retry = 0 }, target:session { conninfo = conninfo }
        for _, sql in ipairs { "CREATE TABLE public.t (x float8)", "INSERT INTO public.t VALUES (1), ('NaN')",
            'CREATE TABLE public."Odd ""name" (y int)', "CREATE VIEW public.v AS SELECT 1 AS one" } do
            other:query(sql)
        end
    end)

    it("shares what it sees with other connections, as it was", function()
        local id, seen = reading.begin(session, "public")
        assert.matches("^transactions %d+:%d+:", seen)
        other:query "DELETE FROM public.t"
        other:query "BEGIN ISOLATION LEVEL REPEATABLE READ"
        other:query(("SET TRANSACTION SNAPSHOT '%s'"):format(id))
        assert.equal("2", other:query("SELECT count(*) AS n FROM public.t")[1].n)
        other:query "COMMIT"
        assert.equal("0", other:query("SELECT count(*) AS n FROM public.t")[1].n)
    end)

    it("writes nothing, and keeps its tables from being emptied or changed", function()
        reading.begin(session, "public")
        other.retry = 0
        other:query "SET lock_timeout = '50ms'"
        for _, sql in ipairs { "TRUNCATE public.t", 'ALTER TABLE public."Odd ""name" ADD z int' } do
            assert.equal("55P03", Target.fault(other.query, other, sql).sqlstate)
        end
        assert.equal("25006", Target.fault(session.query, session, "INSERT INTO public.t VALUES (5)").sqlstate)
    end)

    it("begins in a schema without tables", function()
        assert.is_truthy(reading.begin(session, "nowhere"))
    end)

    it("counts rows, and what is odd about them", function()
        local counts, receipts = reading.count(session, { tables = {
            { source = "t", odd = { { name = "x", note = "NaN" } }, count_sql = [[SELECT count(*) AS n,
                count(*) FILTER (WHERE x = 'NaN') AS c1 FROM public.t]] } } })
        assert.same({ 2 }, counts)
        assert.equal("1 value: NaN", receipts[1].note)
    end)
end)
