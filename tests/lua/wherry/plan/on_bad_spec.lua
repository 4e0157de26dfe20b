-- What happens to values that do not fit: the words, which of them counts, which has a meaning for a type.
local on_bad = require "wherry.plan.on_bad"
local Outcome = require "wherry.resolve.outcome"

local function refused(check, value)
    local fine, problem = pcall(check, value, "on_bad")
    assert.is_false(fine, tostring(value))
    assert.equal("plan", problem.kind)
    return problem
end

local function column(name, typmod, fields)
    local made = { target = "c", type = { name = name, typmod = typmod or -1, display = name } }
    for key, value in pairs(fields or {}) do
        made[key] = value
    end
    return made
end

-- What counts for a column, and the findings.
local function counts(plan, entry, wanted, own, globs)
    local outcome = Outcome.new()
    entry.columns = own and { c = { on_bad = own } }
    local value = on_bad.of({ on_bad = plan or "fail", columns = globs or {} }, entry, "t", wanted, outcome)
    return value, outcome:sorted()
end

describe("on_bad", function()
    it("takes a word, or conversions and then a word", function()
        for _, word in ipairs(on_bad.words) do
            assert.equal(word, on_bad.check(word, "on_bad"))
        end
        assert.same({ "strip", "reject" }, on_bad.check({ "strip", "reject" }, "on_bad"))
        assert.equal("null", on_bad.check({ "null" }, "on_bad"))
        assert.equal('did you mean "reject"?', refused(on_bad.check, "rejct").hint)
        assert.matches('nothing can follow "null"', refused(on_bad.check, { "null", "strip" }).message, 1, true)
        for _, value in ipairs { 5, true, {}, { "strip", 1 } } do
            refused(on_bad.check, value)
        end
    end)

    it("takes a limit in rows or as a share", function()
        assert.equal("100", on_bad.check_limit(100, "max_bad"))
        assert.same({ 0, nil }, { on_bad.limit "0" })
        assert.same({ nil, 0.5 }, { on_bad.limit(on_bad.check_limit("0.5%", "max_bad")) })
        assert.same({}, { on_bad.limit(nil) })
        for _, value in ipairs { -1, 1.5, "x", "-1", "101%", "1 %", "", "99999999999999999999" } do
            refused(on_bad.check_limit, value)
        end
    end)

    it("goes by the column, then the table, then the plan", function()
        assert.is_nil((counts(nil, {}, column "text")))
        assert.equal("reject", (counts("reject", {}, column "text")))
        assert.equal("null", (counts("reject", { on_bad = "null" }, column "text")))
        assert.is_nil((counts("reject", { on_bad = "null" }, column "text", "fail")))
        assert.same({ "strip", "reject" }, (counts(nil, { on_bad = "null" }, column "text", { "strip", "reject" })))
    end)

    it("of a glob of the plan's columns goes behind the column's own, before the table's", function()
        local globs = { ["c*"] = { on_bad = "null" } }
        assert.equal("null", (counts("fail", { on_bad = "reject" }, column "text", nil, globs)))
        assert.equal("reject", (counts("fail", {}, column "text", "reject", globs)))
        assert.is_nil((counts("fail", {}, column "text", nil, { ["d*"] = { on_bad = "null" } })))
        local value, findings = counts("fail", {}, column "text", nil, { ["c*"] = { on_bad = { "truth", "reject" } } })
        assert.equal("reject", value)
        assert.same({}, findings) -- a glob may match columns for which it has no meaning
    end)

    it("of NULL has a meaning where the default stands for it", function()
        assert.equal("null", (counts(nil, {}, column("int4", -1, { not_null = true, on_null = {} }), "null")))
    end)

    it("has conversions for the types that they are made for", function()
        local meant = { replace = { "text", "jsonb", "citext" }, cut = {}, round = { "int4" }, truth = { "bool" },
            nearest = { "float4", "float8" }, empty_null = { "int4", "jsonb", "bool", "uuid" } }
        local others = { "text", "int4", "bool", "float8", "numeric", "jsonb", "uuid" }
        for word, names in pairs(meant) do
            local fits = {}
            for _, name in ipairs(names) do
                fits[name] = true
                assert.equal(word, (counts(nil, {}, column(name), word)))
            end
            for _, name in ipairs(others) do
                local value, findings = counts(nil, {}, column(name), word)
                if not fits[name] and not (word == "nearest" or word == "replace" or word == "empty_null") then
                    assert.is_nil(value)
                    assert.equal("on_bad_type", findings[1].code)
                end
            end
        end
        assert.equal("cut", (counts(nil, {}, column("varchar", 14), "cut")))
        assert.equal("round", (counts(nil, {}, column("numeric", 655366), "round")))
        assert.equal("round", (counts(nil, {}, column "timestamptz", "round")))
        assert.is_nil((counts(nil, {}, column "interval", "round")))
        assert.equal("round", (counts(nil, {}, column("interval", -1, { type = { name = "interval", typmod = -1,
            display = "interval", stored = "ns" } }), "round")))
        assert.is_nil((counts(nil, {}, column("text", -1, { type = { kind = "array", name = "text", typmod = -1,
            display = "text[]" } }), "strip")))
    end)

    it("leaves out of a table's words what has no meaning, and finds a column's own", function()
        local value, findings = counts(nil, { on_bad = { "strip", "reject" } }, column "int4")
        assert.equal("reject", value)
        assert.same({}, findings)
        value, findings = counts("null", {}, column("int4", -1, { not_null = true }))
        assert.is_nil(value)
        assert.same({}, findings)
        findings = select(2, counts(nil, {}, column("int4", -1, { not_null = true }), "null"))
        assert.matches("NOT NULL", findings[1].reason)
        assert.equal("c", findings[1].column)
    end)

    it("says of a table whether the server's refusals are rejected", function()
        local function applied(plan, entry)
            local load = { source = "t", columns = { column "int4" } }
            on_bad.apply({ on_bad = plan, columns = {} }, entry, load, Outcome.new())
            return { load.rejects, load.misfits, load.columns[1].on_bad }
        end
        assert.same({ false }, applied("fail", {}))
        assert.same({ true, "reject", "reject" }, applied("reject", {}))
        assert.same({ true, nil, "reject" }, applied("fail", { columns = { c = { on_bad = "reject" } } }))
        assert.same({ true, "reject", "null" }, applied("reject", { columns = { c = { on_bad = "null" } } }))
        assert.same({ false, nil, "null" }, applied("null", {}))
    end)
end)
