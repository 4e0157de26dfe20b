-- Runs as text: a block for each, a line, the whole answer.
local console_of = require "wherry.cli.console"
local text = require "wherry.status.text"

describe("status text", function()
    local console
    before_each(function() console = console_of.new { getenv = function() end } end)

    local function run_of(changes)
        local run = { id = 3, state = "done", status = "counted", operator = "alice", host = "db1", version = "0.1",
            command = "wherry run app.db", path = "/x/app.db", fenced = true, accepted = {}, lanes = 0, sessions = 0,
            started = 1700000000, finished = 1700000060, seconds = 60, read = 1234567, expected = 1234567,
            rate = 20576.1, rejects = 0, objects = {} }
        for name, value in pairs(changes or {}) do
            run[name] = value
        end
        for _, name in ipairs(changes and changes.without or {}) do
            run[name] = nil
        end
        return run
    end

    local function field(run, name)
        for _, line in ipairs(text.block(run, console)) do
            local value = line:match("^  " .. name:gsub("%p", "%%%0") .. ": +(.*)$")
            if value then
                return value
            end
        end
        return nil
    end

    local function object(changes)
        local one = { kind = "index", name = "i", state = "aside", was_there = true, sql = "CREATE INDEX i" }
        for name, value in pairs(changes or {}) do
            one[name] = value
        end
        return one
    end

    it("says in its first line how the run is", function()
        for words, changes in pairs {
            ["run 3 is done: every row is accounted for"] = {},
            ["run 3 is done: DIFFERS: not all is as it should be"] = { status = "differs" },
            ["run 3 is done: loaded, not verified"] = { status = "loaded" },
            ["run 3 stopped half-way: interrupted"] = { state = "stopped", status = "interrupted" },
            ["run 3 was taken back"] = { state = "removed" },
            ["run 3 is dead: no session holds the lock of its journal"] = { state = "dead", without = { "status" } },
            ["run 3 is running: loads rows"] = { state = "running", phase = "loading" },
            ["run 3 is running: puts keys and indexes in place"] = { state = "running", phase = "placing" },
            ["run 3 is running: compares both sides"] = { state = "running", phase = "finishing" },
        } do
            assert.equal(words, text.block(run_of(changes), console)[1])
        end
    end)

    it("tells rows, rate, time left and lanes as far as they are known", function()
        assert.equal("1,234,567 of 1,234,567 rows (100%), 20,576 rows/s", field(run_of(), "rows"))
        assert.equal("999 of 100,000 rows (0%), 20,576 rows/s, about 33 s left, 2 lanes", field(run_of { read = 999,
            expected = 100000, state = "running", phase = "loading", eta = 33.2, lanes = 2 }, "rows"))
        assert.equal("5 rows", field(run_of { read = 5, without = { "expected", "rate" } }, "rows"))
        assert.equal("0 of 0 rows", field(run_of { read = 0, expected = 0, without = { "rate" } }, "rows"))
        assert.equal("7 of 5 rows", field(run_of { read = 7, expected = 5, without = { "rate" } }, "rows"))
    end)

    it("tells who and when and what, and what stopped it", function()
        local run = run_of { state = "stopped", status = "failed", error = "a\nb\27[31m", copy = "/copies/3",
            accepted = { "the size", "the script" }, rejects = 1200, fenced = false }
        assert.equal("alice on db1, wherry 0.1", field(run, "by"))
        assert.equal("a\\nb\\x1b[31m", field(run, "error"))
        assert.equal("/x/app.db (without a fence)", field(run, "source"))
        assert.equal("/copies/3", field(run, "copy"))
        assert.equal("/copies/3 (removed when the run was over)", field(run_of { copy = "/copies/3", rejects = 0 },
            "copy"))
        assert.equal("the size", field(run, "accepted"))
        assert.equal("1,200 (wherry rejects list ... 3)", field(run, "rejects"))
        assert.matches("^%d%d%d%d%-%d%d%-%d%d %d%d:%d%d:%d%d to .* %(60 s%)$", field(run, "time"))
        assert.matches("--resume goes on with it, --restart takes it back", field(run, "next"), 1, true)
        assert.is_nil(field(run_of(), "next"))
        assert.matches("--resume", field(run_of { objects = { object { state = "failed" } } }, "next"), 1, true)
    end)

    it("tells of a dead run when it was last heard of, and what is left of it in the server", function()
        local run = run_of { state = "dead", last_step = 1700000010, sessions = 2, without = { "finished", "status" } }
        assert.matches("last step at %d", field(run, "time"))
        assert.matches("^2 of its sessions are still at work", field(run, "next"))
    end)

    it("tells what is put aside, what is to be made, what is being built and what failed", function()
        local run = run_of { state = "running", phase = "placing", without = { "rate", "finished" }, objects = {
            object { seconds = 12, target = "public.t" }, object { kind = "primary key", name = "p", state = "added" },
            object { name = "j" }, object { kind = "foreign key", name = "f", state = "todo", was_there = false },
            object { name = "lost", state = "failed", reason = "why" },
            object { name = "not made", state = "failed", reason = "why", was_there = false },
        } }
        assert.equal("index i of public.t, for 12 s", field(run, "building"))
        assert.equal("3 (index 2, primary key 1)", field(run, "aside"))
        assert.equal("1 (foreign key 1)", field(run, "to make"))
        assert.equal("index lost: why; it was put aside and is NOT back", field(run, "failed"))
        assert.equal("run 3 is running: puts keys and indexes in place, 1,234,567 of 1,234,567 rows (100%); left: "
            .. "4 (foreign key 1, index 2, primary key 1)", text.line(run))
    end)

    it("cuts long lists unless all is asked for", function()
        local run = run_of { objects = {} }
        for i = 1, 8 do
            run.objects[i] = object { name = "x" .. i, state = "failed", reason = "why" }
        end
        local function count()
            return select(2, table.concat(text.block(run, console), "\n"):gsub("index x", ""))
        end
        assert.equal(5, count())
        assert.matches("and 3 more", table.concat(text.block(run, console), "\n"))
        console.verbose = true
        assert.equal(8, count())
    end)

    it("names the tables that are written into, else those that are begun", function()
        local tables = {}
        for i = 1, 6 do
            tables[i] = { table = "t" .. i, state = i == 1 and "loaded" or i == 2 and "waiting" or "loading", read = i,
                expected = 10, under_way = false }
        end
        local run = run_of { state = "running", phase = "loading", tables = tables }
        assert.equal("1 of 6 loaded; under way: t3 3 of 10 rows (30%), t4 4 of 10 rows (40%), t5 5 of 10 rows (50%), "
            .. "1 more", field(run, "tables"))
        tables[6].under_way = true
        assert.equal("1 of 6 loaded; under way: t6 6 of 10 rows (60%)", field(run, "tables"))
        assert.equal("1 of 6 loaded", field(run_of { tables = tables }, "tables"))
        assert.is_nil(field(run_of { tables = {} }, "tables"))
    end)

    it("is the whole answer: runs apart, of one its tables and definitions", function()
        local two = text.full({ runs = { run_of(), run_of { id = 2 } }, more = true, journal = "wherry" }, console,
            false)
        assert.matches("\n\nrun 2 is done", two)
        assert.matches("\n\nThere are earlier runs %(%-%-all%)%.\n$", two)
        local run = run_of { objects = { object { sql = "CREATE INDEX i;\nCOMMENT 'a;b'" } }, tables = { {
            table = "t", target = "public.t", state = "loaded", total = 5, excluded = 1, read = 4, filtered = 0,
            merged = 0,
            rejected = 1, passed = 3, inserted = 3, updated = 0, skipped = 0, seconds = 1.5 } } }
        local one = text.full({ runs = { run }, journal = "wherry" }, console, true)
        assert.matches("ok +t +5 +1 +1 +3 +3 +1%.50\n", one)
        assert.matches("Put aside, and not back yet:\n  CREATE INDEX i;\n  COMMENT 'a;b';\n", one)
        assert.is_nil(text.full({ runs = { run }, journal = "wherry" }, console, false):find "CREATE INDEX")
        run.state = "removed"
        assert.is_nil(text.full({ runs = { run }, journal = "wherry" }, console, true):find "1%.50")
    end)

    it("says that there is nothing", function()
        local function nothing(result)
            result.runs = {}
            return text.full(result, console, false)
        end
        assert.equal("The target has no journal: no run has begun to write there.\n", nothing {})
        assert.equal("The target's journal holds no run.\n", nothing { journal = "wherry" })
        assert.equal("The target's journal holds no run of /x\\x1b.db.\n", nothing { journal = "wherry",
            of = "/x\27.db" })
        assert.equal("", nothing { error = {} })
    end)
end)
