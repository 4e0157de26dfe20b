-- The benches run; what they measure is nothing that a test can hold them to.
local cjson = require "cjson"
local output = require "tests.bench.output"
local process = require "tests.support.process"

local function bench(...)
    local place = process.directory "bench"
    local result = process.run({ ... }, { directory = place, cwd = process.shell "pwd", timeout = 300, env = {
        PATH = os.getenv "PATH", TMPDIR = place, WHERRY = os.getenv "WHERRY" or process.shell "pwd" .. "/build/wherry",
        WHERRY_BUILD = os.getenv "WHERRY_BUILD",
    } })
    assert.equal(0, result.code, result.stderr)
    assert.equal("", process.shell(("ls -d %s/bench.* 2>/dev/null; true"):format(place)))
    return result
end

-- Under the sanitizers their runtime would be loaded into every program that a bench starts.
local it_starts = os.getenv "ASAN_OPTIONS" and pending or it

describe("the bench of codecs", function()
    it("prints a line for each type, with figures of the codec and of the server", function()
        local result = bench((os.getenv "WHERRY_BUILD" or "build") .. "/bench/codecs", "1000", "1")
        assert.equal("", result.stderr)
        for _, what in ipairs { "bool", "uuid of text", "timestamptz of ISO text", "jsonb of 300 bytes", "enum" } do
            assert.matches("\n" .. what .. " +%d+ +%d+ +%d+ +%d+ +%-?%d+ +%d+%.%d%d\n", result.stdout)
        end
        assert.matches("\nvector of 64 +%d+ +%d+ +%d+\n$", result.stdout)
    end)
end)

describe("the bench of rejects", function()
    it_starts("prints a line for each kind of refusal", function()
        local result = bench("tests/bench/rejects", "200", "1")
        for _, what in ipairs { "a value that no codec takes", "CHECK", "NOT NULL", "UNIQUE", "a trigger" } do
            assert.matches("\n" .. what .. "[^\n]* +%d+%.%d%d +%d+%.%d%d +%d+%.%d%d\n", result.stdout .. "\n")
        end
    end)
end)

describe("the bench of whole runs", function()
    it_starts("compares both directions with their floors, and what has arrived with what was there", function()
        local document = cjson.decode(bench("tests/bench/run", "--scale", "0.0002", "--turns", "1", "--only",
            "wherry,csv,verify*,back-wherry,back-csv", "--format", "json").stdout)
        local contents = {}
        for _, direction in ipairs { "forward", "back" } do
            assert.equal(1, document[direction][1].ratio)
            for _, line in ipairs(document[direction]) do
                assert.is_true(line.wall > 0 and line.peak > 0)
                contents[#contents + 1] = line.name .. ": " .. line.contents:gsub(" .*", "")
            end
        end
        assert.same({ "floor: equal", "wherry: equal", "verify: equal", "verify-journal: equal",
            "csv: differs", "back-floor: equal", "back-wherry: equal",
            "back-csv: differs" }, contents)
    end)

    it("prints medians, the spread and ratios, and why something was not run", function()
        local function line(name, walls, more)
            local results = {}
            for i, wall in ipairs(walls) do
                results[i] = { wall = wall, own = 0.5, server = wall, others = 0, peak = 20 }
            end
            return { run = { name = name, what = "what " .. name .. " is" }, results = results, contents = more,
                absent = more }
        end
        local lines = { line("floor", { 1, 9, 2 }, "equal"), line("other", { 3, 5 }, "differs"),
            line("absent", {}, "not run: it is not installed") }
        lines[2].run.added_to = "floor"
        output.summarize(lines, "other")
        local page = output.render("markdown", { "a machine" },
            { { name = "forward", title = "There", letter = "F", lines = lines } })
        assert.equal([[
- a machine

There

| run | wall s | least-most | of floor | of wherry | own CPU s | server CPU s | CPU of floor ]] .. [[
| others' CPU s | peak MB | contents |
|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|
| what floor is | 2.00 | 1.00-9.00 | 1.00 F | 0.50 | 0.50 | 2.00 | 1.00 | 0.0 | 20 | equal |
| what other is | 4.00 | 3.00-5.00 | 2.00 F | 1.00 | 0.50 | 4.00 | 1.80 | 0.0 | 20 | differs |
| what absent is | - | - | - | - | - | - | - | - | - | not run: it is not installed |

- other adds to floor: +1.00 F (+2.00 s); +0.00 s of its own CPU (+0.0 % of the floor's), +2.00 s of the server's
]], page)
    end)
end)
