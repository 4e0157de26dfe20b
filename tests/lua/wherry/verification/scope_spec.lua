-- Which tables are verified: globs of their names on either side.
local scope = require "wherry.verification.scope"

describe("the scope of a verification", function()
    local function tbl(source, own, target)
        return { source = source, own = own, target = { schema = "public", name = target },
            target_sql = "public." .. target }
    end

    local RESOLVED = { tables = { tbl("core.topics", "topics", "topic"), tbl("notes", nil, "note"),
        tbl("core.late", "late", "note") }, emitted = { { target = { schema = "public", name = "tag" },
            target_sql = "public.tag" } }, zone = "UTC" }

    local function chosen(only, skip)
        local names = {}
        for name in pairs(scope.chosen(RESOLVED, { only = only, skip = skip }) or { all = true }) do
            names[#names + 1] = name
        end
        table.sort(names)
        return table.concat(names, " ")
    end

    it("is all tables, or those that are named as in the source, there alone, or in the target", function()
        assert.equal("all", chosen {})
        assert.equal("public.topic", chosen { "core.topics" })
        assert.equal("public.topic", chosen { "TOPICS" })
        assert.equal("public.topic", chosen { "public.topic" })
        assert.equal("public.note public.tag", chosen { "n*", "tag" })
        assert.equal("public.note public.topic", chosen({}, { "tag" }))
        assert.equal("public.note", chosen({ "*" }, { "t*" }))
    end)

    it("names what may have been meant", function()
        for _, option in ipairs { "only", "skip" } do
            local options = { only = {}, skip = {} }
            options[option] = { "note2" }
            local ok, fault = pcall(scope.chosen, RESOLVED, options)
            assert.is_false(ok)
            assert.equal("usage", fault.kind)
            assert.matches('%-%-' .. option .. ': "note2" matches no table', fault.message)
            assert.matches("notes", fault.hint)
        end
    end)

    it("has the chosen tables alone, and all else as it was", function()
        local part = scope.of(RESOLVED, { ["public.note"] = true })
        assert.same({ "notes", "core.late", 0, "UTC" }, { part.tables[1].source, part.tables[2].source, #part.emitted,
            part.zone })
        assert.equal(RESOLVED, scope.of(RESOLVED, nil))
    end)
end)
