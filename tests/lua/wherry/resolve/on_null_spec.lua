-- Which columns take their default where the source has NULL, and what that default is.
local on_null = require "wherry.resolve.on_null"
local Outcome = require "wherry.resolve.outcome"
local Target = require "tests.support.target"

describe("on_null", function()
    local target, session
    setup(function()
        target = Target.start()
        session = target:session()
    end)
    teardown(function() target:stop() end)

    local TYPES = { text = 25, int4 = 23, timestamptz = 1184, varchar = 1043, bool = 16 }

    local function column(name, type_name, fields)
        local made = { target = name, source = name, codec = true, not_null = true,
            type = { name = type_name, oid = TYPES[type_name], typmod = -1, display = type_name } }
        for key, value in pairs(fields or {}) do
            made[key] = value
        end
        return made
    end

    local function context(plan)
        plan.columns = plan.columns or {}
        return { plan = plan, outcome = Outcome.new(), target_query = function(sql, parameters)
            return session:query(sql, parameters)
        end }
    end

    -- The columns that take their default, and the findings.
    local function marked(plan, entry, columns, defaults)
        local at, load = context(plan), { source = "t", columns = columns }
        on_null.mark(at, entry, load, defaults)
        on_null.evaluate(at, { load })
        local list = {}
        for _, one in ipairs(columns) do
            list[#list + 1] = one.on_null and one.target .. "=" .. one.on_null.text
        end
        return table.concat(list, " "), (at.outcome:sorted()), columns
    end

    it("of a plan or a table takes NOT NULL columns with a default that is the same in each row", function()
        local function columns()
            return { column("a", "int4"), column("b", "int4", { not_null = false }), column("c", "text"),
                column("d", "text") }
        end
        local defaults = { a = "40 + 2", b = "7", d = "md5(random()::text)" }
        assert.equal("a=42", (marked({ on_null = "default" }, {}, columns(), defaults)))
        assert.equal("a=42", (marked({ on_null = "keep" }, { on_null = "default" }, columns(), defaults)))
        assert.equal("", (marked({ on_null = "default" }, { on_null = "keep" }, columns(), defaults)))
        assert.equal("a=42 b=7", (marked({ on_null = "default", columns = { ["?"] = { on_null = "default" } } }, {},
            columns(), defaults)))
        local text, findings = marked({ on_null = "keep" }, { columns = { b = { on_null = "default" },
            c = { on_null = "default" }, d = { on_null = "default" } } }, columns(), defaults)
        assert.equal("b=7", text)
        assert.equal(2, #findings)
        assert.matches("has no default", findings[1].reason)
        assert.matches("another value in each row %(random%)", findings[2].reason)
    end)

    it("has the server evaluate them, all at one moment", function()
        local text, findings, columns = marked({ on_null = "default" }, {}, { column("a", "bool"),
            column("b", "timestamptz"), column("c", "timestamptz"), column("d", "varchar") },
            { a = "true", b = "now()", c = "CURRENT_TIMESTAMP", d = "'x\\y'::character varying" })
        assert.same({}, findings)
        assert.equal("01", columns[1].on_null.wire)
        assert.equal(16, #columns[2].on_null.wire)
        assert.equal(columns[2].on_null.wire, columns[3].on_null.wire)
        assert.equal("785c79", columns[4].on_null.wire)
        assert.matches("^a=true .*d=x\\y$", text)
    end)

    it("finds those that the server can't evaluate, and takes the others", function()
        local _, findings, columns = marked({ on_null = "default" }, {}, { column("a", "int4"), column("b", "int4"),
            column("c", "int4") }, { a = "1/0", b = "5", c = "NULL::int" })
        assert.equal(2, #findings)
        assert.matches("division by zero", findings[1].reason)
        assert.matches("it is NULL", findings[2].reason)
        assert.equal("00000005", columns[2].on_null.wire)
    end)

    it("keeps what defaults were when the run began", function()
        local before = { columns = { { target = "a", on_null = { default = "now()", wire = "01", text = "then" } },
            { target = "b", on_null = { default = "1", wire = "02", text = "1" } } } }
        local now = { columns = { { target = "a", on_null = { default = "now()", wire = "03", text = "now" } },
            { target = "b", on_null = { default = "2", wire = "04", text = "2" } }, { target = "c" } } }
        on_null.keep(before, now)
        assert.equal("then", now.columns[1].on_null.text)
        assert.equal("2", now.columns[2].on_null.text)
        assert.is_nil(now.columns[3].on_null)
        on_null.keep(nil, now)
    end)

    it("without a target is told alone", function()
        local columns = { column("a", "int4") }
        on_null.mark({ plan = { on_null = "default", columns = {} }, outcome = Outcome.new() }, {},
            { source = "t", columns = columns }, { a = "5" })
        assert.same({ default = "5", wire = "", text = "" }, columns[1].on_null)
        assert.equal("NULL is its default 5", on_null.text(columns[1]))
        assert.is_nil(on_null.text {})
    end)
end)
