-- Numbers as SQLite's literals and as doubles.
local numbers = require "wherry.expr.back.numbers"
local sqlite = require "wherry.expr.sqlite"

describe("numbers", function()
    local notes
    local p = { note = function(_, text) notes[#notes + 1] = text end }
    before_each(function()
        notes = {}
    end)

    it("are literals that keep their class", function()
        for digits, text in pairs { ["5"] = "5", ["-5"] = "-5", ["1.50"] = "1.50", ["9223372036854775808"] =
            "9223372036854775808.0", ["-0.5"] = "-0.5" } do
            assert.equal(text, sqlite.expression(numbers.literal(digits)))
        end
    end)

    it("are doubles where they have to be", function()
        local column = { t = "column", name = "n" }
        local function real(term)
            return sqlite.expression(numbers.real(p, term))
        end
        assert.equal("5.0", real { kind = "integer", node = numbers.literal "5" })
        assert.equal("-5.0", real { kind = "integer", node = numbers.literal "-5" })
        assert.equal("CAST(n AS REAL)", real { kind = "integer", node = column })
        assert.equal("n", real { kind = "real", node = column })
        assert.equal("CAST(n AS REAL)", real { kind = "decimal", node = column, as_text = true, precision = 15 })
        assert.same({}, notes)
        real { kind = "decimal", node = column, as_text = true, precision = 16 }
        real { kind = "decimal", node = column, constant = "0.1234567890123456" }
        assert.equal(2, #notes)
    end)
end)
