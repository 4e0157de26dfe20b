-- Which keys and indexes of small tables surely take all rows, by what stands in a file.
local core = require "wherry.core"
local failure = require "wherry.failure"
local few_rows = require "wherry.resolve.few_rows"

describe("few_rows", function()
    local directory, source
    setup(function()
        directory = core.sys.temp "wherry-few-rows-"
        local status, _, errors = core.sys.spawn { "sqlite3", directory .. "/a.db", [[
            CREATE TABLE small(id INTEGER PRIMARY KEY, t TEXT COLLATE NOCASE, n, u, b BLOB, empty, long TEXT);
            WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 1000)
            INSERT INTO small SELECT n, 't' || n, n, printf('%032x', n), CAST(n AS BLOB), NULL,
                substr(hex(zeroblob(300)), 1, 501 - n) FROM c;
            CREATE TABLE large AS SELECT * FROM small; INSERT INTO large DEFAULT VALUES;
            CREATE TABLE mixed(t TEXT, n, u, a, b);
            INSERT INTO mixed VALUES ('a', 1, '6C3E0D3A-1B1C-4C6E-9D3A-1B1C4C6E9D3A', 1, 1),
                ('b', '1', '{6c3e0d3a1b1c4c6e9d3a1b1c4c6e9d3a}', 1, 2), (NULL, 2, NULL, 2, 1), (NULL, 3, NULL, 2, 2)]] }
        assert(status == 0, errors)
        source = core.snapshot.open(directory .. "/a.db")
    end)
    teardown(function()
        source:close()
        core.sys.remove_tree(directory)
    end)

    local function query(sql)
        return source:query(sql)
    end

    -- The table as it is carried; types: by column.
    local function small(name, types, more)
        local carried = { source = { name = name, rowid_alias = name == "small" and "id" or nil, columns = {} },
            load = { columns = {} } }
        for column, type_name in pairs(types) do
            table.insert(carried.load.columns, { source = column, target = "the " .. column, on_bad = more,
                type = { name = type_name } })
        end
        return few_rows.of(carried, query)
    end

    local function index(columns, fields)
        local made = { plain = true, unique = true, columns = {} }
        for i, name in ipairs(columns) do
            made.columns[i] = "the " .. name
        end
        for key, value in pairs(fields or {}) do
            made[key] = value
        end
        return made
    end

    it("are counted in the source, and no more than 1,000", function()
        assert.is_truthy(small("small", { id = "int8" }))
        assert.is_nil(small("large", { id = "int8" }))
        assert.is_nil(small("not there", { id = "int8" }))
    end)

    it("hands on what is not the source's own fault", function()
        local stopped = failure.new("interrupted", "stopped")
        local ok, fault = pcall(few_rows.of, { source = { name = "small" } }, function() error(stopped, 0) end)
        assert.same({ false, stopped }, { ok, fault })
    end)

    it("fit into an index of columns alone, whose values are short", function()
        local tbl = small("small", { t = "timestamptz", n = "jsonb", long = "text", empty = "text" })
        assert.is_true(tbl:takes(index({ "t", "n" }, { unique = false })))
        assert.is_false(tbl:takes(index({ "t" }, { unique = false, plain = false })))
        assert.is_false(tbl:takes(index({ "t", "b" }, { unique = false }))) -- b is filled by its default
        assert.is_false(tbl:takes(index({ "t", "b", "n" }, { unique = false })))
        assert.is_true(tbl:takes(index({ "long" }, { unique = false })))
        assert.is_false(tbl:takes(index({ "long", "n" }, { unique = false })))
        assert.is_true(tbl:takes(index({ "empty" }, { unique = false })))
    end)

    it("fit under a key where no two values become one", function()
        local types = { id = "int8", t = "text", n = "int4", u = "uuid", b = "bytea", empty = "varchar" }
        local tbl = small("small", types)
        for name in pairs(types) do
            assert.is_true(tbl:takes(index { name }), name)
        end
        assert.is_false(tbl:takes(index({ "empty" }, { nulls_equal = true })))
        assert.is_false(small("small", types, "cut"):takes(index { "t" }))
        assert.is_true(small("small", types, "reject"):takes(index { "t" }))
        assert.is_false(small("small", { t = "citext" }):takes(index { "t" }))
    end)

    it("do not fit under a key that two of them may share", function()
        local tbl = small("mixed", { t = "text", n = "int4", u = "uuid", a = "int8", b = "int8" })
        assert.is_true(tbl:takes(index { "t" }))
        assert.is_false(tbl:takes(index({ "t" }, { nulls_equal = true })))
        assert.is_false(tbl:takes(index { "n" }))
        assert.is_true(tbl:takes(index({ "n" }, { unique = false })))
        assert.is_false(tbl:takes(index { "u" }))
        assert.is_false(tbl:takes(index { "a" }))
        assert.is_true(tbl:takes(index { "a", "b" }))
    end)
end)
