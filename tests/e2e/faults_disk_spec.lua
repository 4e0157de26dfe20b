-- Disks that run full: the server's, the one of the copy of a live source, the one of the file that the way back makes.
-- The run says so, leaves nothing half done, and comes through when there is room. The disks are small file systems in
-- memory, in a name space of their own.
local h = require "tests.support.harness"
local faults = require "tests.support.faults"
local server = require "tests.support.server"

local MAY_MOUNT = os.execute "unshare -m mount -t tmpfs none /mnt >/dev/null 2>&1"
local describe_mounted = MAY_MOUNT and describe or function(name)
    describe(name, function() pending("skipped: this user may not mount a file system", function() end) end)
end

describe_mounted("a full disk", function()
    after_each(h.cleanup)

    -- A program that runs wherry where `directory` is a file system of so many kB, then lists what is in it.
    local function small(directory, kilobytes, list)
        local script = h.path "small"
        h.process.write(script, ([[#!/bin/sh
            exec unshare -m sh -c 'mount -t tmpfs -o size=%dk,mode=0777 none %s && "$@"; c=$?; ls -A %s >%s; exit $c' \
                sh %s "$@"]]):format(kilobytes, directory, directory, list, os.getenv "WHERRY"
                or h.process.shell "pwd" .. "/build/wherry"))
        h.process.shell("chmod +x " .. script)
        h.command(script)
    end

    it("of the server stops the run, which goes on when there is room", function()
        local own = server.start(server.SETTINGS, [[unshare -m sh -c 'mkdir %s/small
            mount -t tmpfs -o size=64m,mode=0700 none %s/small && chown postgres %s/small && exec "$@"' sh]])
        finally(function()
            h.serve(nil)
            own:stop "INT"
        end)
        h.serve(own)
        local function resize(megabytes)
            h.process.shell(("nsenter -t %s -m mount -o remount,size=%dm %s/small"):format(own:pid(), megabytes,
                own.place))
        end
        local case = faults.case { rows = 100, more = [[CREATE TABLE large(id INTEGER PRIMARY KEY, v BLOB);
            WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 500)
                INSERT INTO large SELECT n, randomblob(20000) FROM c;]],
            target = ("CREATE TABLE large(id bigint PRIMARY KEY, v bytea) TABLESPACE small;"),
            before = ("CREATE TABLESPACE small LOCATION '%s/small'"):format(own.place) }
        case:reset()
        resize(6)
        local result = h.wherry(case:words { "--json" })
        assert.equal(5, result.code, result.said)
        assert.matches("[Nn]o space left on device", result.json.error.message)
        assert.equal("0", case:sql "SELECT count(*) FROM wherry.reject")
        local again = h.wherry(case:words { "--json", "--resume" })
        assert.equal(5, again.code, again.said)
        resize(64)
        case:resume "a full disk"
        case:check "a full disk"
    end)

    it("for the copy of a source is found before anything is written", function()
        local file, database = h.source [[CREATE TABLE t(id INTEGER PRIMARY KEY, v BLOB);
            WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 100)
            INSERT INTO t SELECT n, randomblob(20000) FROM c;]], h.database()
        local state, list = h.subdirectory "state", h.path "list"
        small(state, 1024, list)
        local result = h.run(3, { file, h.url(database), "--source-mode=copy" }, { env = {
            XDG_STATE_HOME = state, TMPDIR = state } })
        assert.equal("", h.objects(database), result.said)
        h.command(nil)
        h.run(0, { file, h.url(database), "--source-mode=copy" })
        assert.equal("100", h.sql(database, "SELECT count(*) FROM t"))
    end)

    it("for the file of the way back leaves nothing there", function()
        local database = h.database()
        h.sql(database, [[CREATE TABLE t(id int PRIMARY KEY, v bytea);
            INSERT INTO t SELECT n, decode(repeat(md5(n::text), 500), 'hex') FROM generate_series(1, 400) n]])
        local place, list = h.subdirectory "place", h.path "list"
        small(place, 2048, list)
        local result = h.wherry { "run", h.url(database), place .. "/out.db", "--json" }
        assert.is_true(result.code == 3 or result.code == 5, result.said)
        assert.matches("full", result.json.error.message)
        assert.equal("", h.process.read(list), result.said)
        h.command(nil)
        h.run(0, { h.url(database), place .. "/out.db" })
        assert.equal("400", h.sqlite(place .. "/out.db", "SELECT count(*) FROM t"))
    end)
end)
