-- Loading rejects again as a value: what is counted, what stands in the journal, when nothing is begun.
local retry = require "wherry.rejects.retry"
local run_case = require "tests.support.run_case"

describe("retry.run", function()
    local case, source, conninfo, session
    setup(function() case = run_case.start() end)
    teardown(function() case:stop() end)
    before_each(function()
        source = case:source [[CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT);
            INSERT INTO t VALUES (1, 'one'), (2, 'two'), (3, 'three'), (4, 'seven')]]
        conninfo = case.target:database()
        session = case.target:session { conninfo = conninfo }
        session:query "CREATE TABLE public.t (id int PRIMARY KEY, v varchar(3))"
    end)

    local function run(changes)
        local options = { source = source, target = conninfo, on_bad = { "reject" } }
        for name, value in pairs(changes or {}) do
            options[name] = value
        end
        return case:run(options)
    end

    local function again(changes)
        local options = case.options { source = source, target = conninfo, on_bad = { "cut", "reject" } }
        for name, value in pairs(changes or {}) do
            options[name] = value
        end
        return retry.run(options)
    end

    local function value(sql)
        return session:query(("SELECT (%s) AS v"):format(sql))[1].v
    end

    local function content()
        return value "SELECT string_agg(v, ' ' ORDER BY id) FROM public.t"
    end

    local function state()
        return value "SELECT state FROM wherry.run"
    end

    it("loads what fits by now, and the ledger closes", function()
        assert.equal(1, run().exit)
        assert.equal("one two", content())
        local result = again()
        assert.same({ "rejects", "retry", 1, 2, 0 },
            { result.command, result.action, result.run, result.loaded, result.gone })
        assert.equal("one two thr sev", content())
        local line = result.sources[1].tables[1]
        assert.same({ 4, 0, 4 }, { line.total, line.rejected, line.passed })
        assert.equal(4, result.targets[1].inserted)
        assert.same({ "done", "0" }, { state(), value "SELECT count(*) FROM wherry.reject WHERE state = 'open'" })
    end)

    it("keeps what does not fit still", function()
        run()
        local result = again { on_bad = { "reject" } }
        assert.same({ "differs", 1, 0 }, { result.status, result.exit, result.loaded })
        assert.same({ "rejected", "t" }, { result.findings[1].code, result.findings[1].table })
        assert.equal(2, result.rejects[1].count)
        assert.same({ "one two", "done" }, { content(), state() })
    end)

    it("counts rows that the script has no more", function()
        run()
        local script = case.place .. "/where.lua"
        local file <close> = assert(io.open(script, "w"))
        file:write(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, tables = { t = { where = "id < 4" } } }]]):format(source))
        file:close()
        local result = again { source = script }
        assert.same({ 1, 1 }, { result.loaded, result.gone })
        assert.equal("one two thr", content())
    end)

    it("begins nothing where nothing is open", function()
        run { on_bad = { "cut" } }
        local before = value "SELECT finished FROM wherry.run"
        local result = again()
        assert.same({ "loaded", 0, 0 }, { result.status, result.exit, result.loaded })
        assert.same({ "done", before }, { state(), value "SELECT finished FROM wherry.run" })
    end)

    it("takes no rows of a file that has changed", function()
        run()
        case.change(source, "UPDATE t SET v = 'thr' WHERE id = 3")
        local result = again()
        assert.same({ "failed", 5, "changed" }, { result.status, result.exit, result.error.kind })
        assert.same({ "one two", "done" }, { content(), state() })
    end)

    it("takes no rows of a run that has stopped", function()
        local result = run { max_bad = "1" }
        assert.same({ "failed", 5, "value" }, { result.status, result.exit, result.error.kind })
        result = again()
        assert.same({ "failed", 4, "plan" }, { result.status, result.exit, result.error.kind })
        assert.matches("stopped half-way", result.error.message, 1, true)
        assert.equal("stopped", state())
    end)

    it("begins nothing where the tables are no longer what they were", function()
        run()
        session:query "ALTER TABLE public.t RENAME v TO w"
        local result = again()
        assert.same({ "refused", 4 }, { result.status, result.exit })
        assert.is_true(#result.findings > 0)
        assert.equal("done", state())
    end)

    local function note_inserts()
        session:query "CREATE TABLE public.noted (id int)"
        session:query [[CREATE FUNCTION public.note() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN INSERT INTO public.noted VALUES (NEW.id); RETURN NEW; END']]
        session:query [[CREATE TRIGGER noted BEFORE INSERT ON public.t FOR EACH ROW
            EXECUTE FUNCTION public.note()]]
    end

    it("puts triggers aside that were off, and back", function()
        note_inserts()
        run { triggers = "off", only = { "t" } }
        assert.equal(2, again({ only = { "t" } }).loaded)
        assert.equal("0", value "SELECT count(*) FROM public.noted")
        assert.equal("O", value "SELECT tgenabled FROM pg_trigger WHERE tgname = 'noted'")
        assert.equal("0", value "SELECT count(*) FROM wherry.object WHERE kind = 'trigger for retry'")
    end)

    it("that fails half-way leaves a run to go on with, which puts triggers back", function()
        note_inserts()
        run { triggers = "off", only = { "t" } }
        session:query [[CREATE FUNCTION public.no() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE 'not now'; END $$]]
        session:query "CREATE TRIGGER no BEFORE INSERT ON wherry.slice_target EXECUTE FUNCTION public.no()"
        local result = again { only = { "t" } }
        assert.same({ "failed", 5, 0 }, { result.status, result.exit, result.loaded })
        assert.matches("not now", result.error.message, 1, true)
        assert.matches("--resume", result.hints[1], 1, true)
        assert.same({ "stopped", "one two" }, { state(), content() })
        assert.equal("D", value "SELECT tgenabled FROM pg_trigger WHERE tgname = 'noted'")
        session:query "DROP TRIGGER no ON wherry.slice_target"
        assert.equal(1, run({ triggers = "off", only = { "t" }, resume = true }).exit)
        assert.equal("O", value "SELECT tgenabled FROM pg_trigger WHERE tgname = 'noted'")
        assert.equal(2, again({ only = { "t" } }).loaded)
    end)
end)
