-- How many rows do not obey conditions, and how long keys are, asked of the source.
local core = require "wherry.core"
local evidence = require "wherry.resolve.evidence"

describe("evidence", function()
    local directory, source
    setup(function()
        directory = core.sys.temp "wherry-evidence-"
        assert(os.execute(("sqlite3 %s/a.db \"CREATE TABLE t(id INTEGER PRIMARY KEY, n); INSERT INTO t VALUES (1, 5), "
            .. "(2, -1), (3, NULL), (4, -2)\""):format(directory)))
        source = core.snapshot.open(directory .. "/a.db")
    end)
    teardown(function()
        source:close()
        core.sys.remove_tree(directory)
    end)

    local function count(conditions, where)
        return evidence.count_false({ name = "t" }, where, conditions, function(sql) return source:query(sql) end)
    end

    it("counts rows for which a condition is false; NULL is no offence", function()
        assert.same({ 2, 1, 0 }, count { "n > 0", "n <> 5 -- a comment", "1" })
    end)

    it("counts among the rows that are carried", function()
        assert.same({ 1 }, count({ "n > 0" }, "id < 4"))
    end)

    it("leaves a condition unknown that can't be evaluated here, and counts the others", function()
        assert.same({ [2] = 2 }, count { "my_own(n)", "n > 0" })
    end)

    it("measures the longest key of several columns in one row", function()
        local function longest(where)
            return evidence.longest({ name = "t" }, where, { { "n" }, { "id", "n" } }, function(sql)
                return source:query(sql)
            end)
        end
        assert.same({ 2, 3 }, longest(nil))
        assert.same({ 1, 2 }, longest "n > 0 -- one row")
        assert.same({ 0, 0 }, longest "id > 4")
    end)

    it("measures expressions, where they can be evaluated", function()
        local function longest(expression)
            return evidence.longest({ name = "t" }, nil, { { "id", { sql = expression } } }, function(sql)
                return source:query(sql)
            end)
        end
        assert.same({ 6 }, longest "n || 'xyz'")
        assert.same({ 0 }, longest "my_own(n)")
    end)
end)
