-- What open() may be told.
local open_options = require "wherry.library.open_options"
local refusal = require "tests.support.refusal"

describe("the options of open", function()
    it("are true or false", function()
        open_options.check({ write = false, create = true }, { "write", "create" })
        assert.equal("option write of open is true or false, not 1",
            refusal(open_options.check, { write = 1 }, { "write" }).message)
    end)

    it("are named where another one is asked for", function()
        local problem = refusal(open_options.check, { wriet = true }, { "write", "create" })
        assert.equal('open has no option "wriet"', problem.message)
        assert.equal("its options: write, create", problem.hint)
    end)

    it("stand in a table", function()
        local problem = refusal(open_options.check, true, { "write" })
        assert.equal("open takes a table of options, not true", problem.message)
        assert.equal("open { write = true }", problem.hint)
    end)
end)
