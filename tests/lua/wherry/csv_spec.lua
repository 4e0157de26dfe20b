-- csv: records as RFC 4180 has them, each with its line.
local csv = require "wherry.csv"
local fault_of = require "tests.support.refusal"

describe("wherry.csv", function()
    local function all(text)
        local list = {}
        for line, record in csv.records(text) do
            list[#list + 1] = line .. ": " .. table.concat(record, "|")
        end
        return list
    end

    it("gives fields, quoted ones with what they hold, and lines however they end", function()
        assert.same({ "1: a|b", '2: c, d|say "x"', "3: one\ntwo|", "5: |", "6: e|f" },
            all 'a,b\r\n"c, d","say ""x"""\n"one\ntwo",\n,\r\ne,f')
        assert.same({ "1: a|b" }, all "\xEF\xBB\xBFa,b\n")
        assert.same({ "1: a", "4: b" }, all "a\n\n\r\nb\n")
        assert.same({}, all "")
        assert.same({}, all "\n\n")
        assert.same({ "1: " }, all '""')
        assert.same({ '1: a"b' }, all 'a"b')
    end)

    it("refuses quotes that are not closed, and what follows closed ones", function()
        assert.equal("the quotes that begin in line 2 are not closed", fault_of(all, 'a\n"b').message)
        assert.equal("line 3: a comma, or the end of the line, has to follow a field",
            fault_of(all, 'a\n"b\nc"d,e').message)
    end)
end)
