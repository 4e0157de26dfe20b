-- A run that is gone on with although something has changed: the step that takes the changes in.
local acceptance = require "wherry.engine.acceptance"
local changes = require "wherry.engine.changes"
local core = require "wherry.core"
local journal_of = require "wherry.journal"
local plan_of = require "wherry.plan"
local run_case = require "tests.support.run_case"

describe("acceptance.accept", function()
    local case
    setup(function() case = run_case.start() end)
    teardown(function() case:stop() end)

    local SOURCE = [[CREATE TABLE a(id INTEGER PRIMARY KEY, v TEXT); INSERT INTO a VALUES (1, 'x'), (2, 'y');
        CREATE TABLE b(id INTEGER PRIMARY KEY, v TEXT);
        INSERT INTO b VALUES (1, 'x'), (2, 'y'), (3, 'z'), (4, '4'), (5, CAST(x'00' AS TEXT)), (6, 'six')]]
    local TABLES = { "CREATE TABLE public.a (id bigint PRIMARY KEY, v text)",
        "CREATE TABLE public.b (id bigint PRIMARY KEY, v text)" }

    -- A run that has loaded a and four rows of b, and the request to go on with it.
    local function stopped()
        local given = { path = case:source(SOURCE), target = case.target:database() }
        local session = case.target:session { conninfo = given.target, retry = 0 }
        for _, sql in ipairs(TABLES) do
            session:query(sql)
        end
        local result = case:run { source = given.path, target = given.target, jobs = 1 }
        assert.equal(5, result.exit)
        given.journal, given.session = journal_of.open(session, "wherry"), session
        given.run = given.journal:find(core.sys.realpath(given.path), 1)
        return given
    end

    -- Accepts; `edit` changes the file, `options` and `plan` are those of now.
    local function accept(given, list, edit, options, plan)
        if edit then
            run_case.change(given.path, edit)
        end
        local source <close> = core.snapshot.open(given.path)
        local said = {}
        local request = { path = core.sys.realpath(given.path), fingerprint = source:info().fingerprint,
            script_hash = options and options.script_hash, source = source, journal = given.journal,
            signs = changes.source_signs(source, given.path), options = run_case.options(options or {}),
            plan = plan or plan_of.from_file(given.path), log = function(_, text) said[#said + 1] = text end }
        local run, findings = acceptance.accept(request, given.run, list)
        return run, findings, said
    end

    local function todo(given)
        return given.session:query([[SELECT string_agg(source_table || ' ' || coalesce(encode(lo, 'hex'), '-'), ', '
            ORDER BY source_table, id) AS list FROM wherry.slice WHERE state = 'todo']])[1].list
    end

    local SOURCE_CHANGE = { what = "source", text = "rows came" }
    local SCRIPT_CHANGE = { what = "script", text = "another script", resolves = true }

    it("takes rows in that came behind what is loaded, and keeps the plan", function()
        local given = stopped()
        local run, findings, said = accept(given, { SOURCE_CHANGE }, "INSERT INTO a VALUES (3, 'z')")
        assert.same({}, findings)
        assert.same({ "accepted: rows came" }, said)
        assert.equal("a 010000000000000002, b 010000000000000004", todo(given))
        assert.same(given.run.plan, run.plan)
        assert.not_equal(given.run.fingerprint, run.fingerprint)
        assert.equal('["rows came"]', given.session:query("SELECT accepted FROM wherry.run")[1].accepted)
        given.run = run
        accept(given, { SCRIPT_CHANGE, SOURCE_CHANGE })
        assert.equal('["rows came", "another script", "rows came"]',
            given.session:query("SELECT accepted FROM wherry.run")[1].accepted)
    end)

    it("changes nothing where a finding is in the way", function()
        local given = stopped()
        local run, findings = accept(given, { SOURCE_CHANGE }, "DELETE FROM b WHERE id = 2")
        assert.is_nil(run)
        assert.equal("changed_rows", findings[1].code)
        assert.equal("b 010000000000000004", todo(given))
        assert.same(given.run, given.journal:find(given.run.path, 1))
    end)

    it("plans anew what is left, and leaves what is finished as it was planned", function()
        local given = stopped()
        local plan = plan_of.with(plan_of.from_file(given.path), { on_bad = "null" })
        local run = accept(given, { SCRIPT_CHANGE }, nil, { script_hash = "new" }, plan)
        assert.same({ "a", "b" }, { run.plan.tables[1].source, run.plan.tables[2].source })
        assert.same({ nil, "null" }, { run.plan.tables[1].columns[2].on_bad, run.plan.tables[2].columns[2].on_bad })
        assert.equal("new", run.script_hash)
        assert.equal("text", run.choices.target["public.b"].column.v[1])
    end)

    it("keeps choices that are not made otherwise now", function()
        local given = stopped()
        given.run.choices.skip = "a"
        local run = accept(given, { SCRIPT_CHANGE }, nil, { on_bad = { "null" } })
        assert.same({ "b", "a" }, { run.plan.tables[1].source, run.plan.tables[2].source }) -- a is loaded: it stays
        assert.same({ "a", "null" }, { run.choices.skip, run.choices.on_bad })
    end)
end)
