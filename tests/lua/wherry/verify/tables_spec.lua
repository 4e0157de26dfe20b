-- Checks of tables: which one is meant, its number of rows, NULLs, JSON.
local support = require "tests.support.verify"

describe("tables", function()
    local ends
    setup(function() ends = support.start() end)
    teardown(function() ends:stop() end)

    -- A table of a resolved plan.
    local function loaded(source, target, columns, more)
        local list = {}
        for name, from in pairs(columns) do
            list[#list + 1] = { target = name, source = from }
        end
        local tbl = { source = source, target = { schema = "public", name = target }, target_sql = "public." .. target,
            count_sql = ('SELECT count(*) AS n FROM "%s"'):format(source), columns = list, sequences = {},
            read = { table = source, key_names = { "id" } } }
        for key, value in pairs(more or {}) do
            tbl[key] = value
        end
        return tbl
    end

    local function line(tables, counts, kind, ...)
        local arguments = table.pack(...)
        return ends:one(function(check) check[kind](table.unpack(arguments, 1, arguments.n)) end,
            { resolved = { tables = tables, target_schema = "public" }, counts = counts })
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
            local counts = { old = { filtered = 1, rejected = 1, merged = 0, emitted = 5, updated = 1, skipped = 1,
                hooked = 0 } }
            assert.is_true(line({ tbl }, counts, "counts").passed)
            counts.old.hooked = -1
            assert.equal("public.new holds 3 rows, and 2 are expected (old: 3 rows in the source, 1 excluded, 1 "
                .. "filtered, 1 rejected, 1 updated others, 1 skipped, 5 emitted by other tables; -1 by before_load "
                .. "and after_load)", line({ tbl }, counts, "counts").detail)
        end)

        it("add up the tables that go into one", function()
            local both = { T[1], loaded("other", "new", { id = "id" }) }
            assert.is_true(line(both, nil, "counts", "new").passed)
            assert.equal("1 table, 3 rows", line(both, nil, "counts").detail)
            local counts = { old = { filtered = 0, rejected = 0, merged = 0, emitted = 0, updated = 0, skipped = 2,
                hooked = 2 } }
            counts.other = { filtered = 0, rejected = 0, merged = 0, emitted = 0, updated = 0, skipped = 0, hooked = 2 }
            assert.is_true(line(both, counts, "counts").passed)
        end)

        it("refuse a table that the plan does not load", function()
            assert.matches("the plan does not load public.other", line({ T[1] }, nil, "counts", "other").detail)
        end)
    end)

    describe("not_null", function()
        local T = { loaded("t", "t", { id = "id", v = "v" }) }

        it("passes without NULL, and names rows with one", function()
            ends:open("CREATE TABLE t(x)", [[CREATE TABLE t(id int, v text, "W" int);
                INSERT INTO t VALUES (1, 'a', 1), (2, NULL, 1), (3, NULL, NULL)]])
            assert.is_true(line(T, nil, "not_null", "t", "id").passed)
            local one = line(T, nil, "not_null", "t", "v")
            assert.same({ "not null: t.v", false }, { one.name, one.passed })
            assert.equal("2 rows of public.t with NULL in v (id = 2; id = 3)", one.detail)
            assert.equal("1 row of public.t with NULL in W (id = 3)", line(T, nil, "not_null", "t", "W").detail)
        end)

        it("takes tables that the plan does not load, and refuses columns that are not there", function()
            ends:open("CREATE TABLE t(x)", "CREATE TABLE t(id int, v text); CREATE TABLE u(id int); CREATE VIEW w AS "
                .. "SELECT id FROM u; INSERT INTO u VALUES (NULL)")
            assert.matches("^1 row of public.u with NULL in id %(%(0,1%)%)$",
                line(T, nil, "not_null", "u", "id").detail)
            assert.is_false(line(T, nil, "not_null", "public.u", "id").passed)
            local one = line(T, nil, "not_null", "t", "V")
            assert.matches('public.t has no column "V"', one.detail)
            assert.equal('did you mean "v"?', one.hint)
            assert.is_false(line(T, nil, "not_null", "t").passed)
            assert.is_false(line(T, nil, "not_null", "pg_catalog.nothing", "id").passed)
        end)
    end)

    describe("json", function()
        local T = { loaded("t", "t", { id = "id", j = "doc" }) }

        local function documents(source, target, type_name)
            ends:open("CREATE TABLE t(id INTEGER PRIMARY KEY, doc); INSERT INTO t(doc) VALUES " .. source,
                ("CREATE TABLE t(id int GENERATED ALWAYS AS IDENTITY, j %s); INSERT INTO t(j) VALUES "):format(
                    type_name or "jsonb") .. target)
            return line(T, nil, "json", "t", "j")
        end

        it("passes for documents", function()
            local one = documents([[('{"a":1}'), (NULL), ('"x"')]], [[('{"a":1}'), (NULL), ('"x"')]])
            assert.same({ true, "json: t.j", "2 documents" }, { one.passed, one.name, one.detail })
        end)

        it("fails where NULL has become JSON's null", function()
            local one = documents("(NULL), ('null')", "('null'), ('null')")
            assert.is_false(one.passed)
            assert.equal("2 rows with a JSON null in j, where the source has 1 (id = 1; id = 2)", one.detail)
            assert.is_true(documents("(NULL), (' null')", "(NULL), ('null')").passed)
        end)

        it("fails where something is encoded twice", function()
            local one = documents([[('{"a":1}')]], [[('"{\"a\":1}"')]])
            assert.equal("1 row with JSON that is encoded twice in j, where the source has 0 (id = 1)", one.detail)
            assert.is_true(documents([[('"{\"a\":1}"')]], [[('"{\"a\":1}"')]]).passed)
            assert.is_false(documents([[('"a"')]], [[('"\"a\""')]]).passed)
            assert.is_true(documents([[('"[x"')]], [[('"[x"')]]).passed)
        end)

        it("fails where a text is no JSON", function()
            local one = documents("('{}')", "('{}'), ('{'), ('x')", "text")
            assert.is_false(one.passed)
            assert.matches('^2 of 3 values are no JSON; the first is "{" %(text%): a', one.detail)
            assert.is_true(documents("('{}')", "('{}'), (NULL)", "text").passed)
            assert.is_false(documents("(NULL)", "('null')", "text").passed)
        end)

        it("does not look for a source of what is computed", function()
            ends:open("CREATE TABLE t(id)", "CREATE TABLE t(id int, j jsonb); INSERT INTO t VALUES (1, '{}')")
            local computed = { loaded("t", "t", { id = "id" }) }
            computed[1].columns[2] = { target = "j", source = "a document of x", fold = {} }
            assert.is_true(line(computed, nil, "json", "t", "j").passed)
        end)
    end)
end)
