local tables = require "wherry.report.html.tables"

local function with(bins, pauses)
    return { report = { throughput = bins, pauses = pauses } }
end

describe("tables of the page", function()
    it("knows the mean and the peak of the throughput", function()
        local known = tables.throughput(with { { t = 1, rows = 100 }, { t = 2, rows = 300 }, { t = 4, rows = 200 } })
        assert.same({ rows = 600, seconds = 4, mean = 150, peak = 300 }, known)
        assert.is_nil(tables.throughput(with {}))
        assert.is_nil(tables.throughput(with { { t = 1, rows = 0 }, { t = 2, rows = 0 } }))
        assert.is_nil(tables.throughput {})
    end)

    it("draws each bin and each pause", function()
        local bins = { { t = 1, rows = 100 }, { t = 2, rows = 50 } }
        local html = tables.pace(with(bins, { { t = 1, seconds = 90 } })).html
        assert.truthy(html:find('d="M0.0 0.0L500.0 0.0L500.0 100.0L1000.0 100.0"', 1, true), html)
        assert.truthy(html:find('class="pause"', 1, true))
        assert.truthy(html:find("1 pause in which it stood still", 1, true))
    end)

    it("shows the largest, and adds up the rest", function()
        local targets = {}
        for index = 1, 50 do
            targets[index] = { table = "t" .. index, passed = index, emitted = 0, seconds = 0.5 }
        end
        local html = tables.section({ targets = targets }).html
        assert.truthy(html:find(">t50<", 1, true) and html:find(">t11<", 1, true))
        assert.is_nil(html:find(">t10<", 1, true))
        assert.truthy(html:find("and 10 tables more", 1, true))
        assert.truthy(html:find(">55<", 1, true))
        assert.is_nil(tables.section { targets = {} })
    end)
end)
