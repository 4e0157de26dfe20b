-- printf and format: plain conversions in place, the others by a runtime function, unknown formats refused.
local parse = require "wherry.expr.parse"
local pg = require "wherry.expr.pg"

local KINDS = { n = "integer", r = "real", s = "text", f = "boolean" }

local SCOPE = { column = function(_, _, name)
    if not KINDS[name] then
        return nil, "no such column: " .. name
    end
    return { sql = name, kind = KINDS[name], affinity = KINDS[name], collation = "BINARY", not_null = name ~= "s" }
end }

local function value(text)
    return pg.value(assert(parse.expression(text)), { scope = SCOPE, use = "view", schema = "app" })
end

describe("a format", function()
    it("puts texts and numbers between its own text", function()
        for expression, expected in pairs {
            ["printf('%d: %s', n, s)"] = "n::text || ': ' || COALESCE(s, '')",
            ["printf('no. %05d', n)"] = "'no. ' || app.sqlite_printf('%05d', n)",
            ["format('%.2f', r)"] = "app.sqlite_printf('%.2f', r)",
            ["printf('%-8s|', s)"] = "app.sqlite_printf('%-8s', s) || '|'",
            ["printf('%*d', 4, n)"] = "app.sqlite_printf('%4d', n)",
            ["printf('%Q', s)"] = "app.sqlite_printf('%Q', s)",
            ["printf('100%%')"] = "'100%'", ["printf('%s-%d', 'a', 5)"] = "'a-5'",
                ["printf('%d|%s|', n)"] = "n::text || '||'",
        } do
            local printed = value(expression)
            assert.equal(expected, printed.sql)
            assert.same({ "exact", "text", "immutable" }, { printed.outcome, printed.kind, printed.volatility })
        end
    end)

    it("is NULL when it is NULL or empty", function()
        assert.equal("null", value("printf(NULL, n)").kind)
        assert.equal("null", value("printf('')").kind)
    end)

    it("is refused where it is not known or has a conversion that is not", function()
        for expression, reason in pairs {
            ["printf(s, n)"] = "a format that is not known when the expression is translated",
            ["printf('%y', n)"] = "the conversion %y of a format is not translated",
            ["printf('%*d', n, n)"] = "a format takes a width from a value",
            ["printf('%.*f', n, r)"] = "a format takes a precision from a value",
            ["printf('5%')"] = "the format 5% holds an incomplete conversion",
        } do
            local _, found = value(expression)
            assert.equal(reason, found)
        end
    end)

    it("tells that an empty text has no first character", function()
        local printed = value "printf('%c', s)"
        assert.equal("left(COALESCE(s, ''), 1)", printed.sql)
        assert.equal("changed", printed.outcome)
    end)
end)
