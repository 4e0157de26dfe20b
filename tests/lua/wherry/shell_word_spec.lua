local process = require "tests.support.process"
local shell_word = require "wherry.shell_word"

describe("a word of a command", function()
    it("is as it is where the shell takes it so, and quoted else", function()
        assert.equal("a/b.db", shell_word "a/b.db")
        assert.equal("''", shell_word "")
        for _, text in ipairs { "it's", "a b", "$x `y`", "postgresql:///d?host=/s&x=1", "*" } do
            assert.equal(text, process.shell("printf %s " .. shell_word(text)))
        end
    end)
end)
