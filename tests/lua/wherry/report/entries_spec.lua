-- Long lists in the text of a report.
local entries = require "wherry.report.entries"

describe("entries of a report", function()
    local function shown(count, options)
        local list, lines = {}, {}
        for i = 1, count do
            list[i] = i
        end
        entries.add(list, options, lines, function(entry) lines[#lines + 1] = entry end)
        return lines
    end

    it("are twenty, and how many more there are", function()
        assert.equal(20, #shown(20, {}))
        local lines = shown(23, {})
        assert.same({ 21, 20, "  ... and 3 more (--verbose)" }, { #lines, lines[20], lines[21] })
    end)

    it("are all with --verbose", function()
        local lines = shown(23, { verbose = true })
        assert.same({ 23, 23 }, { #lines, lines[23] })
    end)
end)
