-- The benches run; what they measure is nothing that a test can hold them to.
local process = require "tests.support.process"

describe("the bench of codecs", function()
    it("prints a line for each type, with figures of the codec and of the server", function()
        local place = process.directory "bench"
        local result = process.run({ (os.getenv "WHERRY_BUILD" or "build") .. "/bench/codecs", "1000", "1" }, {
            directory = place, cwd = process.shell "pwd", env = { PATH = os.getenv "PATH", TMPDIR = place },
        })
        assert.equal("", result.stderr)
        assert.equal(0, result.code)
        for _, what in ipairs { "bool", "uuid of text", "timestamptz of ISO text", "jsonb of 300 bytes", "enum" } do
            assert.matches("\n" .. what .. " +%d+ +%d+ +%d+ +%-?%d+ +%d+%.%d%d\n", result.stdout)
        end
        assert.matches("\nvector of 64 +%d+ +%d+\n$", result.stdout)
    end)
end)
