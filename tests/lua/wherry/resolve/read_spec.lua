-- How a table is read, proven against SQLite itself: no statement sorts or starts at the beginning for each slice, and
-- paging by the key gives every row once.
local model = require "wherry.schema.model"
local process = require "tests.support.process"
local read = require "wherry.resolve.read"
local sqlite = require "wherry.schema.sqlite"
local sqlite_query = require "tests.support.sqlite_query"

local SCHEMA = [[
    CREATE TABLE alias(id INTEGER PRIMARY KEY, a, b);
    CREATE INDEX alias_a ON alias(a); CREATE INDEX alias_ab ON alias(a, b);
    CREATE TABLE plain(a TEXT, b TEXT);
    CREATE INDEX plain_a ON plain(a);
    CREATE TABLE shadowed(rowid TEXT, _rowid_ TEXT, a);
    CREATE TABLE hidden(rowid TEXT, _rowid_ TEXT, oid TEXT);
    CREATE TABLE hidden_alias(rowid TEXT, _rowid_ TEXT, oid TEXT, id INTEGER PRIMARY KEY);
    CREATE TABLE two(a TEXT, b INT, c, d, PRIMARY KEY(a, b)) WITHOUT ROWID;
    CREATE INDEX two_c ON two(c); CREATE INDEX two_cd ON two(c, d);
    CREATE TABLE one(c, a TEXT PRIMARY KEY) WITHOUT ROWID;
    CREATE INDEX one_c ON one(c);
    CREATE TABLE nocase_column(a TEXT COLLATE NOCASE, b INT, c, PRIMARY KEY(a, b)) WITHOUT ROWID;
    CREATE TABLE nocase_key(a TEXT, b INT, c, PRIMARY KEY(a COLLATE NOCASE, b)) WITHOUT ROWID;
    CREATE INDEX nocase_key_c ON nocase_key(c);
    CREATE TABLE down(a TEXT, b INT, c, PRIMARY KEY(a DESC, b DESC)) WITHOUT ROWID;
    CREATE TABLE mixed(a TEXT, b INT, c, PRIMARY KEY(a DESC, b)) WITHOUT ROWID;
    CREATE TABLE "odd ""name"" --'"(x, "select" TEXT, "a""b" INT, PRIMARY KEY("select", "a""b")) WITHOUT ROWID;
    CREATE VIRTUAL TABLE places USING rtree(id, x0, x1);
]]

local PAGED = { "alias", "plain", "shadowed", "hidden_alias", "two", "one", "nocase_column", "nocase_key", "down",
    "odd \"name\" --'" }

