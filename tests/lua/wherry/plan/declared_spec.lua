-- Declared stored forms: words, zones, and which declaration counts.
local declared = require "wherry.plan.declared"
local ends = require "wherry.plan.ends"
local plan = require "wherry.plan"

local function make(fields)
    fields.from = ends.sqlite "a.db"
    return plan.new(fields)
end

local function refused(fields)
    local done, problem = pcall(make, fields)
    assert.is_false(done)
    assert.equal("plan", problem.kind)
    return problem
end

local function column(name, type_name)
    return { name = name, type = { oid = 1, name = type_name, typmod = -1, display = type_name } }
end

describe("declared", function()
    local findings, outcome

    before_each(function()
        findings = {}
        outcome = { finding = function(_, one)
            findings[#findings + 1] = one
        end }
    end)

    it("names what was probably meant", function()
        assert.equal('did you mean "unix_ms"?', refused({ columns = { a = { stored = "unixms" } } }).hint)
        assert.matches("stored forms?", refused({ tables = { t = { columns = { a = { stored = 5 } } } } }).message)
        assert.equal('did you mean "stored"?', refused({ columns = { a = { storde = "iso" } } }).hint)
        assert.matches("a type is expected, not an empty text",
            refused({ tables = { t = { columns = { a = { type = " " } } } } }).message)
        assert.equal('did you mean "int4"?',
            refused({ tables = { t = { columns = { a = { type = "int44" } } } } }).hint)
    end)

    it("takes UTC and fixed offsets as zones, and says why no names", function()
        assert.equal(0, declared.seconds "UTC")
        assert.equal(7200, declared.seconds "+02:00")
        assert.equal(-12600, declared.seconds "-03:30")
        for _, zone in ipairs { "+2:00", "+16:00", "+02:60", "", "02:00" } do
            assert.is_nil(declared.seconds(zone))
        end
        assert.matches("two moments", refused({ zone = "Europe/Berlin" }).hint)
        assert.matches("for ISO texts", refused({ columns = { a = { stored = "unix", zone = "+01:00" } } }).message)
    end)

    it("lets the most particular declaration count", function()
        local made = make { zone = "+01:00", columns = { ["*_at"] = { stored = "iso" },
            ["made_*"] = { stored = "unix" }, changed_at = { stored = "julian" } } }
        local entry = { columns = { own_at = { stored = "ticks" }, zoned_at = { zone = "-02:00" } } }
        local function of(name, type_name)
            return declared.text(declared.type(made, entry, "t", column(name, type_name or "timestamptz"), outcome))
        end
        assert.equal("stored as unix", of "made_at")
        assert.equal("stored as julian", of "changed_at")
        assert.equal("stored as ticks", of "own_at")
        assert.equal("stored as iso, zone -02:00", of "zoned_at")
        assert.equal("stored as iso, zone +01:00", of "any_at")
        assert.equal("zone +01:00", of "other")
        assert.is_nil(of("other", "timestamp"))
        assert.is_nil(of("other", "text"))
        assert.same({}, findings)
    end)

    it("finds declarations that a type has no use for", function()
        local made = make { columns = { ["*_at"] = { stored = "unix" }, id = { stored = "uuid_net" },
            z = { zone = "+01:00" } } }
        local kept = column("made_at", "text")
        assert.equal(kept.type, declared.type(made, {}, "t", kept, outcome))
        declared.type(made, {}, "t", column("id", "timestamptz"), outcome)
        declared.type(made, {}, "t", column("z", "date"), outcome)
        assert.equal(3, #findings)
        assert.equal("stored_type", findings[1].code)
        assert.equal('stored = "unix" has no meaning for its type text', findings[1].reason)
        assert.equal('zone = "+01:00" has no meaning for its type date', findings[3].reason)
        assert.equal("stored as uuid_net", declared.text(declared.type(made, {}, "t", column("id", "uuid"), outcome)))
    end)

    it("finds a zone that an own word or another glob leaves without a meaning", function()
        local made = make { columns = { ["*_at"] = { stored = "unix" }, ["made_*"] = { zone = "+01:00" } } }
        local kept = column("made_at", "timestamptz")
        assert.equal(kept.type, declared.type(made, {}, "t", kept, outcome))
        declared.type(made, { columns = { own_at = { zone = "+01:00" } } }, "t", column("own_at", "timestamptz"),
            outcome)
        assert.equal(2, #findings)
        assert.equal('zone = "+01:00" has no meaning for values stored as unix', findings[2].reason)
        local own = { columns = { made_at = { stored = "unix_ms" } } }
        assert.equal("stored as unix_ms", declared.text(declared.type(made, own, "t", kept, outcome)))
        assert.equal(2, #findings)
    end)

    it("finds globs of one length that say different things of a column", function()
        local made = make { columns = { ["*_at"] = { stored = "unix" }, ["a_a*"] = { stored = "unix_ms" },
            ["?_at"] = { stored = "unix" } } }
        declared.type(made, {}, "t", column("b_at", "timestamptz"), outcome)
        assert.same({}, findings)
        declared.type(made, { columns = { a_at = { stored = "iso" } } }, "t", column("a_at", "timestamptz"), outcome)
        assert.same({}, findings)
        declared.type(made, {}, "t", column("a_at", "timestamptz"), outcome)
        assert.equal("declared_twice", findings[1].code)
        assert.equal('columns["*_at"] and columns["a_a*"] say different things of stored', findings[1].reason)
    end)

    it("finds globs that match no column, and names what was probably meant", function()
        local made = make { columns = { ["*_at"] = { stored = "unix" }, maked_at = { stored = "unix" },
            ["old_*"] = { stored = "unix" }, ["[xz]"] = { stored = "unix" } } }
        declared.check_globs(made, { "made_at", "b", "made_at" }, { "old_name" }, outcome)
        table.sort(findings, function(a, b)
            return a.column < b.column
        end)
        assert.equal(2, #findings)
        assert.equal('columns["[xz]"] matches no column that is carried', findings[1].reason)
        assert.equal("the columns are b, made_at", findings[1].hint)
        assert.equal('did you mean "made_at"?', findings[2].hint)
        declared.check_globs(make { columns = { a = { stored = "unix" } } }, {}, {}, outcome)
        assert.is_nil(findings[3].hint)
    end)

    it("knows which types a stored form is for", function()
        local made = make { columns = { dur = { stored = "ms" }, span = { stored = "ticks" } } }
        assert.equal("stored as ms", declared.text(declared.type(made, {}, "t", column("dur", "interval"), outcome)))
        assert.equal("stored as ticks", declared.text(declared.type(made, {}, "t", column("span", "interval"),
            outcome)))
        assert.same({}, findings)
        declared.type(made, {}, "t", column("dur", "timestamptz"), outcome)
        declared.type(make { columns = { dur = { stored = "unix" } } }, {}, "t", column("dur", "interval"), outcome)
        assert.equal(2, #findings)
        assert.same({ "interval", "uuid", "timestamptz" }, { declared.implied "us", declared.implied "uuid",
            declared.implied "julian" })
    end)

    it("knows whether a column's values are declared; the plan's zone is a default only", function()
        local made = make { zone = "+01:00", columns = { ["*_at"] = { stored = "iso" }, z = { zone = "UTC" },
            t = { type = "date" } } }
        local entry = { columns = { a = "b", own = { stored = "unix" } } }
        for name, expected in pairs { made_at = true, z = true, t = false, a = false, own = true, Own = true } do
            assert.equal(expected, declared.says(made, entry, name), name)
        end
        assert.equal("date", declared.value(made, entry, "t", "type"))
        assert.is_nil(declared.value(made, entry, "a", "type"))
    end)
end)
