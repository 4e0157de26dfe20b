-- What is looked up in the target before anything is written, and the statements that put things aside.
local models = require "tests.support.models"
local Outcome = require "wherry.resolve.outcome"
local preflight = require "wherry.resolve.preflight"

local SOURCE = models.source({ { name = "t" } }).tables[1]

local function checks(given)
    local options = models.options(given or {})
    return { target_query = options.target_query, role = "app user", outcome = Outcome.new() }
end

local function target(fields)
    fields.name = "t"
    return models.target({ fields }).tables[1]
end

local function findings_of(context)
    local findings, objects = context.outcome:sorted()
    return models.codes(findings), findings, objects
end

describe("preflight.writable", function()
    it("refuses a standby and a database that is kept read-only", function()
        for _, fence in ipairs { { read_only = "on" }, { standby = "t", read_only = "off" } } do
            fence.database = "prod"
            local ok, fault = pcall(preflight.writable, function() return { fence } end)
            assert.is_false(ok)
            assert.equal("environment", fault.kind)
            assert.matches("read%-only", fault.message)
        end
        preflight.writable(function() return { { standby = "f", read_only = "off" } } end)
    end)
end)

describe("preflight.database", function()
    local function missing(rights, creates)
        local context = checks { rights = rights }
        local exists = preflight.database(context, "app", "wherry", creates or false)
        local _, findings = findings_of(context)
        local hints = {}
        for i, finding in ipairs(findings) do
            assert.equal("missing_right", finding.code)
            hints[i] = finding.hint
        end
        return hints, exists
    end

    it("is content with what is needed", function()
        assert.same({}, (missing(models.ALL_RIGHTS, true)))
        assert.same({}, (missing { database = "d", can_create = "f", schema_usage = "t", schema_create = "f",
            journal_usage = "t", journal_create = "t" }))
    end)

    it("prints the exact GRANT for what is missing", function()
        assert.same({ 'GRANT CREATE ON DATABASE d TO "app user"' },
            (missing { database = "d", can_create = "f", schema_usage = "t", schema_create = "t" }))
        assert.same({ 'GRANT USAGE ON SCHEMA app TO "app user"' },
            (missing { database = "d", can_create = "t", schema_usage = "f", schema_create = "t" }))
        assert.same({ 'GRANT CREATE ON SCHEMA app TO "app user"' },
            (missing({ database = "d", can_create = "t", schema_usage = "t", schema_create = "f" }, true)))
        assert.same({ 'GRANT USAGE, CREATE ON SCHEMA wherry TO "app user"' },
            (missing { database = "d", can_create = "t", schema_usage = "t", journal_usage = "t",
                journal_create = "f" }))
    end)

    it("knows a schema that is not there", function()
        local rights = { database = "d", can_create = "f", journal_usage = "t", journal_create = "t" }
        local hints, exists = missing(rights, true)
        assert.is_false(exists)
        assert.same({ 'GRANT CREATE ON DATABASE d TO "app user"' }, hints)
    end)
end)

