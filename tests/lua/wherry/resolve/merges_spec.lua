-- Which keys become one in PostgreSQL, asked of SQLite.
local merges = require "wherry.resolve.merges"
local process = require "tests.support.process"
local sqlite_query = require "tests.support.sqlite_query"

describe("merges.count", function()
    local directory

    setup(function()
        directory = process.directory "merges"
    end)
    teardown(function()
        os.execute("rm -rf " .. process.quote(directory))
    end)

    -- Counts over a table t(a, b) with these rows.
    local function count(rows, form, collation, where)
        local query = sqlite_query.open(sqlite_query.database(directory,
            "CREATE TABLE t(a, b); INSERT INTO t VALUES " .. rows))
        return merges.count({ name = "t" }, {
            { name = "a", form = form, collation = collation or "BINARY" },
            { name = "b", form = "same", collation = "BINARY" },
        }, where, query)
    end

    it("finds numbers among texts", function()
        assert.equal(1, count("(1, 0), ('1', 0), (2, 0), ('2', 1), (NULL, 0), (NULL, 0)", "text"))
        assert.equal(3, count("(1.5, 0), ('1.5', 0), (x'41', 0), ('A', 0), (0.1, 0), ('0.1', 0)", "text"))
        assert.equal(0, count("(0.3, 0), (0.1 + 0.2, 0), (1, 0), (1.0, 1), ('01', 0)", "text"))
    end)

    it("folds as the key does", function()
        assert.equal(0, count("('a', 0), ('A', 0)", "text"))
        assert.equal(1, count("('a', 0), ('A', 0), ('é', 0), ('É', 0)", "text", "NOCASE"))
        assert.equal(1, count("(1, 0), ('1 ', 0)", "text", "RTRIM"))
    end)

    it("finds the spellings of one UUID, document or instant", function()
        local uuid = "123e4567-e89b-12d3-a456-426614174000"
        assert.equal(1, count(("('%s', 0), ('{%s}', 0), (x'%s', 0)"):format(uuid, uuid:upper(), (uuid:gsub("-", ""))),
            "uuid"))
        assert.equal(1, count([[('{"a":1}', 0), ('{ "a" : 1 }', 0), ('[1]', 0)]], "json"))
        assert.equal(1, count("('2024-01-01T00:00:00Z', 0), ('2024-01-01 01:00:00+01:00', 0), ('2024-01-02', 0)",
            "time"))
    end)

    it("looks at the rows that are carried", function()
        assert.equal(0, count("(1, 0), ('1', 0)", "text", nil, "typeof(a) = 'integer' -- no text"))
    end)
end)
