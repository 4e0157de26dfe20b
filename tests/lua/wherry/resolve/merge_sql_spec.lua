-- resolve/merge_sql: the SELECT that says which rows go, asked of SQLite.
local core = require "wherry.core"
local merge_sql = require "wherry.resolve.merge_sql"
local process = require "tests.support.process"
local w = require "wherry"

describe("the SELECT of a merge", function()
    local place, source
    setup(function()
        place = core.sys.temp "wherry-test-"
        process.shell(([[sqlite3 %s/a.db "
            create table t(id integer primary key, n text collate nocase, ref int, \"wherry raw\" int, \"kept+\" int);
            insert into t values (1, 'a', 10, 1, 1), (2, 'A', 20, 1, 1), (3, 'b', 30, 1, 1), (4, NULL, 40, 1, 1),
                (5, NULL, 50, 1, 1), (6, 'a', 60, 1, 1), (7, 'b', 70, 1, 1);
            create table u(n); insert into u values (1), (2), (3)"]]):format(place))
        source = w.sqlite(place .. "/a.db"):open()
    end)
    teardown(function()
        source:close()
        core.sys.remove_tree(place)
    end)

    local function model()
        return { name = "t", rowid_name = "rowid", rowid_alias = "id", columns = { { name = "id" },
            { name = "n", collation = "nocase" }, { name = "ref" }, { name = "wherry raw" }, { name = "kept+" } } }
    end

    -- The rows of the SELECT, sorted, as texts.
    local function rows(fields)
        local given = { table = model(), key_sql = { '"id"' }, keep = "first", terms = { '"n"' },
            kept = function() end }
        for key, value in pairs(fields) do
            given[key] = value
        end
        local list = {}
        local cursor <close> = source:cursor(merge_sql.build(given))
        local row = cursor:list()
        while row do
            list[#list + 1] = table.concat(row, " ")
            row = cursor:list()
        end
        table.sort(list)
        return table.concat(list, ", ")
    end

    it("names the keys of rows that go, by the columns' collations; NULLs are equal to nothing", function()
        assert.equal("2 1 1, 6 1 0, 7 1 1", rows {})
        assert.equal("1 1 0, 2 1 1, 3 1 1", rows { keep = "last" })
        assert.equal("6 1 1, 7 1 1", rows { terms = { '"n" COLLATE BINARY' } })
        assert.equal("", rows { terms = { '"n"', '"ref"' } })
    end)

    it("gives what stays in the place of a column that others refer to", function()
        assert.equal("20 10 1, 60 10 0, 70 30 1", rows { column = "ref" })
        assert.equal("10 60 0, 20 60 1, 30 70 1", rows { column = "ref", keep = "last" })
    end)

    it("goes by keys of several cells", function()
        assert.equal("20 2 1 1, 60 6 1 0, 70 7 1 1", rows { key_sql = { '"ref"', '"id"' } })
        assert.equal("10 1 1 0, 20 2 1 1, 30 3 1 1", rows { key_sql = { '"ref"', '"id"' }, keep = "last" })
    end)

    it("knows the rowid, in terms too", function()
        local u = { name = "u", rowid_name = "rowid", columns = { { name = "n" } } }
        assert.equal("3 1 1", rows { table = u, key_sql = { "rowid" }, terms = { "rowid % 2" } })
        assert.equal("3 1 1", rows { table = u, key_sql = { "rowid" }, terms = { "rowid % 2" }, column = "n" })
    end)

    it("sees carried rows alone, though the condition ends in a comment", function()
        assert.equal("6 1 1", rows { where = "id not in (2, 7) -- both" })
    end)

    it("goes by columns with the keys in them replaced, by their own collation", function()
        local function kept(name)
            return name == "ref" and '("ref" / 100)' or name == "n" and "('x' || \"n\")" or nil
        end
        assert.equal("2 1 1, 3 1 0, 4 1 0, 5 1 0, 6 1 0, 7 1 0", rows { kept = kept, terms = { '"ref"' } })
        assert.equal("20 0 1, 60 0 0, 70 0 1", rows { kept = kept, column = "ref" })
    end)

    it("leaves computed columns out, and finds names that the table does not have", function()
        local t = model()
        t.columns[6], t.columns[7] = { name = "c", sql = "id + 1" }, { name = "Wherry Kept" }
        assert.equal("[wherry kept+]", (merge_sql.build { table = t, key_sql = { '"id"' }, keep = "first",
            terms = { '"n"' }, column = "ref", kept = function() end }:match '"(wherry kept%+*)"':gsub(".*", "[%0]")))
        assert.is_nil(merge_sql.build({ table = t, key_sql = { '"id"' }, keep = "first", terms = { '"n"' },
            kept = function() return "1" end }):find('"c"', 1, true))
    end)

    it("knows the collations that SQLite has", function()
        local t = { columns = { { name = "a" }, { name = "b", collation = "RTrim" },
            { name = "c", collation = "GERMAN" }, { name = "d", collation = "NOCASE", sql = "1" } } }
        for name, known in pairs { a = "BINARY", b = "RTRIM", c = "BINARY", d = "BINARY", none = "BINARY" } do
            assert.equal(known, merge_sql.collation(t, name))
        end
        assert.equal("NOCASE", merge_sql.collation(model(), "n"))
    end)
end)
