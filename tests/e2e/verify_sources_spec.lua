-- wherry verify of several sources, of files in use, from a program, with a report; and when it is interrupted.
local cjson = require "cjson"
local h = require "tests.support.harness"

describe("wherry verify of", function()
    after_each(h.cleanup)

    local NOTES = "CREATE TABLE notes(id INTEGER PRIMARY KEY, v TEXT); INSERT INTO notes VALUES (1, 'a'), (2, 'b');"

    local function verify(code, args, options)
        local argv = { "verify", table.unpack(args) }
        argv[#argv + 1] = "--json"
        local result = h.wherry(argv, options)
        assert.equal(code, result.code, result.said)
        return result
    end

    local function line_of(result, name)
        for _, tbl in ipairs(result.json.comparison.tables) do
            if tbl.table == "public." .. name then
                return tbl
            end
        end
    end

    it("several sources compares what all of them have put into a table", function()
        local database, folder = h.database(), h.subdirectory "several"
        h.sqlite(folder .. "/one.db", NOTES)
        h.sqlite(folder .. "/two.db", "CREATE TABLE notes(id INTEGER PRIMARY KEY, v TEXT); "
            .. "INSERT INTO notes VALUES (11, 'c');")
        local script = h.script(([[local w = require "wherry"
            return w.plan { from = { one = w.sqlite %q, two = w.sqlite %q }, to = w.pg %q, collision = "append" }]])
            :format(folder .. "/one.db", folder .. "/two.db", h.url(database)))
        h.run(0, { script })
        for _, against in ipairs { "source", "journal" } do
            local result = verify(0, { script, "--against", against })
            assert.same({ "verified", 3, { "one.notes", "two.notes" } }, { result.json.status,
                line_of(result, "notes").rows_source, line_of(result, "notes").sources }, result.said)
        end
        h.sql(database, "UPDATE notes SET v = 'x' WHERE id = 11")
        local line = line_of(verify(1, { script }), "notes")
        assert.same({ 1, "id=11", "c" }, { line.different, line.differences[1].key,
            line.differences[1].columns[1].source.text })
    end)

    it("a file that is in use shows it as it is at one moment", function()
        local file, database = h.source("PRAGMA journal_mode=WAL;" .. NOTES), h.database()
        h.run(0, { file, h.url(database) })
        local said = h.path "said"
        local pipe = assert(io.popen(("sqlite3 -bail %s >%s 2>&1"):format(file, said), "w"))
        pipe:write "BEGIN; INSERT INTO notes VALUES (3, 'not committed');\n.print ready\n"
        pipe:flush()
        assert.is_truthy(h.process.wait(5, function() return (h.process.read(said) or ""):find "ready" end))
        local ok, failure = pcall(function()
            local result = verify(0, { file, h.url(database) }, { changing = true })
            assert.matches("is in use: process %d+ %(sqlite3%)", result.stderr)
            assert.equal("verified", result.json.status)
        end)
        pipe:write "COMMIT;\n"
        pipe:close()
        assert(ok, failure)
        assert.equal(1, line_of(verify(1, { file, h.url(database) }, { changing = true }), "notes").missing)
        h.process.shell("rm " .. file .. "*")
    end)

    it("a run that has read a copy reads the source itself", function()
        local file, database = h.source(NOTES), h.database()
        h.run(0, { file, h.url(database), "--source-mode=copy" })
        assert.equal("verified", verify(0, { file, h.url(database) }).json.status)
        assert.equal("verified", verify(0, { file, h.url(database), "--against=journal" }).json.status)
    end)

    it("a run without digests compares with the source, and says what the journal lacks", function()
        local file, database = h.source(NOTES), h.database()
        h.run(0, { file, h.url(database), "--verify=none" })
        assert.equal("verified", verify(0, { file, h.url(database) }).json.status)
        local result = verify(0, { file, h.url(database), "--against=journal" })
        assert.equal("same", line_of(result, "notes").state) -- the file is as the run has read it
        os.rename(file, file .. ".away")
        result = verify(0, { file, h.url(database), "--against=journal" })
        os.rename(file .. ".away", file)
        assert.same({ "counted", "partly", "not_compared" }, { result.json.status, result.json.comparison.state,
            line_of(result, "notes").state })
    end)

    it("writes a report, whatever it finds", function()
        local file, database, folder = h.source(NOTES), h.database(), h.path "home/report"
        h.run(0, { file, h.url(database) })
        h.sql(database, "UPDATE notes SET v = '<script>' WHERE id = 2")
        local result = verify(1, { file, h.url(database), "--report", folder })
        local document = cjson.decode(h.process.read(folder .. "/report.json"))
        document.report = nil
        assert.same(result.json, document)
        local page = h.process.read(folder .. "/report.html")
        assert.is_nil(page:find("<script>", 1, true))
        assert.matches("&lt;script&gt;", page, 1, true)
        local text = h.process.read(h.process.shell("ls " .. folder .. "/*.txt"))
        assert.matches("DIFFERS: the two sides are not the same", text, 1, true)
        assert.equal(3, verify(3, { file .. "x", h.url(database), "--report", folder }).json.error and 3)
    end)

    it("a program is w.verify", function()
        local file, database, here = h.source(NOTES), h.database(), h.process.shell "pwd"
        h.run(0, { file, h.url(database) })
        local path = h.path "program.lua"
        h.process.write(path, [[#!/usr/bin/env lua5.4
            local w = require "wherry"
            local plan = w.plan { from = w.sqlite(...) }
            local result = w.verify(plan, { target = select(2, ...), jobs = 1 })
            print(result.exit, result.status, result.comparison.tables[1].state)
            print(result)
            print(w.json.decode(result:json()).command)
            print(pcall(w.verify, plan, { sample = 101 }))
            print(pcall(w.verify, plan, { resume = true }))]])
        h.process.shell("chmod +x " .. path)
        h.command(path)
        local result = h.wherry({ file, h.url(database) }, { env = { PATH = os.getenv "PATH",
            LUA_PATH = here .. "/lua/?.lua;" .. here .. "/lua/?/init.lua;;", LUA_CPATH = package.cpath } })
        assert.equal(0, result.code, result.said)
        assert.matches("^0\tverified\tsame\nTarget: ", result.stdout)
        assert.matches("\nverified: every value of every row is the same on both sides %(2 rows, 1 table%)",
            result.stdout)
        assert.matches("\nverify\nfalse\tw.verify: sample: a number of percent", result.stdout, 1, true)
        assert.matches("\nfalse\tw.verify: there is no option", result.stdout, 1, true)
    end)

    it("many rows ends at Ctrl-C, and leaves nothing", function()
        local file, database = h.source [[CREATE TABLE notes(id INTEGER PRIMARY KEY, v TEXT);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
            INSERT INTO notes SELECT i, 'v' || i FROM n;]], h.database()
        local script = h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, tables = { notes = { row = function(old, new)
                local ends = os.clock() + (os.getenv "SLOW" and 0.001 or 0)
                while os.clock() < ends do end
            end } } }]]):format(file))
        h.run(0, { script, h.url(database) })
        local running = h.start({ "verify", script, h.url(database), "--json" }, { env = { SLOW = "1" } })
        h.process.wait(10, function()
            return h.sql(database, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'wherry verify'")
                == "1" and "there"
        end)
        h.process.sleep(0.5)
        running:kill "INT"
        local result = running:finish(20)
        assert.same({ 130, "interrupted" }, { result.code, result.json.status }, result.said)
        assert.equal("0", h.sql(database,
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'wherry verify'"))
    end)
end)
