-- Which earlier run a new one meets.
local Target = require "tests.support.target"
local unfinished = require "wherry.engine.unfinished"

describe("unfinished", function()
    local function run(changes)
        local found = { id = 3, state = "stopped", path = "/x/app.db", fingerprint = "f", plan = Target.resolved {},
            started = "2026-11-21 14:02:03 UTC", operator = "maria", host = "build-1",
            choices = { schema = "", target_schema = "", triggers = "off", only = "", skip = "a,b",
                idiomatic = "", nocase = "" } }
        for name, value in pairs(changes or {}) do
            found[name] = value
        end
        return found
    end

    local function request(options, found, changes)
        local said = {}
        local given = {
            options = options, path = "/x/app.db", fingerprint = "f", said = said,
            log = function(_, text) said[#said + 1] = text end,
            journal = { find = function() return found end, others = function() return { found } end,
                session = { query = function() return { { picture = "{}" } } end }, query = function() return {} end,
                counts = function() return { t = { inserted = 1234, updated = 0 } } end,
                has_todo = function() return true end },
        }
        for name, value in pairs(changes or {}) do
            given[name] = value
        end
        return given
    end

    it("is nothing where there is no run, and says so when one was asked for", function()
        assert.is_nil(unfinished.find(request({})))
        local given = request { resume = true }
        assert.is_nil(unfinished.find(given))
        assert.matches("a new run begins", given.said[1])
        assert.equal("usage", Target.fault(unfinished.find, request { resume = "7" }).kind)
        assert.equal("usage", Target.fault(unfinished.find, request { resume = "x" }).kind)
    end)

    it("is asked for what would refuse the next attempt before it is taken back", function()
        local seen
        local given = request({ restart = true }, run(), { foresee = function(of)
            seen = of
            return { { code = "no_table", reason = "why" } }
        end })
        local none, findings = unfinished.find(given)
        assert.is_nil(none)
        assert.same({ 3, "no_table" }, { seen.id, findings[1].code })
        assert.same({}, given.said)
    end)

    it("keeps a new run from beginning", function()
        local none, findings = unfinished.find(request({}, run()))
        assert.is_nil(none)
        assert.equal("unfinished_run", findings[1].code)
        assert.equal("run 3 of this file stopped half-way; it was begun at 2026-11-21 14:02:03 UTC by maria on host "
            .. "build-1, and 1,234 rows of it stand in the target", findings[1].reason)
        none, findings = unfinished.find(request({}, run { state = "running" }))
        assert.is_nil(none)
        assert.matches("was cut short", findings[1].reason)
        none, findings = unfinished.find(request({}, run { state = "done" }))
        assert.same({ nil, {} }, { none, findings })
    end)

    it("is gone on with as it was begun", function()
        assert.equal(3, unfinished.find(request({ resume = true }, run())).id)
        assert.equal(3, unfinished.find(request({ resume = "3" }, run { state = "done" })).id)
        assert.equal(3, unfinished.find(request({ resume = "3", triggers = "fire" }, run { state = "done" })).id)
        assert.equal(3, unfinished.find(request({ resume = true, triggers = "off", skip = { "a", "b" } }, run())).id)
        for kind, case in pairs {
            changed = { { resume = true }, run { fingerprint = "g" } },
            plan = { { resume = true, triggers = "fire" }, run() },
            usage = { { resume = "3" }, run { state = "removed" } },
        } do
            assert.equal(kind, Target.fault(unfinished.find, request(table.unpack(case))).kind)
        end
        assert.equal("plan", Target.fault(unfinished.find, request({ resume = true }, run { script_hash = "h" })).kind)
        local loaded = request({ resume = true }, run { script_hash = "h" })
        loaded.journal.has_todo = function() return false end -- the script has nothing more to say
        assert.equal(3, unfinished.find(loaded).id)
        assert.equal("usage", Target.fault(unfinished.find, request({ resume = "3" }, run { path = "/y" })).kind)
        assert.equal(3, Target.fault(unfinished.find, request({ resume = true }, run { fingerprint = "g" })).run)
    end)

    it("is found by a path in any bytes", function()
        assert.equal(3, unfinished.find(request({ resume = "3" }, run { path = "/x/\\xe9.db" },
            { path = "/x/\xe9.db" })).id)
    end)

    it("that is done is not taken back", function()
        local given = request({ restart = true }, run { state = "done" })
        assert.is_nil(unfinished.find(given))
        assert.matches("run 3 of this file is done", given.said[1])
    end)

    it("of another file is told, and is in the way only of its own tables", function()
        local other = run { path = "/x/other.db", plan = Target.resolved { { source = "a" }, { source = "b" } } }
        local given = request({}, other)
        assert.same({}, unfinished.others(given, Target.resolved { { source = "c" } }))
        assert.matches("run 3 of another file, /x/other.db", given.said[1])
        local findings = unfinished.others(given, Target.resolved { { source = "mine", target_sql = "public.b" } })
        assert.same({ 1, "unfinished_run", "mine" }, { #findings, findings[1].code, findings[1].table })
    end)
end)
