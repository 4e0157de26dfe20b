-- Columns that a plan computes, as further columns of their source table.
local computed = require "wherry.resolve.computed"
local core = require "wherry.core"
local load_table = require "wherry.resolve.load_table"
local models = require "tests.support.models"
local Outcome = require "wherry.resolve.outcome"
local read = require "wherry.resolve.read"
local value = require "wherry.plan.value"

describe("computed", function()
    local directory, source
    setup(function()
        directory = core.sys.temp "wherry-computed-"
        local status, _, errors = core.sys.spawn { "sqlite3", directory .. "/a.db",
            "CREATE TABLE t(id INTEGER PRIMARY KEY, a, b); CREATE TABLE other(a, c); INSERT INTO t VALUES (1, 2, 3)" }
        assert(status == 0, errors)
        source = core.snapshot.open(directory .. "/a.db")
    end)
    teardown(function()
        source:close()
        core.sys.remove_tree(directory)
    end)

    local function extend(columns)
        local outcome = Outcome.new()
        local t = models.source({ { name = "t", columns = { "id", "a", "b" }, rowid_alias = "id" } }).tables[1]
        local entry = { columns = columns, into = "x" }
        local extended, changed = computed.extend({ outcome = outcome, started = "2026-11-21T17:46:40.123456Z",
            source_reads = function(sql) return source:reads(sql) end }, t, entry)
        return extended, changed, outcome, t, entry
    end

    it("leave a table without any as it is", function()
        local t, entry, _, own, given = extend { x = "a", y = { stored = "unix" } }
        assert.equal(own, t)
        assert.equal(given, entry)
    end)

    it("stand in the table under names that tell what they are", function()
        local t, entry, outcome, own, given = extend { a = { from = value.sql "a + b\n + 1", type = "text" }, c = "b",
            d = { from = value.sql ":started" } }
        assert.same({ "id", "a", "b", "a = a + b + 1", "d = :started" }, { t.columns[1].name, t.columns[2].name,
            t.columns[3].name, t.columns[4].name, t.columns[5].name })
        assert.same({ a = { from = "a = a + b + 1", type = "text" }, c = "b", d = { from = "d = :started" } },
            entry.columns)
        assert.equal("x", entry.into)
        assert.same({ a = true, b = true }, t.reads)
        assert.equal("(a + b\n + 1\n)", read.cell(t, "a = a + b + 1"))
        assert.equal('"a"', read.cell(t, "a"))
        assert.same({}, outcome.findings)
        assert.equal(3, #own.columns)
        assert.is_true(value.is(given.columns.a.from))
        local rows = source:query(read.spec(t, { "a = a + b + 1", "d = :started", "id" }).sql_first)
        assert.same({ 1, "2026-11-21T17:46:40.123456Z", 6 }, { rows[1].id,
            rows[1]["('2026-11-21T17:46:40.123456Z'\n)"], rows[1]["(a + b\n + 1\n)"] })
    end)

    it("count only columns of their own table as read, wherever in the expression", function()
        local t = extend { x = { from = value.sql "(SELECT c FROM other WHERE other.a = t.b)" } }
        assert.same({ b = true }, t.reads)
        t = extend { x = { from = value.sql "(SELECT max(n.a) FROM t AS n)" } }
        assert.same({ a = true }, t.reads)
    end)

    it("may be documents, whose members are read as cells of their own", function()
        local t, entry, outcome = extend { doc = { from = value.fold { x = "b", y = value.sql "id + 1",
            z = value.sql "max(id)" } }, j = { from = value.json "A" } }
        assert.same({ "bad_expression t.doc" }, models.codes((outcome:sorted())))
        assert.same({ a = true, b = true, id = true }, t.reads)
        local doc, j = t.computed[1], t.computed[2]
        assert.same({ "NULL", "NULL" }, { doc.sql, j.sql })
        assert.same({ "doc = w.fold", 'j = w.json "A"' }, { entry.columns.doc.from, entry.columns.j.from })
        local load = load_table.new(t, { schema = "s", name = "t" }, {
            { source = "b", target = "b", type = {} }, { source = doc.name, target = "doc", type = {} },
            { source = j.name, target = "j", type = {} } }, nil, function() return true end, Outcome.new())
        assert.same({ '"b"', "NULL", "NULL", '"id"', "(id + 1\n)", '"a"' }, { load.read.sql_first:match
            "^SELECT (.-), (.-), (.-), (.-), (.-), (.-) FROM" })
        assert.same({ "doc.y = id + 1", "a" }, load.read.more_names)
        assert.same({ 1, 5, 2 }, { load.columns[2].fold.parts[1].cell, load.columns[2].fold.parts[2].cell,
            load.columns[2].fold.parts[3].cell })
        assert.same({ whole = true, parts = { { text = "", cell = 6, json = true } } }, load.columns[3].fold)
        assert.is_nil(load.columns[2].affinity)
    end)

    it("are cut in messages between characters", function()
        local t = extend { x = { from = value.sql("'" .. ("ö"):rep(80) .. "'") } }
        assert.equal("x = '" .. ("ö"):rep(59) .. "...", t.columns[4].name)
        assert.equal(162, #t.columns[4].shown)
    end)

    it("that are no expression are one finding each, and NULL from there on", function()
        local t, _, outcome = extend { x = { from = value.sql "sum(a)" }, y = { from = value.sql "b > :then" } }
        assert.same({ "bad_expression t.x", "bad_expression t.y" }, models.codes((outcome:sorted())))
        assert.matches("sum(a)", outcome.findings[1].reason, 1, true)
        assert.matches("misuse of aggregate", outcome.findings[1].reason, 1, true)
        assert.matches("the parameter :then has no value here; there is :started", outcome.findings[2].reason, 1, true)
        assert.same({ "NULL", "NULL" }, { t.columns[4].sql, t.columns[5].sql })
    end)
end)
