-- Checks of columns: NULLs, JSON.
local support = require "tests.support.verify"

describe("columns", function()
    local ends
    setup(function() ends = support.start() end)
    teardown(function() ends:stop() end)

    local loaded = support.table

    local function line(tables, counts, kind, ...)
        return ends:line({ tables = tables, target_schema = "public" }, counts, kind, ...)
    end

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

        it("takes all columns of documents without a table", function()
            local function checked(value)
                ends:open("CREATE TABLE t(id INTEGER PRIMARY KEY, doc)", ([[
                    CREATE TABLE t(id int, j jsonb, v text, k json);
                    INSERT INTO t VALUES (1, %s, '{', %s), (2, %s, '{', %s)]]):format(value, value, value, value))
                return line(T, nil, "json")
            end
            local one = checked "'[1]'"
            assert.same({ true, "json", "2 columns" }, { one.passed, one.name, one.detail })
            one = checked "'null'"
            assert.is_false(one.passed)
            assert.matches("^public.t: 2 rows with a JSON null in j", one.detail)
            assert.matches("^public.t: 2 rows with a JSON null in k", one.differences[1])
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

        it("looks into json as into jsonb", function()
            assert.is_false(documents("(NULL)", "('null')", "json").passed)
            assert.is_false(documents([[('{"a":1}')]], [[('"{\"a\":1}"')]], "json").passed)
            assert.equal("2 documents", documents("('[]')", [[('{"a": "\u0000"}'), ('[]'), (NULL)]], "json").detail)
        end)

        it("does not look for a source of what is computed", function()
            ends:open("CREATE TABLE t(id)", "CREATE TABLE t(id int, j jsonb); INSERT INTO t VALUES (1, '{}')")
            local computed = { loaded("t", "t", { id = "id" }) }
            computed[1].columns[2] = { target = "j", source = "a document of x", fold = {} }
            assert.is_true(line(computed, nil, "json", "t", "j").passed)
        end)
    end)
end)
