-- Rows of a statement some at a time, from both databases.
local core = require "wherry.core"
local target = require "tests.support.target"
local w = require "wherry"
local fault_of = require "tests.support.refusal"

local numbers = {
    sqlite = "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < ?) SELECT i, NULL AS n FROM c",
    pg = "SELECT i, NULL AS n FROM generate_series(1, $1::integer) i",
}
local huge = { sqlite = "SELECT zeroblob(9000000) AS b UNION ALL SELECT zeroblob(9000001) UNION ALL SELECT x''",
    pg = "SELECT repeat('x', 9000000 + i)::bytea AS b FROM generate_series(0, 1) i UNION ALL SELECT ''::bytea" }
local late = { sqlite = "SELECT 1 AS i UNION ALL SELECT json('{')",
    pg = "SELECT 10 / (3 - i) AS i FROM generate_series(1, 9) i" }

describe("batches of", function()
    local place, server, handles

    setup(function()
        place = core.sys.temp "wherry-test-"
        server = target.start()
    end)
    teardown(function()
        server:stop()
        core.sys.remove_tree(place)
    end)
    before_each(function()
        handles = { sqlite = w.sqlite(place .. "/a.db"):open { create = true },
            pg = w.pg(server.server.conninfo):open() }
    end)
    after_each(function()
        handles.sqlite:close()
        handles.pg:close()
    end)

    for _, kind in ipairs { "sqlite", "pg" } do
        local function sizes(options, count)
            local found, sum = {}, 0
            for batch in handles[kind]:batches(numbers[kind], options, count) do
                found[#found + 1] = #batch
                for row in batch:rows() do
                    sum = sum + row.i
                    assert.is_nil(row.n)
                end
                assert.equal(batch[1].i, batch:rows()().i)
            end
            assert.equal(count * (count + 1) // 2, sum)
            return found
        end

        it(kind .. " hold as many rows as asked for, the last one the rest", function()
            assert.same({ 4, 4, 2 }, sizes({ size = 4 }, 10))
            assert.same({ 5, 5 }, sizes({ size = 5 }, 10))
            assert.same({ 1, 1, 1 }, sizes({ size = 1 }, 3))
            assert.same({ 1000, 1000, 1 }, sizes(nil, 2001))
            assert.equal(7, handles[kind]:value "SELECT 7")
        end)

        it(kind .. " are none where there are no rows", function()
            for _ in handles[kind]:batches "SELECT 1 AS i WHERE 1 = 0" do
                error "a batch without rows"
            end
        end)

        it(kind .. " are closed by their bytes", function()
            local found = {}
            for batch in handles[kind]:batches(huge[kind], { size = 100 }) do
                found[#found + 1] = #batch
            end
            assert.same({ 2, 1 }, found)
        end)

        it(kind .. " keep their rows, and end with the loop", function()
            local kept
            pcall(function()
                for batch in handles[kind]:batches(numbers[kind], { size = 3 }, 100000) do
                    kept = batch
                    error "left"
                end
            end)
            assert.equal(7, handles[kind]:value "SELECT 7")
            assert.same({ 1, 2, 3 }, { kept[1].i, kept[2].i, kept[3].i })
            assert.truthy(fault_of(function() return kept[1].j end).message:find('"j"', 1, true))
        end)

        it(kind .. " raise what goes wrong late, and the handle goes on", function()
            local fault = fault_of(function()
                for _ in handles[kind]:batches(late[kind], { size = 2 }) do
                    assert.truthy(handles[kind])
                end
            end)
            assert.truthy(fault.kind)
            assert.equal(7, handles[kind]:value "SELECT 7")
        end)

        it(kind .. " refuse options that are none, and a closed handle", function()
            local handle = handles[kind]
            for _, options in ipairs { { size = 0 }, { size = 1.5 }, { size = "7" }, { sise = 1 }, { 5 } } do
                assert.equal("usage", fault_of(handle.batches, handle, "SELECT 1 AS i", options).kind)
            end
            assert.truthy(fault_of(handle.batches, handle, numbers[kind], 5).message:find("table of options", 1, true))
            local next_batch = handle:batches(numbers[kind], { size = 2 }, 9)
            next_batch()
            handle:close()
            assert.equal("the handle is closed", fault_of(next_batch).message)
        end)
    end
end)
