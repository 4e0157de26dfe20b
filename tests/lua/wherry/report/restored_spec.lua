local document = require "wherry.report.document"
local about = require "wherry.report.about"
local console = require "wherry.cli.console"
local make = require "tests.support.result"
local report = require "wherry.report"
local reports = require "tests.support.reports"
local restored = require "wherry.report.restored"

describe("a restored document", function()
    it("has no nulls, and its integers are exact", function()
        assert.same({ a = { b = 9007199254740993 }, c = {} }, restored.document
            '{"a":{"b":9007199254740993,"x":null},"c":[],"d":null}')
        assert.equal("integer", math.type(restored.document('{"n":3}').n))
    end)

    it("gives the summary that the result itself gives", function()
        for _, changes in ipairs { {}, { status = "failed", exit = 5, hints = { "x   # y" },
            committed = { rows = 3, tables = 1 }, error = { kind = "server", message = "no" } },
            { targets = { { table = "public.topic", passed = 10, inserted = 10, seconds = 1 },
                { table = "public.notes", passed = 1234567, inserted = 1234567, seconds = 12 },
                { table = "public.words", emitted = 5, passed = 0, inserted = 5, updated = 0, skipped = 0, rejected = 0,
                    seconds = 0, is_emitted = true } } } } do
            local result, plain = make(changes), console.new {}
            local text = about.text(document.of(result), result, { started = 1, finished = 2 })
            assert.equal(report.summary(result, plain, { verbose = true }),
                report.summary(restored.result(restored.document(text)), plain, { verbose = true }))
        end
    end)

    it("keeps several sources apart", function()
        local function line(name)
            return { table = name, passed = 1, emitted = 0, inserted = 1, updated = 0, skipped = 0, rejected = 0,
                seconds = 0 }
        end
        local function entry(name, to)
            return { table = name, total = 1, excluded = 0, filtered = {}, rejected = 0, merged = 0, passed = 1,
                target = line(to) }
        end
        local result = make { sources = { { name = "a", path = "/a.db", tables = { entry("a.t", "public.t") } },
            { name = "b", path = "/b.db", tables = { entry("b.t", "public.t") } } }, targets = { line "public.t" } }
        local plain = console.new {}
        local text = about.text(document.of(result), result, { started = 1, finished = 2 })
        assert.equal(report.summary(result, plain, {}), report.summary(restored.result(restored.document(text)), plain,
            {}))
    end)

    it("is what all reports are made of", function()
        for _, kind in ipairs(reports.kinds) do
            assert.is_table(restored.result(restored.document(reports.text(kind))).sources)
        end
    end)
end)
