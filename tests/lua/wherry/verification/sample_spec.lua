-- Samples: which buckets they look at, and what they say of them.
local core = require "wherry.core"
local sample = require "wherry.verification.sample"

describe("a sample", function()
    it("looks at as many buckets as are asked for, each once, and at one at least", function()
        for percent, count in pairs { [5] = 51, [100] = 1024, [0.001] = 1, [50] = 512 } do
            local chosen, last = sample.choose(percent), -1
            assert.equal(count, #chosen)
            for _, bucket in ipairs(chosen) do
                assert.is_true(bucket > last and bucket < 1024)
                last = bucket
            end
        end
        assert.not_same(sample.choose(50), sample.choose(50)) -- by chance
    end)

    it("says what both sides have in these buckets, and which of them differ", function()
        local source, target = core.digest.new(), core.digest.new()
        for _, one in ipairs { source, target } do
            one:add_bucket(3, 2, "30"):add_bucket(7, 1, "70")
        end
        target:add_bucket(7, 1, "5"):add_bucket(9, 4, "90")
        local line = sample.compare(source, target, { 3, 5 })
        assert.same({ rows_source = 2, rows_target = 2, buckets = 0, state = "same" }, line)
        local other, differing = sample.compare(source, target, { 3, 7 })
        assert.same({ rows_source = 3, rows_target = 4, buckets = 1, state = "differs" }, other)
        assert.same({ 7 }, differing)
        line = sample.compare(nil, target, { 9 })
        assert.same({ 0, 4, "differs" }, { line.rows_source, line.rows_target, line.state })
    end)
end)
