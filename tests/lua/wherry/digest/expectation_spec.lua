-- What the sums of a target table should be.
local core = require "wherry.core"
local expectation = require "wherry.digest.expectation"

local MOST = "18446744073709551615" -- 2^64 - 1

local function total(rows, sum)
    return { rows = rows, sum = sum }
end

describe("digest.expectation", function()
    local TARGET = { columns = { {} }, text = false }

    it("is what was sent and what was there before", function()
        assert.same({ rows = 5, sum = "6", changed = false }, expectation.of(TARGET, { sent = total(3, MOST),
            before = total(2, "7") }))
        assert.same({ rows = 3, sum = "4", changed = false }, expectation.of(TARGET, { sent = total(3, "4") }))
    end)

    it("takes what after_load made of it as it was then, whatever came later", function()
        local basis = { sent = total(3, "10"), before = total(1, "5"), loaded = total(4, "15"),
            after_load = total(2, "3") }
        assert.same({ rows = 2, sum = "3", changed = true }, expectation.of(TARGET, basis))
        basis.sent = total(4, "17") -- a rejected row was loaded since
        assert.same({ rows = 3, sum = "10", changed = true }, expectation.of(TARGET, basis))
        basis.loaded = nil -- nobody looked between: it is taken for what should have been there
        assert.same({ rows = 2, sum = "3", changed = true }, expectation.of(TARGET, basis))
    end)

    it("says why sums can't tell", function()
        local function why(target, basis)
            local expected, text = expectation.of(target, basis)
            assert.is_nil(expected)
            return text
        end
        assert.equal("rows of it travel as text", why({ columns = { {} }, text = true }, {}))
        assert.equal("none of its columns can be hashed", why({ columns = {}, text = false }, {}))
        assert.equal("rows of it meet those that the table held", why({ columns = { {} }, conflict = "keep" },
            { sent = total(1, "1") }))
        assert.equal("the run was begun without digests", why(TARGET, {}))
    end)

    it("is met by the same number of rows with the same sum", function()
        assert.is_true(expectation.met(total(1, "2"), total(1, "2")))
        assert.is_false(expectation.met(total(1, "2"), total(2, "2")))
        assert.is_false(expectation.met(total(1, "2"), total(1, "3")))
    end)

    it("makes a total of a digest", function()
        assert.same(total(0, "0"), expectation.total(nil))
        assert.same(total(3, "4"), expectation.total(core.digest.new():add_bucket(1, 2, "5"):add_bucket(2, 1, "-1")))
    end)
end)
