-- What stands in the way of --resume and --restart: another script, other choices, another schema, rows of others.
local h = require "tests.support.harness"

describe("a run that stopped half-way", function()
    after_each(h.cleanup)

    local ROWS = [[CREATE TABLE big(id INTEGER PRIMARY KEY, n INTEGER, v TEXT);
        WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 50)
        INSERT INTO big SELECT n, n, 'value ' || n FROM c;
        UPDATE big SET %s WHERE id = 35;]]

    ---A run of 50 rows into a table that exists; it stops at row 35, behind three steps of ten.
    local function stopped(...)
        local file, database = h.source(ROWS:format "n = 3000000000"), h.database()
        h.sql(database, "CREATE TABLE big(id int PRIMARY KEY, n int, v text)")
        h.run(5, { file, h.url(database), "--batch-size=10", "--indexes=rebuild", ... })
        return file, database
    end

    ---The same into a table that the run makes: no text of PostgreSQL holds a NUL.
    local function stopped_created()
        local file, database = h.source(ROWS:format "v = 'nul' || char(0)"), h.database()
        h.run(5, { file, h.url(database), "--batch-size=10" })
        return file, database
    end

    local function count(database)
        return h.sql(database, "SELECT count(*) FROM big")
    end

    local function refused(words, database, args)
        local result = h.run(4, args)
        assert.matches(words, result.json.error.message)
        assert.matches("%-%-res", result.json.error.hint)
        assert.equal("30", count(database))
    end

    it("says so in the journal, with the reason", function()
        local _, database = stopped()
        assert.equal("stopped|failed|t|t", h.sql(database,
            "SELECT state, status, error LIKE '%integer%', finished IS NOT NULL FROM wherry.run"))
    end)

    it("is not gone on with by another script", function()
        local file, database = h.source(ROWS:format "n = 3000000000"), h.database()
        h.sql(database, "CREATE TABLE big(id int PRIMARY KEY, n int, v text)")
        local text = ([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, to = w.pg %q }]]):format(file, h.url(database))
        local script = h.script(text)
        h.run(5, { script, "--batch-size=10" })
        h.process.write(script, (text:gsub("}$", ", tables = { big = { where = 'id < 30' } } }")))
        refused("script has changed", database, { script, "--batch-size=10", "--resume" })
    end)

    it("is not gone on with by other choices", function()
        local file, database = stopped()
        for _, choice in ipairs { "--only=big", "--skip=nothing*", "--triggers=off", "--schema=create",
            "--target-schema=other" } do
            local name = choice:match "^%-%-([%w-]+)":gsub("%-", "%%-")
            refused("another %-%-" .. name, database, { file, h.url(database), choice, "--resume" })
        end
    end)

    it("is not gone on with into columns of another type", function()
        local file, database = stopped()
        -- As wide as an integer: its bytes would be taken for a number, and a wrong one.
        h.sql(database, "ALTER TABLE big ALTER n TYPE real")
        refused("another type", database, { file, h.url(database), "--resume" })
        h.sql(database, "ALTER TABLE big ALTER n TYPE int; ALTER TABLE big RENAME v TO w")
        refused("no column v", database, { file, h.url(database), "--resume" })
    end)

    it("stays in the journal when it is taken back", function()
        local file, database = stopped()
        h.sqlite(file, "UPDATE big SET n = 35 WHERE id = 35;")
        h.run(0, { file, h.url(database), "--restart" })
        assert.equal("removed|done", h.sql(database, "SELECT string_agg(state, '|' ORDER BY id) FROM wherry.run"))
        assert.equal("50", count(database))
        local again = h.wherry { "run", file, h.url(database), "--restart", "--json" }
        assert.equal(4, again.code, again.said)
        assert.equal("50", count(database))
        h.run(2, { file, h.url(database), "--resume=1" })
    end)

    it("leaves a table that it made, and that holds rows of others, alone", function()
        local file, database = stopped_created()
        h.sql(database, "INSERT INTO big VALUES (1000, 1, 'of another')")
        local result = h.run(4, { file, h.url(database), "--restart" })
        assert.matches("1 rows of others", result.json.error.message)
        assert.equal("31", count(database))
        assert.equal("stopped", h.sql(database, "SELECT state FROM wherry.run"))
    end)

    it("is not taken back where that would delete rows of other tables", function()
        local file, database = stopped "--indexes=keep"
        h.sql(database, [[CREATE TABLE mine(big int REFERENCES big ON DELETE CASCADE); INSERT INTO mine VALUES (7)]])
        refused("mine", database, { file, h.url(database), "--restart" })
        assert.equal("1", h.sql(database, "SELECT count(*) FROM mine"))
    end)

    it("waits for the one that is at work, and is told who that is", function()
        local file, database = stopped()
        local holder = assert(io.popen(("psql -XAtq %s >%s 2>&1"):format(h.process.quote(h.url(database)),
            h.path "holder"), "w"))
        holder:write "SELECT pg_advisory_lock(hashtextextended('wherry journal wherry', 0));\n"
        holder:flush()
        h.process.wait(10, function()
            return h.sql(database, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == "1"
        end)
        local at = h.process.clock()
        local result = h.run(3, { file, h.url(database), "--restart", "--retry=1s" })
        local took = h.process.clock() - at
        assert.is_true(took < 20, took .. result.said)
        holder:close()
        assert.matches("another run is at work", result.json.error.message)
        assert.matches("server process %d+", result.json.error.message)
        assert.equal("30", count(database))
    end)
end)