describe("read.spec", function()
    local file, query, source

    setup(function()
        file = sqlite_query.database(process.directory "read", SCHEMA)
        query = sqlite_query.open(file)
        source = sqlite.read(query)
    end)

    local function spec(name, columns, where)
        local t = assert(model.table(source, name), name)
        return read.spec(t, columns or model.names(t.columns), where), t
    end

    local function explain(sql)
        return process.shell(("sqlite3 -batch %s %s"):format(process.quote(file),
            process.quote("EXPLAIN QUERY PLAN " .. sql)))
    end

    it("never sorts, and searches for where a slice starts, whatever the condition", function()
        local conditions = {
            alias = { "a = 5", "a = 5 OR b = 6", "id IN (1, 2, 3)", "id = 7 OR id IN (SELECT b FROM plain)",
                "a > 1 -- x" },
            plain = { "a = 'x'", "rowid = 7 OR rowid = 8" },
            two = { "c = 5", "c > 5", "c = 5 OR d = 6", "a = 'x'", "c IN (SELECT b FROM plain)" },
            one = { "c > 5" },
            nocase_key = { "c = 5", "a = 'x'" },
        }
        for _, name in ipairs(PAGED) do
            local list = conditions[name] or {}
            for i = 0, #list do
                local found = spec(name, nil, list[i])
                local first, after = explain(found.sql_first), explain(found.sql_after)
                for _, ranged in ipairs { found.sql_until, found.sql_between } do
                    assert.matches("SEARCH .* USING [INTEGERPRMAYK ]*KEY", explain(ranged), 1, false, ranged)
                    assert.not_matches("B%-TREE", explain(ranged), ranged)
                end
                assert.not_matches("B%-TREE", first .. after, found.sql_after)
                assert.not_matches("MULTI%-INDEX", first .. after, found.sql_after)
                assert.matches("SEARCH .* USING [INTEGERPRMAYK ]*KEY", after, 1, false, found.sql_after)
                assert.matches("SEARCH .* USING [INTEGERPRMAYK ]*KEY", explain(found.sql_key), 1, false, found.sql_key)
            end
        end
    end)

    it("does the same when a covering index would do for the columns", function()
        for name, columns in pairs { two = { "c", "d" }, one = { "c" }, alias = { "a", "b" }, plain = { "a" } } do
            local found = spec(name, columns)
            assert.not_matches("COVERING", explain(found.sql_first) .. explain(found.sql_after))
            assert.not_matches("B%-TREE", explain(found.sql_first) .. explain(found.sql_after))
        end
    end)

    it("uses the key among the columns that are read, and appends it otherwise", function()
        local found = spec("alias", { "a", "id" })
        assert.same({ 2, { 2 }, { "id" } }, { found.columns, found.key_columns, found.key_names })
        found = spec("alias", { "a" })
        assert.same({ 2, { 2 }, { "id" } }, { found.columns, found.key_columns, found.key_names })
        found = spec("plain", { "b" })
        assert.same({ 2, { 2 }, { "rowid" } }, { found.columns, found.key_columns, found.key_names })
        found = spec("two", { "c", "b" })
        assert.same({ 3, { 3, 2 }, { "a", "b" } }, { found.columns, found.key_columns, found.key_names })
        found = spec("alias", { "id", "id" })
        assert.same({ 2, { 1 } }, { found.columns, found.key_columns })
    end)

    it("names rows by the declared primary key where the rowid is the key", function()
        local found = read.spec({ name = "t", rowid_name = "rowid", primary_key = { columns = { "b", "a" } },
            columns = { { name = "a" }, { name = "b" } } }, { "a", "b" })
        assert.same({ { 3 }, { "rowid" } }, { found.key_columns, found.key_names })
        assert.same({ { 2, 1, 3 }, { "b", "a", "rowid" } }, { found.label_columns, found.label_names })
        assert.is_nil(spec("alias", { "a" }).label_columns)
        assert.is_nil(spec("two", { "a", "b" }).label_columns)
        assert.is_nil(spec("plain", { "b" }).label_columns)
    end)

    it("takes the spelling of the rowid that no column has", function()
        assert.same({ "oid" }, spec("shadowed").key_names)
        assert.matches("ORDER BY oid$", spec("shadowed").sql_first)
        assert.same({ "id" }, spec("hidden_alias").key_names)
    end)

    it("reads in one step what has no key to page by", function()
        local found = spec "hidden"
        assert.same({ nil, {}, {} }, { found.sql_after, found.key_columns, found.key_names })
        assert.not_matches("ORDER BY", found.sql_first)
        found = spec "mixed"
        assert.is_nil(found.sql_after)
        assert.same({ "a", "b" }, found.key_names)
        found = spec "places"
        assert.is_nil(found.sql_after)
        assert.same({ 1, "id" }, { found.key_columns[1], found.key_names[1] })
        assert.not_matches("B%-TREE", explain(found.sql_first))
        assert.not_matches("B%-TREE", explain(spec("places", nil, "id > 5").sql_first))
    end)

    it("does not page by more cells than a key holds, nor by a collation that is not here", function()
        local columns, key = {}, {}
        for i = 1, 17 do
            columns[i] = { name = "c" .. i }
            key[i] = "c" .. i
        end
        local t = { name = "t", columns = columns, without_rowid = true, primary_key = { columns = key } }
        assert.same({ nil, {} }, { read.spec(t, key).sql_after, read.spec(t, key).key_columns })
        t.primary_key.columns = { "c1" }
        assert.is_truthy(read.spec(t, key).sql_after)
        t.primary_key.collations = { "GERMAN" }
        assert.is_nil(read.spec(t, key).sql_after)
        assert.not_matches("ORDER BY", read.spec(t, key).sql_first)
    end)

    it("gives every row once, page by page, in the key's own order", function()
        local path = sqlite_query.database(process.directory "pages", SCHEMA .. [[
            INSERT INTO two SELECT 'k' || (value % 3), value, value % 2, 0 FROM json_each('[1,2,3,4,5,6,7,8,9]');
            INSERT INTO nocase_key VALUES ('A', 1, 0), ('b', 1, 0), ('B', 2, 0), ('c', 1, 0), ('C', 3, 0), ('é', 1, 0);
            INSERT INTO nocase_column SELECT * FROM nocase_key;
            INSERT INTO down SELECT a, b, c FROM two;
            INSERT INTO alias SELECT -5, 1, 2 UNION ALL SELECT 9223372036854775807, 1, 2 UNION ALL SELECT 0, 1, 2;
        ]])
        local pages = sqlite_query.open(path)
        local function literal(value)
            return type(value) == "string" and "'" .. value .. "'" or tostring(value)
        end
        for _, name in ipairs { "two", "nocase_key", "nocase_column", "down", "alias" } do
            local found, t = spec(name)
            local names, seen, count = model.names(t.columns), {}, 0
            local sql = found.sql_first
            repeat
                local rows = pages(sql .. " LIMIT 2")
                for _, row in ipairs(rows) do
                    local key = {}
                    for i, at in ipairs(found.key_columns) do
                        key[i] = literal(row[names[at]])
                    end
                    local text = table.concat(key, ",")
                    assert.is_nil(seen[text], name)
                    -- the shell's JSON has no integers beyond 2^53
                    local alone = found.sql_key:gsub("%?(%d)", function(i)
                        return (key[tonumber(i)]:gsub("^9%.22.*e%+18$", "9223372036854775807"))
                    end)
                    assert.same({ row }, pages(alone), alone)
                    seen[text], count = true, count + 1
                    sql = found.sql_after:gsub("%?(%d)", function(i)
                        return (key[tonumber(i)]:gsub("%?", ""))
                    end)
                end
            until #rows == 0
            assert.equal(pages(read.count_sql(t))[1].n, count, name)
        end
    end)
end)

