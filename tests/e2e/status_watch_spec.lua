-- wherry status --watch: on a pipe and on a terminal, until the run has ended; Ctrl-C ends the watch, and not the run.
local h = require "tests.support.harness"

describe("wherry status --watch", function()
    after_each(h.cleanup)

    ---A run that takes some seconds, at work.
    local function at_work(rows)
        local file = h.source(([[CREATE TABLE big(id INTEGER PRIMARY KEY, v TEXT);
            WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < %d)
            INSERT INTO big SELECT n, 'value ' || n FROM c;]]):format(rows))
        local database = h.database()
        h.sql(database, [[CREATE TABLE big(id int PRIMARY KEY, v text); CREATE SCHEMA aux;
            CREATE FUNCTION aux.slow() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM pg_sleep(0.05); RETURN new; END $$;
            CREATE TRIGGER slow BEFORE INSERT ON big FOR EACH ROW EXECUTE FUNCTION aux.slow()]])
        local running = h.start { "run", file, h.url(database), "--batch-size=5", "--triggers=fire", "--json" }
        assert(h.process.wait(20, function()
            return h.sql(database, "SELECT to_regclass('wherry.slice')") ~= "\\N"
                and h.sql(database, "SELECT coalesce(sum(read), 0) > 0 FROM wherry.slice") == "t"
        end), "the run did not begin to load")
        return running, database
    end

    ---What a terminal gets; `keys` are typed after a second and a half.
    local function on_terminal(args, keys)
        local wrapper = h.path "terminal"
        h.process.write(wrapper, ([[#!/bin/bash
            printf -v words '%%q ' %s "$@"
            (sleep 1.5; printf %s) | script -qefc "$words" /dev/null]]):format(
            h.process.quote(os.getenv "WHERRY" or h.process.shell "pwd" .. "/build/wherry"),
            h.process.quote(keys or "")))
        h.process.shell("chmod +x " .. wrapper)
        h.command(wrapper)
        return h.wherry(args, { env = { TERM = "xterm", NO_COLOR = "1" } })
    end

    it("tells on a pipe how far the run is, and how it has ended", function()
        local running, database = at_work(60)
        local watch = h.wherry { "status", "--watch", h.url(database) }
        assert.equal(0, watch.code, watch.said)
        assert.equal(0, running:finish(20).code)
        assert.matches("^run 1 is running: loads rows, %d+ of 60 rows %(%d+%%%)", watch.stdout)
        assert.matches("\nrun 1 is done: every value of every row is the same on both sides\n  rows: +60 of 60 rows",
            watch.stdout)
        assert.is_nil(watch.stdout:find("\27", 1, true))
    end)

    it("is one document at the end with --json, and silent until then with --quiet", function()
        local running, database = at_work(40)
        local watch = h.start { "status", "--watch", "--quiet", h.url(database) }
        local document = h.wherry { "status", "--watch", "--json", h.url(database), "1" }
        assert.same({ 0, "done", 40 }, { document.code, document.json.runs[1].state, document.json.runs[1].rows })
        assert.matches("^run 1 is done", watch:finish(10).stdout)
        assert.equal(0, running:finish(20).code)
    end)

    it("waits for a run that has not begun yet; Ctrl-C ends the waiting", function()
        local file, database = h.source "CREATE TABLE t(v); INSERT INTO t VALUES (1)", h.database()
        local watch = h.start { "status", "--watch", h.url(database) }
        local given_up = h.start { "status", "--watch", "--json", h.url(database) }
        h.process.sleep(1.5)
        given_up:kill "INT"
        assert.equal(130, given_up:finish(h.PROMPT).code)
        h.run(0, { file, h.url(database) })
        local ended = watch:finish(10)
        assert.equal(0, ended.code, ended.said)
        assert.equal(1, select(2, ended.stderr:gsub("waits for a run to begin: the target has no journal yet\n", "")))
        assert.matches("^run 1 is done", ended.stdout)
    end)

    it("is ended by Ctrl-C, and the run goes on", function()
        local running, database = at_work(60)
        local watch = h.start { "status", "--watch", h.url(database) }
        h.process.sleep(1)
        watch:kill "INT"
        local ended = watch:finish(h.PROMPT)
        assert.equal(130, ended.code, ended.said)
        local result = running:finish(20)
        assert.equal(0, result.code, result.said)
        assert.equal("60", h.sql(database, "SELECT count(*) FROM big"))
    end)

    it("redraws in its place on a terminal, and leaves the end there", function()
        local running, database = at_work(60)
        local shown = on_terminal { "status", "--watch", h.url(database) }
        assert.equal(0, running:finish(20).code)
        assert.equal(0, shown.code, shown.said)
        local frames = select(2, shown.stdout:gsub("\27%[%?7lrun 1 is running: loads rows", ""))
        local redrawn = select(2, shown.stdout:gsub("\27%[%d+A\r\27%[J", ""))
        assert.is_true(frames >= 2, shown.stdout)
        assert.equal(frames, redrawn) -- each but the first takes the place of one, and so does the end
        assert.matches("A\r\27%[Jrun 1 is done: every value of every row is the same on both sides\r\n", shown.stdout)
        assert.equal(select(2, shown.stdout:gsub("\27%[%?7l", "")), select(2, shown.stdout:gsub("\27%[%?7h", "")))
    end)

    it("is ended on a terminal by the key", function()
        local running, database = at_work(80)
        local shown = on_terminal({ "status", "--watch", h.url(database) }, "\3")
        assert.equal(130, shown.code, shown.said)
        assert.is_true(running:running())
        assert.equal(0, running:finish(20).code)
    end)
end)
