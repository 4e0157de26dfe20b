-- What verify has found, as text.
local checks = require "wherry.report.checks"

describe("the lines of verify", function()
    local console = { paint = function(_, _, text) return text end }

    local function text(result, options)
        local lines = {}
        checks.add(result, console, options or {}, lines)
        return table.concat(lines, "\n")
    end

    local function check(name, passed, more)
        local one = { kind = "ok", name = name, passed = passed, differences = {} }
        for key, value in pairs(more or {}) do
            one[key] = value
        end
        return one
    end

    it("are none where the script has no verify", function()
        assert.equal("", text {})
        assert.equal("", text { verification = { state = "none" }, checks = {} })
    end)

    it("say why it was not run", function()
        assert.equal("\nChecks of the script: not run (--verify=none)", text { checks = {},
            verification = { state = "skipped", note = "--verify=none" } })
    end)

    it("have what differs below them, and nothing that steers a terminal", function()
        assert.equal(table.concat({ "", "Checks of the script: 1 passed, 1 failed", "  pass  a: 3 rows",
            "  FAIL  b\\x1b[31m: they differ", "          one\\n", "          two", "          hint: look" }, "\n"),
            text { verification = { state = "failed" }, checks = { check("a", true, { detail = "3 rows" }),
                check("b\27[31m", false, { detail = "they differ", differences = { "one\n", "two" },
                    hint = "look" }) } })
        assert.equal("\nChecks of the script: 1 passed, 0 failed\n  pass  a", text {
            verification = { state = "passed" }, checks = { check("a", true) } })
        assert.matches("its verify has made none", text { verification = { state = "passed" }, checks = {} })
    end)

    it("are cut where many have passed, and never where one has failed", function()
        local list = {}
        for i = 1, 50 do
            list[i] = check("n" .. i, i % 2 == 1)
        end
        local result = { verification = { state = "failed" }, checks = list }
        local said = text(result)
        assert.equal(20, select(2, said:gsub("  pass  ", "")))
        assert.equal(25, select(2, said:gsub("  FAIL  ", "")))
        assert.matches("\n  %.%.%. and 5 more that passed %(%-%-verbose%)$", said)
        assert.equal(25, select(2, text(result, { verbose = true }):gsub("  pass  ", "")))
    end)
end)
