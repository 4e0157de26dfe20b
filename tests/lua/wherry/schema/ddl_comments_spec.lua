-- Which comment of CREATE TABLE is about which column.
local ddl = require "wherry.schema.ddl"

-- The table's comment under "", each column's under its name.
local function comments(sql)
    local found = assert(ddl.table(sql))
    local result = { [""] = found.comment }
    for _, column in ipairs(found.columns) do
        result[column.name] = column.comment
    end
    return result
end

describe("comments in CREATE TABLE", function()
    it("stand behind a column on its line, before or behind the comma", function()
        assert.same({ a = "the key", b = "a count", c = "last" }, comments [[
CREATE TABLE t (
    a INTEGER PRIMARY KEY, -- the key
    b INT /* a count */,
    c TEXT DEFAULT ',' -- last
)]])
        assert.same({ b = "of both the second" }, comments "CREATE TABLE t (a INT, b INT -- of both the second\n)")
        assert.same({ a = "one", b = "two" }, comments "CREATE TABLE t (a INT -- one\n, b INT -- two\n)")
    end)

    it("stand on lines of their own directly above", function()
        assert.same({ a = "first\nsecond", b = "three\nfour" }, comments [[
CREATE TABLE t (
    -- first
    -- second
    a INT,
    /* three
     * four
     */
    b INT
)]])
        assert.same({ b = "about b" }, comments "CREATE TABLE t (\n  a INT\n  -- about b\n, b INT)")
    end)

    it("stand in front of a column on its line", function()
        assert.same({ a = "x", b = "y" }, comments "CREATE TABLE t (/* x */ a INT, /* y */ b INT)")
    end)

    it("stand within a definition, but not within its parentheses", function()
        assert.same({ a = "name\nafter the type" }, comments [[
CREATE TABLE t (
    a /* name */ TEXT -- after the type
        CHECK (a IN ('x', -- the first
                     'y'))
)]])
    end)

    it("are joined when there are several", function()
        assert.same({ a = "above\nbehind\nand on" }, comments [[
CREATE TABLE t (
    -- above
    a INT, -- behind
           -- and on
    b INT
)]])
    end)

    it("are about the table around and at the beginning of its list", function()
        assert.same({ [""] = "users" }, comments "CREATE TABLE t ( -- users\n a INT)")
        assert.same({ [""] = "users" }, comments "CREATE TABLE t -- users\n(a INT)")
        assert.same({ [""] = "users" }, comments "CREATE TABLE t (a INT) /* users */ STRICT")
        assert.same({ [""] = "users", a = "the key" },
            comments "CREATE TABLE t (\n -- users\n\n -- the key\n a INT)")
    end)

    it("are about nothing above a constraint, behind it, or alone between empty lines", function()
        assert.same({ a = "x" }, comments [[
CREATE TABLE t (
    a INT, -- x

    -- a section

    b INT,
    -- the constraint
    PRIMARY KEY (a), -- its end
    UNIQUE (b) -- another
    -- the end
)]])
    end)

    it("lose their frames, not their words", function()
        assert.same({
            [""] = "Users", a = "Title", b = "doc", c = "-1 means none", d = "# of items", e = "a - b", g = "- item",
        }, comments [[
CREATE TABLE t (
    -- =========
    -- Users
    -- =========

    ---- Title ----
    a INT,
    /** doc **/
    b INT,
    c INT, -- -1 means none
    d INT, -- # of items
    e INT, -- a - b
    f INT, --
    g INT  -- - item
)]])
    end)

    it("are left out when they are definitions put out of use", function()
        assert.same({ a = "TEXT, mostly", c = "see RFC 3339" }, comments [[
CREATE TABLE t (
    a INT, -- TEXT, mostly
    -- old_b TEXT NOT NULL,
    b INT,
    /* UNIQUE (a), */
    c INT -- see RFC 3339
)]])
    end)

    it("are left out when they are no UTF-8", function()
        assert.same({ b = "é" }, comments "CREATE TABLE t (a INT, -- \xff\n b INT -- é\n)")
    end)

    it("do not slow a large statement down", function()
        local parts = {}
        for i = 1, 2000 do
            parts[i] = ("    c%d INT -- number %d"):format(i, i)
        end
        local started = os.clock()
        local found = comments("CREATE TABLE t (\n" .. table.concat(parts, "\n,") .. "\n)")
        assert.equal("number 2000", found.c2000)
        assert.is_true(os.clock() - started < 2)
    end)
end)
