-- GLOB patterns as PostgreSQL's patterns.
local glob = require "wherry.expr.pg.glob"

describe("glob", function()
    it("needs a regular expression only for brackets", function()
        for pattern, expected in pairs {
            ["abc"] = { "equal", "abc" }, ["a*"] = { "like", "a%" }, ["?_%"] = { "like", [[_\_\%]] },
            ["*\\*"] = { "like", [[%\\%]] }, ["[a-c]*"] = { "regex", "^[a-c]" }, ["*[^0-9]*"] = { "regex", "[^0-9]" },
            ["[]a]"] = { "regex", [=[^[\]a]$]=] }, ["[^]]"] = { "regex", [=[^[^\]]$]=] }, ["[a"] = { "never" },
            ["a.[b]"] = { "regex", [[^a\.[b]$]] }, ["[c-a]"] = { "regex", "^[c]$" }, ["**[x]"] = { "regex", "[x]$" },
            ["[é-ü]?"] = { "regex", "^[é-ü].$" },
        } do
            assert.same(expected, { glob.translate(pattern) }, pattern)
        end
    end)
end)
