-- How many lanes there may be, and which tables several of them may be at.
local jobs = require "wherry.engine.jobs"
local Target = require "tests.support.target"

describe("jobs", function()
    local target, session, said
    setup(function() target = Target.start() end)
    teardown(function() target:stop() end)
    before_each(function()
        session, said = target:session(), {}
    end)

    local function allowed(wanted, given)
        return jobs.allowed(given or session, wanted, function(level, text) said[#said + 1] = level .. ": " .. text end)
    end

    it("are as many as the user says, else as there are processors, and no more than there may be", function()
        assert.equal(7, jobs.wanted { jobs = 7 })
        assert.is_true(jobs.wanted {} >= 1)
        assert.equal(256, jobs.wanted { jobs = 100000 })
    end)

    it("are capped by what the server has left", function()
        assert.equal(2, allowed(2))
        assert.equal("verbose: 2 lanes", said[1])
        local capped = allowed(10000)
        assert.is_true(capped >= 1 and capped < 1000)
        assert.matches("lanes, of 10000: the server allows no more connections$", said[2])
    end)

    -- What the catalog says, in the place of a server that is so.
    local function answers(row)
        return { query = function() return { row } end }
    end

    it("are capped by the limits of database and role, and never none", function()
        assert.equal(4, allowed(8, answers { server = "90", database = "5", role = "70" }))
        assert.matches("the database allows", said[1])
        assert.equal(2, allowed(8, answers { server = "90", database = "5", role = "3" }))
        assert.equal(1, allowed(8, answers { server = "0" }))
        assert.equal(8, allowed(8, answers { server = "90" }))
    end)

    it("leave a connection for statistics where one is left", function()
        local function attended(wanted, row)
            return (select(2, allowed(wanted, answers(row))))
        end
        assert.is_true(attended(8, { server = "90" }))
        assert.is_true(attended(2, { server = "90", database = "4", role = "80" }))
        assert.is_false(attended(2, { server = "90", database = "3", role = "80" }))
        assert.is_false(attended(8, { server = "90", role = "2" }))
        assert.is_false(attended(1, { server = "0" }))
    end)

    it("are refused where role or database allow none at all", function()
        session:query "CREATE ROLE narrow CONNECTION LIMIT 1"
        finally(function()
            session:query "RESET ROLE"
            session:query "DROP ROLE narrow"
        end)
        session:query "SET ROLE narrow"
        assert.equal(1, allowed(4)) -- the session is another role's
        session:query "RESET ROLE"
        session:query "ALTER ROLE narrow CONNECTION LIMIT 0"
        session:query "SET ROLE narrow"
        local fault = Target.fault(allowed, 4)
        assert.equal("environment", fault.kind)
        assert.equal("the role narrow allows no connection beside the one that this run has already", fault.message)
        assert.matches("ALTER ROLE narrow CONNECTION LIMIT 3", fault.hint)
        assert.equal("environment", Target.fault(allowed, 4,
            answers { server = "90", database = "-1", database_name = "d" }).kind)
    end)

    local function may(entry, objects)
        entry.target_sql = "public.a"
        return jobs.may_share(session, { objects = objects or {} }, entry)
    end

    it("share a table whose rows need no order", function()
        session:query "CREATE TABLE public.a (id int PRIMARY KEY, b int)"
        assert.is_true(may {})
        assert.is_false(may { merge_sql = "INSERT" })
        assert.is_false(may { rejects = true })
        assert.is_true(may({ rejects = true }, { { name = "a_pkey", target = "public.a", state = "aside" } }))
        assert.is_false(may({ rejects = true }, { { name = "a_pkey", target = "public.b", state = "aside" } }))
    end)

    it("do not share one with triggers or references to itself that stay", function()
        session:query "CREATE TABLE public.a (id int PRIMARY KEY, b int CONSTRAINT own REFERENCES public.a)"
        assert.is_false(may {})
        assert.is_true(may({}, { { name = "own", target = "public.a", state = "aside" } }))
        session:query "ALTER TABLE public.a DROP CONSTRAINT own"
        session:query [[CREATE FUNCTION public.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END']]
        session:query "CREATE TRIGGER fires BEFORE INSERT ON public.a FOR EACH ROW EXECUTE FUNCTION public.f()"
        assert.is_false(may {})
        session:query "ALTER TABLE public.a DISABLE TRIGGER fires"
        assert.is_true(may {})
    end)
end)
