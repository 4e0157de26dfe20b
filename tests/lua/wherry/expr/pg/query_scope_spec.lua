local QueryScope = require "wherry.expr.pg.query_scope"

describe("pg.query_scope", function()
    local function columns(...)
        local list = {}
        for i, name in ipairs { ... } do
            list[i] = { name = name, target = name:lower(), kind = "integer", not_null = true }
        end
        return list
    end

    it("finds columns without regard to case, the innermost first", function()
        local outer = QueryScope.new(nil)
        outer:add("t", "t", columns("a", "b"))
        local inner = QueryScope.new(outer)
        inner:add("U", "u", columns("A"))
        assert.equal("u.a", inner:column(nil, "a").sql)
        assert.equal("t.b", inner:column(nil, "B").sql)
        assert.equal("t.a", inner:column("T", "a").sql)
        assert.equal("no such column: c", select(2, inner:column(nil, "c")))
    end)

    it("says when a name may be of several tables", function()
        local scope = QueryScope.new(nil)
        scope:add("t", "t", columns "a")
        scope:add("u", "u", columns "a")
        assert.equal("ambiguous column name: a", select(2, scope:column(nil, "a")))
        assert.equal("u.a", scope:column("u", "a").sql)
    end)

    it("gives each table a name of its own", function()
        local outer = QueryScope.new(nil)
        outer:add("t", outer:free_name "t", {})
        local inner = QueryScope.new(outer)
        assert.equal("t2", inner:free_name "t")
        assert.equal('"order"', inner:free_name "order")
    end)

    it("asks for a result's name before the query around", function()
        local outer = QueryScope.new(nil)
        outer:add("t", "t", columns "a")
        local inner = QueryScope.new(outer)
        inner.alias_of = function(folded)
            return folded == "a" and { sql = "1" } or nil
        end
        assert.equal("1", inner:column(nil, "A").sql)
        assert.is_false(inner:has "a")
    end)

    it("finds NEW and OLD by their names only", function()
        local scope = QueryScope.new(nil)
        scope:add("NEW", "NEW", columns "a").qualified_only = true
        assert.equal("NEW.a", scope:column("new", "a").sql)
        assert.is_nil(scope:column(nil, "a"))
    end)

    it("writes what is always NULL so", function()
        local scope = QueryScope.new(nil)
        scope:add("t", "t", { { name = "a", target = "a", kind = "null" } })
        assert.equal("NULL", scope:column("t", "a").sql)
    end)
end)
