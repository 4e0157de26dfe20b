-- The target as a step of the plan sees it: a handle within a transaction that is not its own.
local core = require "wherry.core"
local step_handle = require "wherry.library.step_handle"
local fault_of = require "tests.support.refusal"
local Target = require "tests.support.target"

describe("the handle of a step", function()
    local target, connection, dst
    setup(function() target = Target.start() end)
    teardown(function() target:stop() end)
    before_each(function()
        connection = core.pg.connect(target:database(), 10)
        connection:query "CREATE TABLE public.t (n int)"
        assert(connection:step_begin("SELECT 1", {}))
        dst = step_handle.open(connection, "before_load")
    end)
    after_each(function() connection:close() end)

    it("does what handles do, within the transaction", function()
        assert.equal(2, dst:exec("INSERT INTO t SELECT generate_series(1, $1::int)", 2))
        assert.equal(3, dst:value "SELECT sum(n)::int FROM t")
        local out <close> = dst:writer("t", { "n" })
        out:write(5)
        out:commit()
        for row in dst:rows "SELECT count(*)::int AS n FROM t" do
            assert.equal(3, row.n)
        end
        assert.is_nil(step_handle.finish(dst))
        assert.is_true(connection:in_transaction())
        connection:step_abort()
        assert.equal("0", connection:query "SELECT count(*) AS n FROM public.t"[1].n)
    end)

    it("neither begins nor ends one", function()
        for _, call in ipairs { "transaction", "close", "begin", "commit" } do
            local fault = fault_of(dst[call], dst, function() end)
            assert.equal("usage", fault.kind)
            assert.matches("^before_load: .*one transaction", fault.message)
        end
        for _, sql in ipairs { "COMMIT", " /* */ rollback", "END" } do
            assert.matches("one transaction", fault_of(dst.exec, dst, sql).message)
            assert.matches("one transaction", fault_of(dst.value, dst, sql).message)
        end
        dst:exec "SAVEPOINT a"
        dst:exec "ROLLBACK TO a"
    end)

    it("is over with the step, and tells what was left under way", function()
        local next_row = dst:rows "SELECT generate_series(1, 9)"
        next_row()
        assert.matches("^rows of: SELECT generate_series", step_handle.finish(dst))
        assert.matches("^before_load is over", fault_of(dst.exec, dst, "SELECT 1").message)
        assert.matches("^before_load is over", fault_of(dst.writer, dst, "t", { "n" }).message)
        connection:step_end {}
    end)
end)
