-- The harness itself: what it promises to notice, it notices, shown by programs that do exactly that.
local h = require "tests.support.harness"
local compare = require "tests.support.compare"

describe("the harness notices", function()
    after_each(h.cleanup)

    ---Runs a shell script in wherry's place and returns the complaint, or fails when there is none.
    local function complaint(body, args)
        local program = h.path "program"
        h.process.write(program, "#!/bin/sh\n" .. body .. "\n")
        h.process.shell("chmod +x " .. program)
        h.command(program)
        local ok, failure = pcall(h.wherry, args or { "run", "--json" })
        assert.is_false(ok, "nothing was noticed")
        return tostring(failure)
    end

    ---A document of a run, with one member changed.
    local function document(change)
        local text = [[{"schema":1,"command":"run","status":"counted","run":1,"target":{},
            "sources":[{"name":"main","path":"p","fingerprint":"f","tables":[
            {"table":"t","total":3,"excluded":1,"filtered":{},"rejected":0,"merged":0,"passed":2}]}],
            "targets":[{"table":"public.t","passed":2,"emitted":0,"inserted":2,"updated":0,"skipped":0,"rejected":0,
            "seconds":0}],"objects":[],"findings":[],"error":null,"checks":[],
            "verification":{"state":"none","note":null}}]]
        local changed = change and text:gsub(change[1], change[2], 1) or text
        assert.is_true(not change or changed ~= text)
        return "cat <<'END'\n" .. changed .. "\nEND"
    end

    it("nothing wrong with a document that closes", function()
        h.process.write(h.path "program", "#!/bin/sh\n" .. document())
        h.process.shell("chmod +x " .. h.path "program")
        h.command(h.path "program")
        assert.equal(0, h.wherry({ "run", "--json" }).code)
    end)

    it("a byte changed in the source, and a file left beside it", function()
        local file = h.source "CREATE TABLE t(x);"
        assert.matches("changed", complaint(("printf x >> %s"):format(file), { "run" }))
        assert.matches("changed", complaint(("touch %s-journal"):format(file), { "run" }))
    end)

    it("a process and a temporary file left behind", function()
        assert.matches("process was left", complaint("sleep 4 >/dev/null 2>&1 &", { "run" }))
        assert.matches("temporary files", complaint("touch $TMPDIR/left", { "run" }))
    end)

    it("a secret, as it is and percent-encoded", function()
        h.secret "a b&c"
        assert.matches("secret", complaint("echo 'a b&c' >&2", { "run" }))
        assert.matches("secret", complaint("echo 'a%20b%26c'", { "run" }))
    end)

    it("a document that is none, one that does not close, one that contradicts its exit code", function()
        assert.matches("not one JSON", complaint("echo '{} {}'"))
        assert.matches("not one JSON", complaint("echo 'nothing'"))
        assert.matches("total 3", complaint(document { '"passed":2', '"passed":1' }))
        assert.matches("equation", complaint(document { '"inserted":2', '"inserted":1' }))
        assert.matches("exit 0", complaint(document { '"counted"', '"failed"' }))
        assert.matches("exit 3", complaint(document() .. "; exit 3"))
        assert.matches("no note", complaint(document { '"objects":%[%]',
            '"objects":[{"kind":"index","name":"i","outcome":"changed","note":null}]' }))
    end)

    it("a row missing, a row added, a row doubled, a value that differs", function()
        local file, database = h.source [[CREATE TABLE t(id INTEGER, r REAL, v TEXT);
            INSERT INTO t VALUES (1, 0.1, 'a'), (2, NULL, ''), (2, NULL, '');]], h.database()
        h.sql(database, [[CREATE TABLE t(id bigint, r float8, v text);
            INSERT INTO t VALUES (1, 0.1, 'a'), (2, NULL, ''), (2, NULL, '')]])
        compare.table(database, file, "t")
        for _, sql in ipairs { "DELETE FROM t WHERE id = 1", "INSERT INTO t VALUES (3, 1, 'b')",
            "INSERT INTO t SELECT * FROM t WHERE id = 1", "UPDATE t SET r = 0.10000000000000002 WHERE id = 1",
            "UPDATE t SET v = NULL WHERE id = 2", "UPDATE t SET v = 'A' WHERE id = 1" } do
            assert.has_error(function()
                h.sql(database, "BEGIN; CREATE TABLE x AS SELECT * FROM t; COMMIT; " .. sql)
                local ok, failure = pcall(compare.table, database, file, "t")
                h.sql(database, "TRUNCATE t; INSERT INTO t SELECT * FROM x; DROP TABLE x")
                assert(ok, failure)
            end)
        end
    end)
end)
