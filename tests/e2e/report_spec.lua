-- --report DIR: which files there are after which end, what stands in them, and what does not; the same report later,
-- from the journal.
local cjson = require "cjson"
local h = require "tests.support.harness"

local ROWS = [[CREATE TABLE notes(id INTEGER PRIMARY KEY, title TEXT NOT NULL, n ANY);
    WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 200)
    INSERT INTO notes SELECT n, 'title ' || n, n FROM c;]]

describe("a report", function()
    local read = h.process.read

    after_each(h.cleanup)

    -- The names of the files of a folder, the time of the text's left out.
    local function names(folder)
        return (h.process.shell("ls -A " .. h.process.quote(folder)):gsub("%d%d%d%d%d%d%d%d_%d%d%d%d%d%d", "TIME"))
    end

    local ALL = "migration_report_TIME.txt\nreport.html\nreport.json"

    local function document(folder)
        return cjson.decode(read(folder .. "/report.json"))
    end

    local function text_of(folder)
        return read(h.process.shell(("ls %s/migration_report_*.txt"):format(h.process.quote(folder))))
    end

    -- The document as --json has it.
    local function without_report(doc)
        doc.report = nil
        return doc
    end

    it("is written by a run: the document of --json, a page and a text", function()
        local file, database, folder = h.source(ROWS), h.database(), h.path "home/new/folder"
        local result = h.run(0, { file, h.url(database), "--report", folder })
        assert.equal(ALL, names(folder))
        local doc = document(folder)
        local about = doc.report
        assert.same({ 0, "run", h.process.shell "id -un", h.process.shell "hostname" }, { about.exit, about.basis,
            about.operator, about.host })
        assert.truthy(about.command:find("wherry run " .. file, 1, true))
        assert.is_true(#about.throughput >= 8)
        local rows = 0
        for _, bin in ipairs(about.throughput) do
            rows = rows + bin.rows
        end
        assert.equal(200, rows)
        assert.same(result.json, without_report(doc))
        local text = text_of(folder)
        assert.truthy(text:find("\nverified: every value of every row is the same", 1, true), text)
        assert.truthy(text:find("How to go back", 1, true))
        assert.truthy(text:find("wherry run 'postgresql://postgres@/" .. database, 1, true), text)
        assert.equal("1\n", h.sql(database, "SELECT count(*) FROM wherry.run WHERE report IS NOT NULL") .. "\n")
    end)

    it("is made again from the journal, the same to the byte", function()
        local file, database = h.source(ROWS), h.database()
        local first, later = h.path "home/first", h.path "home/later"
        h.run(0, { file, h.url(database), "--report", first })
        local result = h.wherry { "status", h.url(database), "1", "--report", later }
        assert.equal(0, result.code, result.said)
        assert.truthy(result.stderr:find("report: " .. later .. "/report.html", 1, true), result.stderr)
        assert.equal("", h.process.shell(("diff -r %s %s"):format(first, later)))
    end)

    it("is made of what the journal knows where the run has left none", function()
        local file, database, folder = h.source(ROWS), h.database(), h.path "home/report"
        h.run(0, { file, h.url(database) })
        h.sql(database, [[UPDATE wherry.run SET report = NULL; UPDATE wherry.run SET state = 'running', status = NULL,
            finished = NULL]])
        assert.equal(0, h.wherry({ "status", h.url(database), "1", "--report", folder }).code)
        local doc = document(folder)
        assert.same({ "failed", "journal", 5 }, { doc.status, doc.report.basis, doc.report.exit })
        assert.truthy(doc.error.message:find("was killed", 1, true))
        assert.same({ 200, 200, 200 }, { doc.sources[1].tables[1].total, doc.targets[1].passed,
            doc.targets[1].inserted })
        assert.truthy(read(folder .. "/report.html"):find("made later", 1, true))
        h.process.shell(("rm %s/report.html && mkdir -p %s/report.html/full"):format(folder, folder))
        local full = h.wherry { "status", h.url(database), "--json", "--report", folder }
        assert.equal(3, full.code, full.said)
        assert.truthy(full.json.error.message:find("the report can't be written", 1, true))
        h.sql(database, "UPDATE wherry.run SET state = 'removed'")
        local refused = h.wherry { "status", h.url(database), "1", "--report", folder }
        assert.equal(3, refused.code)
        assert.truthy(refused.stderr:find("was taken back", 1, true), refused.stderr)
    end)

    it("is gone with the run that is gone on with, until that has ended", function()
        local file, database = h.source(ROWS), h.database()
        h.sql(database, "CREATE TABLE notes(id int PRIMARY KEY, title text NOT NULL, n int CHECK (n <> 150))")
        local folder = h.path "home/report"
        local failed = h.run(5, { file, h.url(database), "--report", folder, "--batch-size=50", "--jobs=1" })
        local doc = document(folder)
        assert.same(failed.json, without_report(document(folder)))
        assert.same({ "failed", 5 }, { doc.status, doc.report.exit })
        assert.equal(failed.json.error.message, doc.error.message)
        assert.truthy(doc.report.next_steps[1].command:find("--report=" .. folder .. " --resume", 1, true),
            doc.report.next_steps[1].command)
        h.sql(database, "ALTER TABLE notes DROP CONSTRAINT notes_n_check")
        h.run(0, { file, h.url(database), "--resume", "--accept-changes", "--report", folder })
        assert.equal(2, select(2, names(folder):gsub("migration_report_TIME[_2]*%.txt", "")), names(folder))
        doc = document(folder)
        assert.same({ "verified", 0 }, { doc.status, doc.report.exit })
        assert.is_true(#doc.report.accepted > 0)
    end)

    it("is written when nothing was: refused, no connection, a script that fails", function()
        local file, database, folder = h.source(ROWS), h.database(), h.path "home/report"
        h.sql(database, "CREATE TABLE notes(id int PRIMARY KEY, other int NOT NULL)")
        h.run(4, { file, h.url(database), "--report", folder })
        assert.same({ "refused", 4, 1 }, { document(folder).status, document(folder).report.exit,
            math.min(1, #document(folder).findings) })
        h.run(3, { file, "postgresql://nobody@/none?host=/nowhere", "--report", folder })
        assert.same({ "failed", 3, "connection" }, { document(folder).status, document(folder).report.exit,
            document(folder).error.kind })
        h.process.write(h.path "source/bad.lua", "error 'no plan'")
        h.run(4, { h.path "source/bad.lua", h.url(database), "--report", folder })
        assert.truthy(document(folder).error.message:find "no plan")
    end)

    it("is written by a run that is interrupted", function()
        local file, database, folder = h.source(ROWS), h.database(), h.path "home/report"
        h.sql(database, [[CREATE TABLE notes(id int PRIMARY KEY, title text NOT NULL, n int);
            CREATE SCHEMA aux; CREATE FUNCTION aux.slow() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM pg_sleep(0.1); RETURN new; END $$;
            CREATE TRIGGER slow BEFORE INSERT ON notes FOR EACH ROW EXECUTE FUNCTION aux.slow()]])
        local running = h.start { "run", file, h.url(database), "--report", folder, "--batch-size=5",
            "--triggers=fire" }
        assert(h.process.wait(20, function()
            return h.objects(database):find("wherry.slice", 1, true)
                and h.sql(database, "SELECT count(*) > 0 FROM notes") == "t"
        end))
        running:kill "INT"
        assert.equal(130, running:finish(60).code)
        local doc = document(folder)
        assert.same({ "interrupted", 130 }, { doc.status, doc.report.exit })
        assert.is_true(doc.report.committed.rows > 0)
        assert.equal(read(folder .. "/report.json"), h.sql(database, "SELECT report FROM wherry.run") .. "\n")
    end)

    it("goes into a folder that can be written into, or nothing is done at all", function()
        local file, database = h.source(ROWS), h.database()
        h.process.write(h.path "home/file", "mine")
        for _, folder in ipairs { h.path "home/file", h.path "home/file/below", "/proc/none" } do
            local result = h.run(3, { file, h.url(database), "--report", folder })
            assert.truthy(result.json.error.message:find("the report can't be written into " .. folder, 1, true))
            assert.equal("", h.objects(database))
        end
        assert.equal(2, h.wherry({ "run", file, h.url(database), "--report=" }).code)
        assert.equal(2, h.wherry({ "check", file, "--report=x" }).code)
        assert.equal(2, h.wherry({ "run", file, h.url(database), "--dry-run", "--report=x" }).code)
        assert.equal("mine", read(h.path "home/file"))
        assert.equal("", h.objects(database))
    end)

    it("tells of what could not be written behind a run that was done", function()
        local file, database, folder = h.source(ROWS), h.database(), h.path "home/report"
        h.process.shell("mkdir -p " .. folder .. "/report.html/full")
        local result = h.wherry { "run", file, h.url(database), "--report", folder, "--json" }
        assert.equal(3, result.code, result.said)
        assert.equal("verified", result.json.status)
        assert.truthy(result.json.findings[1].reason:find("the report can't be written into", 1, true))
        assert.is_nil(names(folder):find("%.wherry"))
        assert.equal("200", h.sql(database, "SELECT count(*) FROM notes"))
    end)

    it("leaves the text of another run as it is", function()
        local file, folder = h.source(ROWS), h.path "home/report"
        h.process.shell("mkdir " .. folder)
        for offset = -1, 30 do -- whatever second it ends in
            h.process.write(("%s/migration_report_%s.txt"):format(folder, os.date("!%Y%m%d_%H%M%S",
                os.time() + offset)), "another's")
        end
        h.run(0, { file, h.url(h.database()), "--report", folder })
        local texts = h.process.shell(("grep -L \"another's\" %s/*.txt"):format(folder))
        assert.matches("/migration_report_%d+_%d+_2%.txt$", texts)
        assert.equal("32", h.process.shell(("grep -l \"another's\" %s/*.txt | wc -l"):format(folder)))
    end)

    it("holds no password, wherever it was named", function()
        local file, folder, name, password = h.source(ROWS), h.path "home/report", h.role()
        local script, socket = h.path "source/m.lua", h.url("x"):match "host=(.*)$":gsub("%%2F", "/")
        local function ends(database)
            h.process.write(script, ([[local w = require "wherry"
                return w.plan { from = w.sqlite %q, to = w.pg %q }]]):format(file, h.url(database, name, password)))
            return { { file, h.url(database, name, password) }, { script },
                { file, ("host=%s dbname=%s user=%s password='%s'"):format(socket, database, name, password) } }
        end
        for index = 1, 3 do
            local database, place = h.database(), folder .. index
            h.sql("postgres", ("ALTER DATABASE %s OWNER TO %s"):format(database, name))
            local ended = h.wherry { "run", "--report=" .. place, table.unpack(ends(database)[index]) }
            assert.equal(0, ended.code, ended.said)
            for path in h.process.shell(("ls -d %s/*"):format(place)):gmatch "[^\n]+" do
                local text = read(path)
                assert.is_nil(text:find(password, 1, true) or text:find(h.escape(password), 1, true), path)
            end
            local kept = h.sql(database, "SELECT report FROM wherry.run")
            assert.is_nil(kept:find(password, 1, true) or kept:find(h.escape(password), 1, true))
        end
    end)

    it("is written of dumps and of the way back, too", function()
        local file, database, folder = h.source(ROWS), h.database(), h.path "home/report"
        h.run(0, { file, h.url(database) })
        local back = h.path "home/back.db"
        h.run(0, { h.url(database), back, "--report", folder }, { keeps = true })
        local doc = document(folder)
        assert.same({ back, 200 }, { doc.target.file, doc.targets[1].inserted })
        assert.truthy(doc.report.command:find "wherry run postgresql://")
        assert.truthy(read(folder .. "/report.html"):find("back.db", 1, true))
        local refused = h.run(3, { file, h.path "nowhere/out.sql", "--report", folder })
        assert.same(refused.json.error.message, document(folder).error.message)
    end)

    it("is written by a verification, which names what differs", function()
        local file, database, folder = h.source(ROWS), h.database(), h.path "home/report"
        h.run(0, { file, h.url(database) })
        assert.equal(0, h.wherry({ "verify", file, h.url(database), "--report", folder }).code)
        local doc = document(folder)
        assert.same({ "verify", "verified", "source" }, { doc.command, doc.status, doc.comparison.basis })
        h.sql(database, "UPDATE notes SET title = 'changed <b>' WHERE id = 7")
        local result = h.wherry { "verify", file, h.url(database), "--report", folder, "--json" }
        assert.equal(1, result.code, result.said)
        local page = read(folder .. "/report.html")
        assert.truthy(page:find(">Differs<", 1, true))
        assert.truthy(page:find("changed &lt;b&gt;", 1, true), result.said)
        assert.same(result.json, without_report(document(folder)))
        assert.equal("2", h.process.shell(("grep -l 'verification report' %s/*.txt | wc -l"):format(folder)))
    end)

    it("is written by w.run", function()
        local file, database, folder = h.source(ROWS), h.database(), h.path "home/report"
        local script = h.path "source/own.lua"
        h.process.write(script, ([[local w = require "wherry"
            local result = w.run(w.plan { from = w.sqlite %q }, { target = %q, report = %q })
            print(result.exit, pcall(w.run, "x.db", { report = "" }))]]):format(file, h.url(database), folder))
        local result = h.process.run({ "lua5.4", script }, { directory = h.subdirectory "lua", timeout = 60,
            env = { PATH = os.getenv "PATH", LUA_PATH = os.getenv "LUA_PATH", LUA_CPATH = os.getenv "LUA_CPATH",
                LD_PRELOAD = os.getenv "LD_PRELOAD", ASAN_OPTIONS = os.getenv "ASAN_OPTIONS" } })
        assert.equal(0, result.code, result.stderr)
        assert.truthy(result.stdout:find("^0\tfalse"), result.stdout)
        assert.equal(ALL, names(folder))
        assert.truthy(document(folder).report.command:find("w.run at", 1, true))
    end)
end)
