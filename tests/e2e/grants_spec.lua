-- A role with few rights: what it lacks is told as GRANTs, and once these are given the run goes through.
local h = require "tests.support.harness"
local compare = require "tests.support.compare"

describe("a role with few rights", function()
    after_each(h.cleanup)

    ---Runs until nothing is missing; gives the GRANTs of each refusal and returns how many there were.
    local function run_with_grants(database, args)
        local given = 0
        for _ = 1, 3 do
            local result = h.wherry { "run", "--json", table.unpack(args) }
            if result.code == 0 then
                return given, result
            end
            assert.equal(4, result.code, result.said)
            for _, finding in ipairs(result.json.findings) do
                assert.matches("^GRANT ", finding.hint, 1, false, result.said)
                h.sql(database, finding.hint)
                given = given + 1
            end
        end
        error "the GRANTs that were printed are not enough"
    end

    it("is told what it needs to load into another's tables", function()
        local role, password = h.role()
        local file, database = h.source [[CREATE TABLE "Odd Name"(id INTEGER PRIMARY KEY, n INT, v TEXT);
            INSERT INTO "Odd Name" VALUES (3, 1, 'a'), (7, 2, 'b');]], h.database()
        h.sql(database, [[CREATE SCHEMA app; CREATE TABLE app."Odd Name"(id serial PRIMARY KEY, n bigint, v text)]])
        local given = run_with_grants(database, { file, h.url(database, role, password), "--target-schema=app" })
        assert.is_true(given >= 4)
        compare.table(database, file, 'app."Odd Name"', "Odd Name")
        assert.equal("8", h.sql(database, [[SELECT nextval('app."Odd Name_id_seq"')]]))
    end)

    it("is told what it needs to create tables", function()
        local role, password = h.role()
        local file, database = h.source [[CREATE TABLE p(id INTEGER PRIMARY KEY); INSERT INTO p VALUES (1);
            CREATE TABLE c(id INTEGER PRIMARY KEY, p INTEGER REFERENCES p(id));
            INSERT INTO c VALUES (1, 1);]], h.database()
        h.sql(database, "CREATE SCHEMA app")
        run_with_grants(database, { file, h.url(database, role, password), "--target-schema=app" })
        compare.table(database, file, "app.c", "c")
        local fresh = h.database()
        run_with_grants(fresh, { file, h.url(fresh, role, password), "--target-schema=fresh" })
        compare.table(fresh, file, "fresh.p", "p")
    end)

    it("leaves keys of another's tables in place while parents come first, and refuses a self reference", function()
        local role, password = h.role()
        local file, database = h.source [[CREATE TABLE c(id INTEGER PRIMARY KEY, p INTEGER);
            INSERT INTO c VALUES (1, 1); CREATE TABLE p(id INTEGER PRIMARY KEY, up INTEGER);
            INSERT INTO p VALUES (1, 2), (2, NULL);]], h.database()
        h.sql(database, ([[CREATE TABLE p(id bigint PRIMARY KEY, up bigint);
            CREATE TABLE c(id bigint PRIMARY KEY, p bigint REFERENCES p(id));
            GRANT INSERT, SELECT ON p, c TO %s; GRANT CREATE ON DATABASE %s TO %s;
            ALTER TABLE p ADD CONSTRAINT own FOREIGN KEY (up) REFERENCES p(id)]]):format(role, database, role))
        local refused = h.run(4, { file, h.url(database, role, password) })
        assert.equal("missing_right", refused.json.findings[1].code)
        assert.matches("owner", refused.json.findings[1].hint)
        h.sql(database, "ALTER TABLE p DROP CONSTRAINT own")
        h.run(0, { file, h.url(database, role, password) })
        compare.table(database, file, "c")
    end)
end)
