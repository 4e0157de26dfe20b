-- Checks of tables: which one is meant, and its number of rows.
local support = require "tests.support.verify"

describe("tables", function()
    local ends
    setup(function() ends = support.start() end)
    teardown(function() ends:stop() end)

    local loaded = support.table

    local function line(tables, counts, kind, ...)
        return ends:line({ tables = tables, target_schema = "public" }, counts, kind, ...)
    end

    describe("counts", function()
        local T = { loaded("old", "new", { id = "id" }), loaded("other", "other", { id = "id" }) }

        before_each(function()
            ends:open([[CREATE TABLE old(id INTEGER PRIMARY KEY); CREATE TABLE other(id INTEGER PRIMARY KEY);
                INSERT INTO old VALUES (1), (2), (3)]],
                "CREATE TABLE new(id int); CREATE TABLE other(id int); INSERT INTO new VALUES (1), (2), (3)")
        end)

        it("pass when both sides have as many rows", function()
            local one = line(T, nil, "counts")
            assert.is_true(one.passed, one.detail)
            assert.same({ "counts", "2 tables, 3 rows" }, { one.name, one.detail })
        end)

        it("take a table by its name in the source, or in the target", function()
            for _, name in ipairs { "old", "new", "public.new" } do
                local one = line(T, nil, "counts", name)
                assert.same({ true, "counts of " .. name, "1 table, 3 rows" }, { one.passed, one.name, one.detail })
            end
            local one = line(T, nil, "counts", "nwe")
            assert.matches('neither the plan nor the target has a table "nwe"', one.detail)
            assert.equal('did you mean "new"?', one.hint)
            assert.is_false(line(T, nil, "counts", 5).passed)
        end)

        it("fail with both numbers", function()
            local more = { loaded("old", "new", { id = "id" }, { before = "2" }) }
            assert.equal("public.new holds 3 rows, and 5 are expected (2 rows before the run; old: 3 rows in the "
                .. "source)", line(more, nil, "counts").detail)
            ends:open("CREATE TABLE old(id); CREATE TABLE other(id); INSERT INTO other VALUES (1)",
                "CREATE TABLE new(id int); CREATE TABLE other(id int); INSERT INTO new VALUES (1)")
            local one = line(T, nil, "counts")
            assert.same({ "2 of 2 tables differ", 2 }, { one.detail, #one.differences })
        end)

        it("leave out what the plan leaves out, and count what it adds", function()
            local tbl = loaded("old", "new", { id = "id" }, { excluded_sql = "SELECT count(*) FROM old WHERE id = 3" })
            local counts = { old = { filtered = 1, rejected = 1, merged = 0, updated = 1, skipped = 1,
                hooked = 0, emitted_into = { ["public.x"] = { emitted = 9, skipped = 0 } } },
                other = { emitted_into = { ["public.new"] = { emitted = 6, skipped = 1 } } } }
            assert.is_true(line({ tbl }, counts, "counts").passed)
            counts.old.hooked = -1
            assert.equal("public.new holds 3 rows, and 2 are expected (old: 3 rows in the source, 1 excluded, 1 "
                .. "filtered, 1 rejected, 1 updated others, 1 skipped; 5 emitted by row; -1 by before_load "
                .. "and after_load)", line({ tbl }, counts, "counts").detail)
        end)

        it("add up the tables that go into one", function()
            local both = { T[1], loaded("other", "new", { id = "id" }) }
            assert.is_true(line(both, nil, "counts", "new").passed)
            assert.equal("1 table, 3 rows", line(both, nil, "counts").detail)
            local counts = { old = { filtered = 0, rejected = 0, merged = 0, updated = 0, skipped = 2,
                hooked = 2 } }
            counts.other = { filtered = 0, rejected = 0, merged = 0, updated = 0, skipped = 0, hooked = 2 }
            assert.is_true(line(both, counts, "counts").passed)
        end)

        it("know tables that get emitted rows alone", function()
            local resolved = { target_schema = "public", tables = { T[1] }, emitted = { { source = "other",
                target = { schema = "public", name = "other" }, target_sql = "public.other", before = "0",
                sequences = {}, columns = {}, read = { table = "other" } } } }
            assert.equal("2 tables, 3 rows", ends:line(resolved, nil, "counts").detail)
            assert.equal("1 table, 0 rows", ends:line(resolved, nil, "counts", "other").detail)
            local counts = { old = { filtered = 0, rejected = 0, updated = 0, skipped = 0,
                emitted_into = { ["public.other"] = { emitted = 2, skipped = 0 } } } }
            assert.equal("public.other holds 0 rows, and 2 are expected (2 emitted by row)",
                ends:line(resolved, counts, "counts").detail)
        end)

        it("refuse a table that the plan does not load", function()
            assert.matches("the plan does not load public.other", line({ T[1] }, nil, "counts", "other").detail)
        end)
    end)
end)
