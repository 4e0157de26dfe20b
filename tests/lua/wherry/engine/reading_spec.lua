-- Which file is read, decided without a server. Whole runs are in tests/e2e/copies_spec.lua.
local core = require "wherry.core"
local plan = require "wherry.plan"
local process = require "tests.support.process"
local reading = require "wherry.engine.reading"
local fault_of = require "tests.support.refusal"

describe("reading", function()
    local place, file, state
    before_each(function()
        place = core.sys.temp "wherry-test-"
        file = place .. "/a.db"
        process.shell(("sqlite3 %s 'create table t(a); insert into t values (1)'"):format(file))
    end)
    after_each(function()
        if state and state.source then
            state.source:close()
        end
        state = nil
        core.sys.remove_tree(place)
    end)

    local function begin(mode)
        state = { plan = plan.from_file(file), log = function() end,
            options = { source_mode = mode, log = function() end, getenv = function() end } }
        reading.begin(state)
        return state
    end

    local function in_use(body)
        local pid = process.shell(("sh -c 'exec 3<%s; exec sleep 60' </dev/null >/dev/null 2>&1 & echo $!"):format(
            file))
        local ok, why = pcall(function()
            assert(process.wait(5, function() return core.snapshot.look(file).user end))
            body()
        end)
        process.shell("kill -9 " .. pid)
        assert(ok, why)
    end

    it("opens a file at rest at once, unless a copy is asked for", function()
        for _, mode in ipairs { "auto", "frozen" } do
            assert.is_truthy(begin(mode).source, mode)
            assert.equal(file, state.info.path)
            state.source:close()
        end
        assert.is_nil(begin "copy".source)
        assert.equal(file, state.info.path)
    end)

    it("leaves a file in use for a copy, or refuses it where the file itself is asked for", function()
        in_use(function()
            assert.is_nil(begin "auto".source)
            assert.matches("^process %d+ %(sleep%) has it open$", state.user)
            assert.matches("is in use", fault_of(begin, "frozen").message)
            state = nil
        end)
    end)

    it("goes on with a run as that began", function()
        local copy = place .. "/copy.db"
        core.snapshot.copy { from = file, to = copy }
        local seen = core.snapshot.open(copy)
        local fingerprint = seen:info().fingerprint
        seen:close()
        begin "auto"
        reading.go_on(state, { id = 1, state = "stopped", copy = copy, fingerprint = fingerprint })
        assert.same({ file, copy }, { state.info.path, state.info.copy.path })
        assert.equal(copy, state.source:info().path)
        state.source:close()

        begin "copy"
        assert.matches("another %-%-source%-mode %(frozen%)", fault_of(reading.go_on, state, { id = 1 }).message)
        begin "frozen"
        assert.matches("another %-%-source%-mode %(copy%)", fault_of(reading.go_on, state,
            { id = 1, copy = copy, state = "stopped" }).message)
        state.source:close()
    end)

    it("says what to do where the file itself is to be read, and is in use", function()
        in_use(function()
            begin "auto"
            local fault = fault_of(reading.go_on, state, { id = 4, state = "stopped" })
            assert.matches("run 4 reads the file itself: stop what uses it", fault.hint)
        end)
    end)

    it("needs the copy of a run that is not done, and the very same", function()
        begin "auto"
        local run = { id = 1, state = "stopped", copy = place .. "/no.db", fingerprint = "x", host = "far" }
        local fault = fault_of(reading.go_on, state, run)
        assert.matches("is not here", fault.message)
        assert.matches("host far", fault.hint)
        run.state = "done"
        reading.go_on(state, run)
        assert.is_nil(state.source)
        assert.same({ path = file, fingerprint = "x" }, state.info)
        run.copy = place .. "/copy.db"
        core.snapshot.copy { from = file, to = run.copy }
        assert.same({ "changed", 1 }, (function(f) return { f.kind, f.run } end)(fault_of(reading.go_on, state, run)))
    end)

    it("removes a copy for which no run began, and closes what is read", function()
        local copy = place .. "/copy.db"
        for begun = 0, 1 do
            core.snapshot.copy { from = file, to = copy }
            begin "copy"
            state.made_copy, state.run = copy, begun == 1 and 7 or nil
            state.options.transient = begun == 1
            state.source = core.snapshot.open(copy)
            reading.finish(state)
            assert.is_nil(core.sys.stat(copy))
            assert.is_nil(state.source)
        end
    end)
end)
