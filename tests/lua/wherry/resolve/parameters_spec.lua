-- Parameters of SQL, and what only looks like one.
local parameters = require "wherry.resolve.parameters"

local function filled(sql)
    return parameters.fill(sql, { [":started"] = "it's" })
end

describe("parameters", function()
    it("get their values as literals, each time", function()
        local sql, unknown = filled "f(:started)||:started"
        assert.equal("f('it''s')||'it''s'", sql)
        assert.is_nil(unknown)
    end)

    it("stay what they are in texts, names, comments and words", function()
        for _, sql in ipairs { "':started'", "'it''s :started'", '":started"', "`:started`", "[:started]",
            "a -- :started\n + b", "/* :started */ a", "a$b", "/* :started", "'open :started", "x1:", "" } do
            local same = filled(sql)
            assert.equal(sql, same)
        end
        assert.equal("a -- :x\n + 'it''s'", (filled "a -- :x\n + :started"))
    end)

    it("are told where they have no value, the first of them", function()
        for sql, name in pairs { ["a + ?"] = "?", ["?1"] = "?1", [":b + :a"] = ":b", ["@x"] = "@x", ["a=$x"] = "$x",
            [":startedness"] = ":startedness", [":started\xC3\xA9"] = ":started\xC3\xA9",
            [":started$"] = ":started$" } do
            assert.equal(name, select(2, filled(sql)), sql)
        end
    end)
end)
