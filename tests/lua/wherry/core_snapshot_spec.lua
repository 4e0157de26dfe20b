local core = require "wherry.core"
local process = require "tests.support.process"
local fault_of = require "tests.support.refusal"

local snapshot, sys = core.snapshot, core.sys

describe("wherry.core.snapshot", function()
    local place, file

    -- A file made by the sqlite3 command, which has left it again.
    local function make(sql)
        process.shell(("printf %%s %s | sqlite3 -bail %s"):format(process.quote(sql), process.quote(file)))
    end

    before_each(function()
        place = sys.temp "wherry-test-"
        file = place .. "/a b?.db"
    end)
    after_each(function() sys.remove_tree(place) end)

    it("tells what it holds", function()
        make "create table t(a)"
        local source <close> = snapshot.open(file)
        local info = source:info()
        assert.are.equal(sys.realpath(file), info.path)
        assert.is_true(info.fenced)
        assert.is_false(info.wal)
        assert.are.equal("", info.note)
        assert.truthy(info.fingerprint:match "^%x+$")
        assert.are.equal(32, #info.fingerprint)
        assert.is_true(source:unchanged())
    end)

    it("keeps writers waiting until it is released, where that is asked for", function()
        make "pragma journal_mode = wal; create table t(a)" -- with a rollback journal, readers alone keep writers off
        local function written()
            return (sys.spawn { "sqlite3", "-cmd", ".timeout 0", file, "insert into t values (1)" }) == 0
        end
        local source <close> = snapshot.open(file, { hold = true })
        assert.is_false(written())
        source:release()
        source:release()
        assert.is_true(written())
        assert.are.equal(0, source:query("select count(*) as n from t")[1].n)
        local held = snapshot.open(file, { hold = true })
        held:close()
        assert.is_true(written())
    end)

    it("opens a reader for each lane", function()
        make "create table t(a)"
        local function descriptors(options)
            local source = snapshot.open(file, options)
            local count = process.shell(("ls -l /proc/%d/fd | grep -cF 'a b?.db'"):format(sys.pid()))
            source:close()
            return tonumber(count)
        end
        assert.are.equal(descriptors() + 2, descriptors { lanes = 3 })
        for _, lanes in ipairs { 0, snapshot.lanes_most + 1, "x" } do
            assert.are.equal("usage", fault_of(snapshot.open, file, { lanes = lanes }).kind)
        end
    end)

    it("tells which columns a statement reads, and does not run it", function()
        make "create table t(a, b, c); create table u(id integer primary key, \"ä\"); insert into t values (1, 2, 3)"
        local source <close> = snapshot.open(file)
        local found = {}
        for _, one in ipairs(source:reads "select b + (select ä from u where u.rowid = t.A) from t where b > 1") do
            found[one.table .. "." .. one.column] = true
        end
        assert.are.same({ ["t.a"] = true, ["t.b"] = true, ["u.id"] = true, ["u.ä"] = true }, found)
        assert.are.same({}, source:reads "select count(*) from t")
        for sql, words in pairs { ["select nowhere from t"] = "no such column: nowhere", ["delete from t"] = "not auth",
            ["pragma user_version"] = "not auth", ["attach 'x' as y"] = "not auth", ["select load_extension('x')"] =
            "not auth", ["select"] = "incomplete" } do
            local fault = fault_of(source.reads, source, sql)
            assert.are.equal("source", fault.kind)
            assert.matches(words, fault.message, 1, true)
        end
        assert.are.equal(1, source:query("select count(*) as n from t")[1].n)
        source:query "pragma user_version"
    end)

    it("gives rows with SQLite's classes", function()
        make [[create table t(a, b);
            insert into t values (9007199254740993, 0.1 + 0.2), ('x' || char(0), null), (x'00ff', 2.0)]]
        local source <close> = snapshot.open(file)
        local rows = source:query "select a, b from t order by rowid"
        assert.are.same({ { a = 9007199254740993, b = 0.1 + 0.2 }, { a = "x\0" }, { a = "\0\255", b = 2.0 } }, rows)
        assert.are.equal("integer", math.type(rows[1].a))
        assert.are.equal("float", math.type(rows[3].b))
    end)

    it("binds parameters with their classes", function()
        make "create table t(a)"
        local source <close> = snapshot.open(file)
        local row = source:query("select typeof(?) a, typeof(?) b, typeof(?) c, typeof(?) d, ? e, ? f",
            1, 1.0, "1", nil, "a\0b", true)[1]
        assert.are.same({ a = "integer", b = "real", c = "text", d = "null", e = "a\0b", f = 1 }, row)
        assert.are.equal("usage", fault_of(source.query, source, "select ?", {}).kind)
        assert.are.equal("source", fault_of(source.query, source, "select ?", 1, 2).kind)
    end)

    it("says why a query failed, and goes on", function()
        make "create table t(a); create view v as select * from t"
        local source <close> = snapshot.open(file)
        local fault = fault_of(source.query, source, "select * from nowhere")
        assert.are.equal("source", fault.kind)
        assert.truthy(fault.message:find("no such table: nowhere", 1, true))
        assert.are.equal("source", fault_of(source.query, source, "select * from v").kind)
        assert.are.equal("source", fault_of(source.query, source, "delete from t").kind)
        assert.are.same({}, source:query "select * from t")
    end)

    it("takes a census", function()
        make "create table t(a, b); insert into t values (0, 'x'), (1, 2.5), (null, 9007199254740993)"
        local source <close> = snapshot.open(file)
        local function census(select, ...)
            return source:census { { table = "t", select = select, wanted = { ... } } }
        end
        local a, b = table.unpack(census("select a, b from t", "classes", "texts")[1])
        assert.are.same({ null = 1, integer = 2, real = 0, text = 0, blob = 0, integer_min = 0, integer_max = 1,
            integers_inexact = false, integers_bool = true, reals_fraction = false, blob_bytes = 0, blobs_of_16 = 0 },
            a)
        assert.is_true(b.integers_inexact)
        assert.is_false(b.integers_bool)
        assert.are.equal(1, b.text)
        assert.are.same({ 1, 1, 0, 0 }, { b.text_characters, b.text_bytes, b.texts_with_nul, b.texts_invalid })
        assert.are.same({ 2.5, 2.5, true }, { b.real_min, b.real_max, b.reals_fraction })
        assert.is_nil(b.accepted)
        local fault = fault_of(census, "select c from t", "classes")
        assert.are.equal("source", fault.kind)
        assert.are.equal("t", fault.table)
        assert.are.same({}, source:census {})
    end)

    it("asks the codecs what else texts may be", function()
        make [[create table t(a); insert into t values ('{"a": 1}'), ('2024-01-02'), ('2024-01-02 03:04:05'),
            ('2024-01-02T03:04:05.123Z'), ('550e8400-e29b-41d4-a716-446655440000'), ('x')]]
        local source <close> = snapshot.open(file)
        local a = source:census { { table = "t", select = "select a from t", wanted = { "candidates" } } }[1][1]
        assert.are.same({ uuid = 1, jsonb = 1, date = 1, timestamp = 1, timestamptz = 1 }, a.accepted)
        assert.are.equal('{\\"a\\": 1}', a.against.uuid)
        assert.are.equal("2024-01-02", a.against.jsonb)
        assert.are.same({ 1, 0, 0, 1 }, { a.uuid_hyphens, a.uuid_digits, a.uuid_upper, a.uuid_rfc })
        assert.are.same({ 1, 1, 1, 3 }, { a.times_with_t, a.times_with_z, a.times_plain, a.fraction_digits })
    end)

    it("refuses a census of what is no job", function()
        make "create table t(a)"
        local source <close> = snapshot.open(file)
        for _, job in ipairs { 1, {}, { wanted = {} }, { wanted = { "classes" } },
            { wanted = { "classes" }, table = "t" } } do
            assert.are.equal("usage", fault_of(source.census, source, { job }).kind)
        end
        assert.has_error(function()
            source:census { { wanted = { "all" }, table = "t", select = "select a from t" } }
        end)
    end)

    it("checks the file beside other work", function()
        make "create table t(a); insert into t values (1)"
        local source <close> = snapshot.open(file)
        source:check_start()
        assert.are.same({ { a = 1 } }, source:query "select a from t")
        assert.are.equal("passed", source:check(true))
        assert.are.equal("passed", source:check())
    end)

    it("counts beside other work, and then checks the file", function()
        make "create table t(a); insert into t values (1), (2), (3)"
        local source <close> = snapshot.open(file)
        assert.are.same({}, source:counts(true))
        source:check_start { check = true, counts = { { table = "t", sql = "select count(*) from t" },
            { table = "t", sql = "select count(*) from t where a > 2" } } }
        assert.are.same({ 3, 1 }, source:counts(true))
        assert.are.equal("passed", source:check(true))
        assert.are.same({ 3, 1 }, source:counts())
    end)

    it("names the table whose count failed", function()
        make "create table t(a)"
        local source <close> = snapshot.open(file)
        source:check_start { counts = { { table = "t", sql = "select count(*) + 7 from t" },
            { table = "t t", sql = "select count(*) from no_table" } } }
        local known, failed = source:counts(true)
        assert.are.same({ 7 }, known)
        for _, fault in ipairs { failed, select(2, source:counts()), fault_of(source.check, source, true) } do
            assert.are.same({ "source", "t t" }, { fault.kind, fault.table })
            assert.truthy(fault.message:find("no such table", 1, true))
        end
    end)

    it("takes no counts that are none", function()
        make "create table t(a)"
        local source <close> = snapshot.open(file)
        for _, counts in ipairs { { 1 }, { {} }, { { table = "t" } }, { { sql = "select 1" } } } do
            assert.are.equal("usage", fault_of(source.check_start, source, { counts = counts }).kind)
        end
        assert.are.same({}, source:counts())
    end)

    it("refuses what is no database, with a hint", function()
        local fault = fault_of(snapshot.open, place .. "/no.db")
        assert.are.equal("environment", fault.kind)
        assert.truthy(tostring(fault):find("does not exist", 1, true))
        assert.truthy(fault.hint)
        assert.are.equal("environment", fault_of(snapshot.open, place).kind)
    end)

    it("sees a change", function()
        make "create table t(a)"
        local source <close> = snapshot.open(file)
        process.shell("touch -d 2001-01-01 " .. process.quote(file))
        local fault = fault_of(source.unchanged, source)
        assert.are.equal("changed", fault.kind)
    end)

    it("can be closed more than once, and then be used no more", function()
        make "create table t(a)"
        local source = snapshot.open(file)
        source:check_start()
        source:close()
        source:close()
        for _, name in ipairs { "info", "query", "unchanged", "check_start", "counts", "check", "census" } do
            assert.are.equal("usage", fault_of(source[name], source, "select 1").kind)
        end
    end)

    it("looks at a file without opening it, and sees who uses it", function()
        make "create table t(a)"
        local seen = snapshot.look(file)
        assert.are.same({ path = sys.realpath(file), size = sys.stat(file).size }, seen)
        local pid = process.shell(("sh -c %s </dev/null >/dev/null 2>&1 & echo $!"):format(process.quote(
            ("exec 3<%s; exec sleep 60"):format(process.quote(file)))))
        local user = process.wait(5, function() return snapshot.look(file).user end)
        process.shell("kill -9 " .. pid)
        assert.are.equal(("process %s (sleep) has it open"):format(pid), user)
        assert.are.equal("environment", fault_of(snapshot.look, place .. "/no.db").kind)
    end)

    it("tells how far a copy is", function()
        make "create table t(a); insert into t values (zeroblob(9000000))"
        local told = {}
        local made = snapshot.copy { from = file, to = place .. "/copy.db",
            tick = function(done, total) told[#told + 1] = { done, total } end }
        assert.is_true(#told > 1)
        assert.are.same({ made.size, made.size }, told[#told])
        assert.is_true(made.fenced and made.held >= 0)
        assert.are.equal(made.taken // 1000000, sys.stat(place .. "/copy.db").mtime_ns // 1000000000)
    end)

    it("copies a file that is in use", function()
        make "create table t(a); insert into t values (1), (2)"
        local source <close> = snapshot.open(file)
        snapshot.copy { from = file, to = place .. "/copy.db" }
        local copy <close> = snapshot.open(place .. "/copy.db")
        assert.are.same({ { n = 2 } }, copy:query "select count(*) n from t")
        assert.are.equal("environment", fault_of(snapshot.copy, { from = file, to = place .. "/copy.db" }).kind)
        assert.is_true(source:unchanged())
    end)
end)
