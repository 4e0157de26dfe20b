-- What PostgreSQL refuses of a translated schema is left out with its reason, before anything is written.
local columns = require "wherry.schema.columns"
local rehearsal = require "wherry.resolve.rehearsal"
local Target = require "tests.support.target"
local types = require "wherry.schema.types"

describe("rehearsal.run", function()
    local target, session
    setup(function() target = Target.start() end)
    teardown(function() target:stop() end)
    before_each(function() session = target:session() end)

    local function column(name, fields)
        local made = { source = name, name = name, type = types.bigint, not_null = false, identity = false }
        for key, value in pairs(fields or {}) do
            made[key] = value
        end
        return made
    end

    local function created(list, checks, objects)
        local t = { source = "t", schema = "public", name = "t", columns = list, checks = checks or {} }
        t.create_sql = columns.create_sql("public", t)
        local receipts = {}
        for _, check in ipairs(t.checks) do
            receipts[#receipts + 1] = { kind = "check", name = check.name, table = "t", outcome = "exact" }
        end
        for _, one in ipairs(list) do
            if one.generated_sql or one.default_sql then
                receipts[#receipts + 1] = { kind = one.generated_sql and "generated column" or "default", table = "t",
                    column = one.source, name = "t." .. one.source, outcome = "exact" }
            end
        end
        return { tables = { t }, objects = objects or {}, receipts = receipts, functions = {} }
    end

    local function run(made, before)
        local calls = 0
        rehearsal.run(made, before or {}, "public", function(statements)
            calls = calls + 1
            return session:rehearse(statements)
        end)
        assert.equal("0", session:query("SELECT count(*) AS n FROM pg_class WHERE relnamespace = "
            .. "'public'::regnamespace")[1].n)
        return calls
    end

    local function outcomes(made)
        local list = {}
        for i, receipt in ipairs(made.receipts) do
            list[i] = ("%s %s: %s"):format(receipt.kind, receipt.name, receipt.outcome)
        end
        return list
    end

    it("leaves a schema alone that the server takes", function()
        local made = created({ column "a", column("b", { generated_sql = "a + 1" }) },
            { { name = "c", sql = "a > 0" } },
            { { kind = "view", name = "v", sql = "CREATE VIEW public.v AS SELECT a FROM public.t" } })
        local sql = made.tables[1].create_sql
        assert.equal(1, run(made))
        assert.equal(sql, made.tables[1].create_sql)
        assert.equal(1, #made.objects)
    end)

    it("does not ask about plain tables and keys", function()
        assert.equal(0, run(created({ column("a", { default_sql = "5" }) }, nil,
            { { kind = "primary key", name = "p", sql = "nonsense" } })))
    end)

    it("leaves out the parts that are refused, and keeps the others", function()
        local made = created({ column "a", column("g", { generated_sql = "a || random()" }),
            column("d", { default_sql = "lower(5)" }), column("e", { default_sql = "(1 + 1)" }) },
            { { name = "good", sql = "a > 0" }, { name = "bad", sql = "a > 'x'::text" } })
        run(made)
        assert.same({ "check good: exact", "check bad: not_carried", "generated column t.g: changed",
            "default t.d: not_carried", "default t.e: exact" }, outcomes(made))
        assert.matches("PostgreSQL refuses its translation %(.*operator does not exist", made.receipts[2].note)
        local sql = made.tables[1].create_sql
        assert.same({ true, false, false, true }, { sql:find("good", 1, true) ~= nil, sql:find("bad", 1, true) ~= nil,
            sql:find("GENERATED ALWAYS", 1, true) ~= nil, sql:find("(1 + 1)", 1, true) ~= nil })
        assert.is_nil(made.tables[1].columns[2].generated_sql)
        assert.equal(1, #session:query("SELECT 1 WHERE true"))
    end)

    it("turns translated objects that are refused into receipts, and leaves keys to the run", function()
        local made = created({ column "a" }, nil, {
            { kind = "unique", name = "u", table = "t",
                sql = "ALTER TABLE public.t ADD CONSTRAINT u UNIQUE (nothing)" },
            { kind = "view", name = "v", sql = "CREATE VIEW public.v AS SELECT nothing FROM public.t" },
            { kind = "index", name = "i", table = "t", sql = "CREATE INDEX i ON public.t (a)" } })
        run(made)
        assert.same({ "u", "i" }, { made.objects[1].name, made.objects[2].name })
        assert.same({ "view v: not_carried" }, outcomes(made))
        assert.matches('column "nothing" does not exist', made.receipts[1].note)
    end)

    it("tries all behind what comes before the tables", function()
        local made = created({ column("a", { default_sql = "s.f()" }) })
        run(made, { "CREATE SCHEMA s", "CREATE FUNCTION s.f() RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'" })
        assert.same({ "default t.a: exact" }, outcomes(made))
    end)

    it("leaves out a trigger whose body the server would refuse only when it fires, with its function", function()
        local function trigger(name, body)
            local head = "CREATE FUNCTION public." .. name
            return { kind = "function", name = name, of_trigger = name, table = "t",
                sql = ("%s() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN %s; RETURN NULL; END $$"):format(head,
                    body) },
                { kind = "trigger", name = name, table = "t",
                    sql = ("CREATE TRIGGER %s AFTER INSERT ON public.t FOR EACH ROW EXECUTE FUNCTION public.%s()")
                        :format(name, name),
                    tried = ("%s(new public.t, old public.t) RETURNS void LANGUAGE sql AS $$ %s $$"):format(head,
                        body) }
        end
        local good, good_trigger = trigger("good", "UPDATE public.t SET a = NEW.a + OLD.a WHERE t.a = NEW.a")
        local bad, bad_trigger = trigger("bad", "UPDATE public.t SET a = NEW.nothing")
        local made = created({ column "a" }, nil, { good, good_trigger, bad, bad_trigger })
        run(made)
        assert.same({ good, good_trigger }, made.objects)
        assert.same({ "trigger bad: not_carried" }, outcomes(made))
        assert.matches("missing FROM%-clause entry", made.receipts[1].note)
    end)
end)