describe("preflight.table", function()
    local function check(fields, decision, given)
        local context = checks(given)
        preflight.table(context, SOURCE, target(fields), decision)
        return findings_of(context)
    end

    it("finds missing rights on the table and on its sequences", function()
        local codes, findings = check { can_insert = false, can_select = false, columns = { { "id", type = "int8",
            sequence = { schema = "public", name = "t_id_seq", can_update = false } } } }
        assert.same({ "missing_right t", "missing_right t" }, codes)
        assert.equal('GRANT INSERT, SELECT ON TABLE public.t TO "app user"', findings[1].hint)
        assert.equal('GRANT USAGE, SELECT, UPDATE ON SEQUENCE public.t_id_seq TO "app user"', findings[2].hint)
    end)

    it("finds row-level security, and rows that are there", function()
        assert.same({ "row_level_security t" }, (check { rls_in_force = true }))
        assert.same({ "target_not_empty t" }, (check({}, nil, { target_rows = { t = { { n = "1" } } } })))
        assert.same({}, (check({}, nil)))
    end)

    local triggers = {
        { name = "always", enabled = "A" }, { name = "my mark", enabled = "O" },
        { name = "off", enabled = "D" }, { name = "replica", enabled = "R" },
    }

    it("wants a decision about triggers that would fire", function()
        local codes, findings = check { insert_triggers = triggers }
        assert.same({ "trigger_fires t", "trigger_fires t" }, codes)
        assert.same({ "always", "my mark" }, { findings[1].key, findings[2].key })
        local fired, _, objects = check({ insert_triggers = triggers }, "fire")
        assert.same({}, fired)
        assert.equal(2, #objects)
    end)

    it("turns them off and on again as they were", function()
        local codes, _, objects = check({ insert_triggers = triggers }, "off")
        assert.same({}, codes)
        assert.equal(2, #objects)
        assert.equal("aside", objects[1].state)
        assert.equal("ALTER TABLE public.t DISABLE TRIGGER always", objects[1].aside_sql)
        assert.equal("ALTER TABLE public.t ENABLE ALWAYS TRIGGER always", objects[1].sql)
        assert.equal('ALTER TABLE public.t ENABLE TRIGGER "my mark"', objects[2].sql)
        codes = check({ insert_triggers = triggers, owned = false }, "off")
        assert.same({ "missing_right t", "missing_right t" }, codes)
    end)

    it("takes tables and partitioned tables, no views and foreign tables", function()
        for kind, fine in pairs { r = true, p = true, v = false, m = false, f = false } do
            local context = checks()
            assert.equal(fine, preflight.kind(context, SOURCE, target { kind = kind }), kind)
            assert.equal(fine and 0 or 1, #context.outcome.findings)
        end
    end)
end)

describe("preflight.foreign_keys", function()
    local function check(fields, backward)
        local context = checks()
        local t = target(fields)
        local reasons = {}
        for _, key in ipairs(backward and t.foreign_keys or {}) do
            reasons[key] = "the table refers to itself"
        end
        preflight.foreign_keys(context, SOURCE, t, reasons)
        return findings_of(context)
    end

    it("puts them aside with the catalog's definition", function()
        local codes, _, objects = check { foreign_keys = { models.key("My Key", "boss", "t") } }
        assert.same({}, codes)
        assert.same({ kind = "foreign key", name = "My Key", table = "t", target = "public.t", state = "aside",
            outcome = "exact", note = "off during the load, validated after it",
            aside_sql = 'ALTER TABLE public.t DROP CONSTRAINT "My Key"',
            key = { columns = { "boss" }, parent = "t", parent_columns = { "id" } },
            sql = 'ALTER TABLE public.t ADD CONSTRAINT "My Key" FOREIGN KEY (boss) REFERENCES t(id)' }, objects[1])
    end)

    it("leaves one in place that this role can't take away, when parents come first", function()
        local codes, _, objects = check { owned = false, foreign_keys = { models.key("k", "a", "p") } }
        assert.same({}, codes)
        assert.same({}, objects)
    end)

    it("finds one that this role can't take away and that rows would break", function()
        local codes, findings = check({ owned = false, foreign_keys = { models.key("k", "a", "t") } }, true)
        assert.same({ "missing_right t" }, codes)
        assert.matches("owner of public.t", findings[1].hint)
        findings = select(2, check({ foreign_keys = { models.key("k", "a", "t", { references_ok = false }) } }, true))
        assert.equal('GRANT REFERENCES ON TABLE public.t TO "app user"', findings[1].hint)
    end)

    it("finds money of another currency than the codec's", function()
        local asked = 0
        local function findings(digits)
            local given = { outcome = Outcome.new(), target_query = function()
                asked = asked + 1
                return { { digits = digits } }
            end }
            local columns = { { target = "a", type = { oid = 23 } }, { target = "b", type = { oid = 790 } },
                { target = "c", type = { oid = 791, element = { oid = 790 } } },
                { target = "d", type = { oid = 16400, fields = { { name = "x", type = { oid = 23 } } } } } }
            preflight.money(given, { name = "t" }, columns)
            return given.outcome.findings
        end
        assert.same({}, findings "2")
        assert.equal(1, asked)
        local found = findings "0"
        assert.same({ 2, "money_digits", "t", "b" }, { #found, found[1].code, found[1].table, found[1].column })
    end)
end)
