-- The text of a first script: Lua that loads, whatever the names are made of.
local text = require "wherry.starter.text"

local function script(tables, path)
    return text.script({ tables = tables, not_carried = {}, findings = {} }, path or "app.db")
end

describe("starter.text", function()
    it("is Lua, with names and paths of any bytes", function()
        for _, name in ipairs { "plain", "end", 'a"b', "a\nb", "a\\b", "\xFF", "--[[", "a\0b", "]]" } do
            local source = script({ { name = name, evidence = "one\nline", columns = { { name = name, active = true,
                keys = { on_bad = "reject" }, evidence = "bad" } } } }, name)
            local given
            local chunk = assert(load(source, "script", "t", { require = function()
                return { plan = function(plan)
                    given = plan
                    return plan
                end, sqlite = function(path) return path end }
            end }))
            chunk()
            assert.equal(name, given.from)
            assert.same({ columns = { [name] = { on_bad = "reject" } } }, given.tables[name])
        end
    end)

    it("makes comments of what is a suggestion only, and keeps evidence from breaking out of its comment", function()
        local source = script { { name = "t", evidence = "x\n}", columns = { { name = "c", active = false,
            keys = { type = "uuid" }, evidence = "all\nUUIDs" } } } }
        assert.is_truthy(source:find('-- c = { type = "uuid" },', 1, true))
        assert.is_truthy(source:find("-- all\\nUUIDs", 1, true))
        local chunk = assert(load(source, "script", "t", { require = function()
            return { plan = function(plan) return plan end, sqlite = function(path) return path end }
        end }))
        assert.same({}, chunk().tables)
    end)

    it("puts evidence that is long on a line of its own", function()
        local source = script { { name = "t", evidence = ("x"):rep(100), skip = "why" } }
        assert.is_truthy(source:find("    -- " .. ("x"):rep(100) .. '\n    t = w.skip "why",', 1, true))
    end)
end)
