local next_steps = require "wherry.report.next_steps"

local CALL = { source = "my app.db", target = "postgresql://app:****@h/app" }

local function steps(doc, hints)
    local out = { now = "", switch = "", back = "", afterwards = "" }
    doc.command = doc.command or "run"
    doc.sources = doc.sources or { { name = "main", path = "/x/my app.db" } }
    for _, step in ipairs(next_steps.of(doc, CALL, hints or {})) do
        out[step.group] = out[step.group] .. step.text .. "\n" .. (step.command or "") .. "\n"
    end
    return out
end

local TARGET = { url = "postgresql://app:****@h/app" }

describe("next steps", function()
    it("are a checklist for the switch, and the way back, when all is well", function()
        local found = steps { status = "verified", run = 7, target = TARGET, objects = { { outcome = "changed" } } }
        assert.truthy(found.switch:find("wherry verify 'my app.db' postgresql://app@h/app", 1, true))
        assert.truthy(found.switch:find("1 changed, 0 not carried", 1, true))
        assert.truthy(found.back:find("wherry run postgresql://app@h/app back.db", 1, true))
        assert.truthy(found.afterwards:find("wherry forget postgresql://app@h/app 7", 1, true))
        assert.equal("", found.now)
    end)

    it("ask for a verification where there was none", function()
        assert.truthy(steps({ status = "counted", target = TARGET }).switch:find("has not compared the contents", 1,
            true))
    end)

    it("never lead to the switch when something differs", function()
        local found = steps { status = "differs", target = TARGET, rejects = { {} }, comparison = { state = "differs",
            tables = { { rows_source = 1000, rows_target = 1000, different = 3 } } } }
        assert.equal("", found.switch)
        assert.truthy(found.now:find("investigate", 1, true))
        assert.truthy(found.now:find("wherry rejects retry 'my app.db'", 1, true))
        assert.truthy(steps { status = "differs", target = TARGET, comparison = { state = "differs",
            tables = { { rows_source = 100, rows_target = 100, different = 3 } } } }.now:find("roll back", 1, true))
    end)

    it("go on, or back, after a stop", function()
        local found = steps({ status = "failed", run = 7 },
            { "wherry run a.db --resume    # goes on where it stopped" })
        assert.equal("Goes on where it stopped.\nwherry run a.db --resume\n", found.now)
        assert.truthy(found.back:find("never written", 1, true))
        assert.truthy(steps({ status = "refused" }).now:find("Nothing was written", 1, true))
    end)

    it("are about the file where one was made", function()
        assert.truthy(steps { status = "counted", target = { file = "o ut.sql" } }.switch:find("-f 'o ut.sql'", 1,
            true))
        assert.truthy(steps { status = "verified", target = { file = "o.sql" } }.switch:find(
            "wherry verify 'my app.db' URL", 1, true))
        assert.truthy(steps { status = "counted", target = { file = "o.dump" } }.switch:find("pg_restore", 1, true))
        assert.truthy(steps { status = "counted", target = { file = "/x/o.db" } }.switch:find("/x/o.db anew", 1, true))
    end)
end)
