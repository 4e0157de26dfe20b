-- A moment in UTC, wherever the machine stands.
local moment = require "wherry.moment"

describe("moment", function()
    it("is a text for people, and one for documents", function()
        assert.equal("1970-01-02 00:00:01 UTC", moment.text(86401))
        assert.equal("1970-01-02T00:00:01Z", moment.iso(86401))
    end)

    it("keeps the microseconds of a value", function()
        assert.equal("2026-11-21T17:46:40.000007Z", moment.exact(1795283200000007))
        assert.equal("1969-12-31T23:59:59.999999Z", moment.exact(-1))
    end)

    it("leaves out what is less than a second", function()
        assert.equal("1970-01-01T00:00:59Z", moment.iso(59.999))
        assert.equal("1970-01-01 00:00:59 UTC", moment.text(59.999))
    end)
end)