describe("counting", function()
    it("counts all rows, and those for which a condition is not true", function()
        local query = sqlite_query.open(sqlite_query.database(process.directory "counting", [[
            CREATE TABLE t(a); INSERT INTO t VALUES (1), (2), (NULL), ('x'), (3)]]))
        local t = sqlite.read(query).tables[1]
        local function excluded(where)
            return query(read.excluded_sql(t, where))[1].n
        end
        assert.equal(5, query(read.count_sql(t))[1].n)
        assert.equal(3, excluded "a > 1 AND a < 9 -- only numbers")
        assert.equal(1, excluded "a IS NOT NULL")
        assert.equal(2, excluded "a")
        assert.equal(5, excluded "NULL")
        assert.is_true(read.has_rows(t, query))
        assert.is_true(read.has_null(t, { "a" }, nil, query))
        assert.is_false(read.has_null(t, { "a" }, "a > 0", query))
    end)

    it("looks for NULL in an R-Tree too", function()
        local query = sqlite_query.open(sqlite_query.database(process.directory "counting", [[
            CREATE VIRTUAL TABLE r USING rtree(id, x0, x1); INSERT INTO r VALUES (1, 2, 3)]]))
        local t = sqlite.read(query).tables[1]
        assert.is_false(read.has_null(t, { "x0" }, nil, query))
        assert.equal(1, query(read.count_sql(t))[1].n)
    end)
end)

describe("read.where_problem", function()
    local query, t

    setup(function()
        query = sqlite_query.open(sqlite_query.database(process.directory "where", "CREATE TABLE t(a, \"b:c\")"))
        t = sqlite.read(query).tables[1]
    end)

    it("takes conditions over the table", function()
        for _, where in ipairs { "a > 1", "a IN (SELECT a FROM t)", "a = ':y' -- :x", [["b:c" = 1 /* @1 */]],
            "[b:c] = `a`", "a = 'it''s :z'", "a", "a LIKE '%x' ESCAPE '$'" } do
            assert.is_nil(read.where_problem(t, where, query), where)
        end
    end)

    it("refuses what is none", function()
        for _, where in ipairs { "a = ", "nowhere = 1", "a) OR (a", "1); DROP TABLE t; --", "a ORDER BY a",
            "a GROUP BY a", "WHERE a", "count(*) > 1", "a; SELECT 1" } do
            assert.is_truthy(read.where_problem(t, where, query), where)
        end
    end)

    it("refuses parameters, which only the engine binds", function()
        for where, name in pairs { ["a > ?1"] = "?1", ["a > ?"] = "?", ["a = :started"] = ":started", ["a = @x"] = "@x",
            ["a=$x"] = "$x" } do
            assert.matches(name, read.where_problem(t, where, query), 1, true)
        end
    end)
end)
