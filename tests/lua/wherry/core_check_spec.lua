-- core.check: every row is read and encoded; what does not fit is counted by reason, and keys are compared over wire.
local core = require "wherry.core"
local process = require "tests.support.process"
local fault_of = require "tests.support.refusal"

local TYPES = {
    bigint = { 20, "int8" }, int = { 23, "int4" }, smallint = { 21, "int2" }, text = { 25, "text" },
    boolean = { 16, "bool" }, citext = { 0, "citext" }, timestamptz = { 1184, "timestamptz" }, xid = { 28, "xid" },
    jsonb = { 3802, "jsonb" }, numeric = { 1700, "numeric" },
}

local function type_of(name)
    return { oid = TYPES[name][1], name = TYPES[name][2], typmod = -1, display = name }
end

describe("wherry.core.check", function()
    local place, snapshot

    before_each(function() place = core.sys.temp "wherry-test-" end)
    after_each(function()
        if snapshot then
            snapshot:close()
            snapshot = nil
        end
        core.sys.remove_tree(place)
    end)

    local function open(sql)
        local file = place .. "/a.db"
        process.shell(("printf %%s %s | sqlite3 -bail %s"):format(process.quote(sql), process.quote(file)))
        snapshot = core.snapshot.open(file)
    end

    -- A table read by its rowid; columns = { "name type on_bad?", ... }
    local function load_of(name, columns, fields)
        local list, names = {}, {}
        for i, text in ipairs(columns) do
            local column, type_name, on_bad = text:match "^(%S+) (%S+) ?(.*)$"
            list[i] = { source = column, target = column, type = type_of(type_name), not_null = on_bad == "!",
                on_bad = on_bad ~= "" and on_bad ~= "!" and on_bad or nil }
            names[i] = column
        end
        local tbl = { target_sql = name, copy_sql = "COPY " .. name, binary = true, columns = list,
            read = { table = name, columns = #list + 1, key_columns = { #list + 1 }, key_names = { "rowid" },
                sql_first = ("SELECT %s, rowid FROM %s ORDER BY rowid"):format(table.concat(names, ", "), name) } }
        for key, value in pairs(fields or {}) do
            tbl[key] = value
        end
        return tbl
    end

    local function check(options)
        options.snapshot, options.source = snapshot, "main"
        options.keys, options.foreign_keys = options.keys or {}, options.foreign_keys or {}
        return core.check(options)
    end

    it("reads each table from the source that it names, and compares keys over all of them", function()
        open [[CREATE TABLE t(a); INSERT INTO t VALUES (1), (2)]]
        process.shell(("sqlite3 %s 'CREATE TABLE t(a); INSERT INTO t VALUES (3), (2), (4)'"):format(place .. "/b.db"))
        local second <close> = core.snapshot.open(place .. "/b.db")
        local found = core.check {
            snapshots = { { name = "a", snapshot = snapshot }, { name = "b", snapshot = second } },
            tables = { load_of("t", { "a bigint" }, { from = "a" }), load_of("t", { "a bigint" }, { from = "b" }) },
            keys = { { table = 1, columns = { 1 }, unique = true }, { table = 2, columns = { 1 }, unique = false } },
            foreign_keys = { { child = 2, parent = 1 } } }
        assert.same({ 2, 3 }, { found.tables[1].rows, found.tables[2].rows })
        assert.equal(2, found.foreign_keys[1].count)
        assert.same({ "rowid=1", "a=3" }, { found.foreign_keys[1].examples[1].key,
            found.foreign_keys[1].examples[1].value })
    end)

    it("counts values that do not fit, by reason, and names the first", function()
        open [[CREATE TABLE t(a, b);
            INSERT INTO t VALUES (1, 'x'), ('old', NULL), (70000, 'y'), (80000, 'z'), ('new', 'z'), (90000, 'z'),
                (NULL, 'z'), (99999, CAST(x'61FF' AS TEXT)), (2, CAST(x'FF' AS TEXT))]]
        local found = check { tables = { load_of("t", { "a smallint", "b text !" }) } }.tables[1]
        assert.equal(9, found.rows)
        assert.equal(7, found.stopping)
        assert.equal(0, found.rejected)
        local a, b = found.columns[1], found.columns[2]
        assert.equal(2, a.values)
        assert.equal(4, a.bytes)
        assert.equal(2, #a.reasons)
        assert.equal(2, a.reasons[1].count)
        assert.equal("text", a.reasons[1].class)
        assert.same({ { key = "rowid=2", value = "old", reason = a.reasons[1].reason },
            { key = "rowid=5", value = "new", reason = a.reasons[1].reason } }, a.reasons[1].examples)
        assert.equal(4, a.reasons[2].count)
        assert.equal(3, #a.reasons[2].examples)
        assert.equal("stops", a.reasons[2].outcome)
        assert.matches("^out of range", a.reasons[2].reason)
        assert.matches("refuses NULL", b.reasons[1].reason)
        -- One reason, although the byte differs.
        assert.matches("not valid UTF%-8 at byte N", b.reasons[2].reason)
        assert.equal(2, b.reasons[2].count)
        assert.matches("at byte 1", b.reasons[2].examples[1].reason)
        assert.matches("at byte 0", b.reasons[2].examples[2].reason)
    end)

    it("keeps the reasons of a column few", function()
        local rows = {}
        for i = 1, 40 do
            rows[i] = ("('%s')"):format(("x"):rep(i) .. '"')
        end
        open("CREATE TABLE t(a); INSERT INTO t VALUES " .. table.concat(rows, ", "))
        local found = check { tables = { load_of("t", { "a boolean" }) } }.tables[1].columns[1]
        assert.equal(1, #found.reasons)
        assert.equal(0, found.others)
        assert.equal(40, found.reasons[1].count)
    end)

    it("says what the plan makes of each: rejected, NULL, converted, or the end", function()
        open [[CREATE TABLE t(a, b, c, d);
            INSERT INTO t VALUES (1, 1, 1, 1), ('x', 1, 1, 1), (1, 'x', 1, 1), (1, 1, '', 1), ('x', 1, 'x', 1),
                ('x', 1, 1, 'x')]]
        local found = check { tables = { load_of("t",
            { "a int reject", "b int null", "c int empty_null", "d int" }) } }.tables[1]
        local outcomes = {}
        for i, column in ipairs(found.columns) do
            for _, reason in ipairs(column.reasons) do
                outcomes[#outcomes + 1] = ("%d %s %d"):format(i, reason.outcome, reason.count)
            end
        end
        table.sort(outcomes)
        assert.same({ "1 rejects 3", "2 nulls 1", "3 converts 1", "3 stops 1", "4 stops 1" }, outcomes)
        assert.equal(1, found.bad) -- rows 5 and 6 would stop the run first
        assert.equal(1, found.rejected)
        assert.equal(2, found.stopping)
    end)

    it("finds duplicates behind the conversion, and names the row that keeps the key", function()
        open [[CREATE TABLE t(a, b);
            INSERT INTO t VALUES (1, '2024-01-01 12:00:00+02:00'), ('1', '2024-01-01T10:00:00Z'), (2, NULL),
                (1, NULL), ('x', NULL)]]
        local found = check { tables = { load_of("t", { "a bigint", "b timestamptz" }) },
            keys = { { table = 1, columns = { 1 }, unique = true }, { table = 1, columns = { 2 }, unique = true },
                { table = 1, columns = { 2 }, unique = true, nulls_equal = true },
                { table = 1, columns = { 1, 2 }, unique = true } } }
        assert.equal(2, found.keys[1].count)
        assert.same({ { key = "rowid=2", first_key = "rowid=1", value = "a='1'" },
            { key = "rowid=4", first_key = "rowid=1", value = "a=1" } }, found.keys[1].examples)
        assert.equal(1, found.keys[2].count)
        -- A row that loses one key keeps no other: row 2 has lost, so rows 3 and 5 are the NULLs that are left.
        assert.equal(3, found.keys[3].count)
        assert.equal(1, found.keys[4].count)
        assert.equal(0, found.tables[1].rejected)
        assert.is_true(found.spilled > 0)
    end)

    it("rejects duplicates as a load would: what lost one key keeps no other", function()
        -- Row 2 loses a to row 1; so row 3 keeps b, and row 4 loses to it.
        open "CREATE TABLE t(a, b); INSERT INTO t VALUES (1, 1), (1, 2), (2, 2), (3, 2), (2, 9)"
        local found = check { tables = { load_of("t", { "a int", "b int" }) },
            keys = { { table = 1, columns = { 1 }, unique = true, rejects = true },
                { table = 1, columns = { 2 }, unique = true, rejects = true } } }
        assert.equal(2, found.keys[1].count)
        assert.equal(1, found.keys[2].count)
        assert.same({ { key = "rowid=4", first_key = "rowid=3", value = "b=2" } }, found.keys[2].examples)
        assert.equal(3, found.tables[1].rejected)
    end)

    it("goes by what the plan rejects: such a row keeps no key, and what refers to it is an orphan", function()
        open [[CREATE TABLE p(id INTEGER PRIMARY KEY, n, up); CREATE TABLE c(p, n);
            INSERT INTO p VALUES (1, 'x', NULL), (2, 5, 1), (3, 6, 2), (4, 7, NULL);
            INSERT INTO c VALUES (1, 1), (2, 1), (4, 'x'), (9, 1), (NULL, 1), (4, 1)]]
        local function found(word)
            local rejects = word == "reject"
            return check { tables = { load_of("p", { "id bigint", "n int " .. word, "up int" }),
                load_of("c", { "p int", "n int " .. word }) },
                keys = { { table = 1, columns = { 1 } }, { table = 1, columns = { 3 } },
                    { table = 2, columns = { 1 } } },
                foreign_keys = { { child = 2, parent = 1, rejects = rejects },
                    { child = 3, parent = 1, rejects = rejects } } }
        end
        local rejecting = found "reject"
        assert.equal(2, rejecting.foreign_keys[1].count) -- 2 refers to 1, and 3 to 2
        assert.equal(3, rejecting.foreign_keys[2].count) -- to 1, 2 and 9
        assert.equal("rowid=1", rejecting.foreign_keys[2].examples[1].key)
        assert.same({ 3, 4 }, { rejecting.tables[1].rejected, rejecting.tables[2].rejected })
        local failing = found "fail"
        assert.equal(0, failing.foreign_keys[1].count)
        assert.equal(1, failing.foreign_keys[2].count)
        assert.same({ { key = "rowid=4", value = "p=9" } }, failing.foreign_keys[2].examples)
    end)

    it("compares texts of citext in ASCII, and says of how many it can't", function()
        open "CREATE TABLE t(a); INSERT INTO t VALUES ('Ab'), ('aB'), ('\xC3\x84'), ('\xC3\xA4')"
        local found = check { tables = { load_of("t", { "a citext" }) },
            keys = { { table = 1, columns = { 1 }, unique = true } } }.keys[1]
        assert.equal(1, found.count)
        assert.equal(2, found.unknown)
        assert.equal("folded", core.equality(type_of "citext"))
        assert.is_nil(core.equality(type_of "jsonb"))
        assert.is_nil(core.equality(type_of "xid"))
    end)

    it("compares keys of tables that go by text COPY", function()
        open "CREATE TABLE t(a, x); INSERT INTO t VALUES (1, 7), ('1', 8), (x'01', x'00'), (NULL, NULL)"
        local found = check { tables = { load_of("t", { "a bigint", "x xid" }, { binary = false }) },
            keys = { { table = 1, columns = { 1 }, unique = true } } }
        assert.equal(1, found.keys[1].count)
        assert.equal(1, #found.tables[1].columns[1].reasons)
        assert.equal(1, found.tables[1].columns[2].reasons[1].count)
    end)

    it("counts the values that would not come back as they are", function()
        open "CREATE TABLE t(a, b); INSERT INTO t VALUES (1, 'x'), (2, 'y'), ('3', 'z')"
        local columns = check { tables = { load_of("t", { "a bigint", "b text" }) } }.tables[1].columns
        assert.equal(1, columns[1].inexact)
        assert.equal(3, columns[1].values)
        assert.equal(0, columns[2].inexact)
    end)

    it("compares many rows in a file that nobody sees", function()
        open [[CREATE TABLE t(a INTEGER, b TEXT); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
            WHERE i < 100000) INSERT INTO t SELECT i % 99999, hex(i) FROM n]]
        local ticks = 0
        local found = check { tables = { load_of("t", { "a bigint", "b text" }), load_of("t", { "a int" }) },
            keys = { { table = 1, columns = { 1 }, unique = true }, { table = 1, columns = { 2 }, unique = true } },
            tick = function(index, rows, total)
                assert.is_true(index >= 1 and rows >= 0 and total >= rows)
                ticks = ticks + 1
            end }
        assert.equal(100000, found.tables[2].rows)
        assert.equal(1, found.keys[1].count)
        assert.same({ { key = "rowid=100000", first_key = "rowid=1", value = "a=1" } }, found.keys[1].examples)
        assert.equal(0, found.keys[2].count)
        assert.is_true(ticks > 0)
        assert.equal("", process.shell("ls -A " .. place .. " | grep -v '^a.db$'; true"))
    end)

    it("finds the same in parts of a table as in one piece", function()
        open [[CREATE TABLE t(id INTEGER PRIMARY KEY, a, b);
            WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 30001)
            INSERT INTO t SELECT i * 7 - 40000, CASE WHEN i % 9000 = 8999 THEN 'bad' WHEN i % 7000 = 6999 THEN x'00'
                ELSE i % 29000 END, CASE WHEN i % 1000 = 0 THEN '1' ELSE i END FROM n;
            CREATE TABLE c(t); INSERT INTO c VALUES (-40000), (169993), (170000), (170014), (1)]]
        -- Four parts; the last rowid of the first one is there.
        local function found(threads)
            local tbl = load_of("t", { "id bigint", "a int reject", "b bigint reject" })
            tbl.range = "SELECT min(id), max(id) FROM t"
            tbl.read.key_columns, tbl.read.key_names = { 1 }, { "id" }
            tbl.read.columns, tbl.read.sql_first = 3, "SELECT id, a, b FROM t ORDER BY id"
            tbl.read.sql_after = "SELECT id, a, b FROM t WHERE id > ?1 ORDER BY id"
            local result = check { threads = threads, tables = { tbl, load_of("c", { "t bigint" }) },
                keys = { { table = 1, columns = { 2 }, unique = true, rejects = true }, { table = 1, columns = { 1 } },
                    { table = 2, columns = { 1 } } },
                foreign_keys = { { child = 3, parent = 2, rejects = true } } }
            for _, column in ipairs(result.tables[1].columns) do
                column.inexact = nil -- goes by the forms that are left, part by part
            end
            return result
        end
        local whole = found(1)
        assert.equal(30002, whole.tables[1].rows)
        assert.equal(2, #whole.tables[1].columns[2].reasons)
        assert.equal(3, #whole.tables[1].columns[2].reasons[1].examples)
        assert.is_true(whole.keys[1].count > 900)
        assert.equal("id=163000", whole.keys[1].examples[1].key)
        assert.equal("id=-40000", whole.keys[1].examples[1].first_key)
        assert.equal(4, whole.foreign_keys[1].count)
        assert.same(whole, found(3))
    end)

    it("says that a table can't be read, and ends when a signal asks for it", function()
        open "CREATE TABLE t(a); INSERT INTO t VALUES (1)"
        local bad = load_of("t", { "a int" })
        bad.read.sql_first = "SELECT nothing, rowid FROM t"
        local fault = fault_of(check, { tables = { load_of("t", { "a int" }), bad } })
        assert.equal("source", fault.kind)
        assert.equal("t", fault.table)
    end)

    it("refuses options that are none", function()
        open "CREATE TABLE t(a)"
        local tables = { load_of("t", { "a int" }) }
        for _, options in ipairs {
            {}, { tables = 1 }, { tables = tables, tick = 1 }, { tables = tables, threads = 0 },
            { tables = tables, keys = { { table = 2, columns = { 1 } } } },
            { tables = tables, keys = { { table = 1, columns = { 2 } } } },
            { tables = tables, keys = { { table = 1 } } },
            { tables = tables, foreign_keys = { { child = 1, parent = 1 } } },
        } do
            assert.equal("usage", fault_of(check, options).kind)
        end
    end)
end)
