-- Progress as it is seen: on a terminal that is wide, narrow or made narrower, with and without colours, when Ctrl-C
-- ends the run; and as lines where nothing can be drawn.
local h = require "tests.support.harness"
local on_terminal = require "tests.support.on_terminal"

describe("progress", function()
    local file, as_lines

    -- Runs into two tables that are there already. The second one's rows stop at 2,500 of 5,000, until a file is there.
    local function waiting(database)
        local gate = h.path("gate of " .. database)
        h.sql(database, ([[CREATE TABLE cities(id int PRIMARY KEY, name text);
            CREATE TABLE people(id int PRIMARY KEY, name text); CREATE SCHEMA aux;
            CREATE FUNCTION aux.wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                WHILE pg_stat_file('%s', true) IS NULL LOOP PERFORM pg_sleep(0.02); END LOOP;
                RETURN new;
            END $$;
            CREATE TRIGGER wait BEFORE INSERT ON people FOR EACH ROW WHEN (new.id = 2500)
                EXECUTE FUNCTION aux.wait()]]):format(gate))
        return { "run", file, h.url(database), "--batch-size=1000", "--jobs=1", "--triggers=fire" },
            ("run touch '%s'"):format(gate)
    end

    -- What the last test looks at takes more than ten seconds: it goes on beside the others.
    setup(function()
        file = h.source [[
            CREATE TABLE cities(id INTEGER PRIMARY KEY, name TEXT);
            CREATE TABLE people(id INTEGER PRIMARY KEY, name TEXT);
            WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 100)
            INSERT INTO cities SELECT n, 'city ' || n FROM c;
            WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 5000)
            INSERT INTO people SELECT n, printf('%0200d', n) FROM c;]]
        local args, go_on = waiting(h.database())
        as_lines = on_terminal.start(args, { "wait people: 2,000 of 5,000 rows, ", go_on },
            { columns = 140, env = { TERM = "dumb" } })
    end)
    teardown(h.cleanup)

    it("is a line of each finished table and a bar below them, as wide as the terminal is by then", function()
        local args, go_on = waiting(h.database())
        local result = on_terminal.run(args, { "wait cities: 100 of 100 rows, done\\r\\n",
            "wait people: 2,000 of 5,000 rows, ", "wait MB unsent", "resize 70", "wait rows/s, about ", "wait \\r",
            "resize 44", "wait 41% people: 2,000 of 5,000 rows\\r", go_on },
            { columns = 140, env = { NO_COLOR = "1" } })
        assert.equal(0, result.code, result.said)
        assert.is_nil(result.stdout:find "\27%[[%d;]*m", result.said)
        assert.matches("\r\27%[K%[#+%.+%]  41%% people: 2,000 of 5,000 rows, [%d,]+ rows/s, 0%.[3-6] MB unsent\r",
            result.stdout)
        local widest = 140
        for bar, behind in result.stdout:gmatch "\r\27%[K([^\r\n\27]+)()" do
            if result.stdout:find("^\r?\n", behind) then
                bar = "" -- a line in its place
            elseif #bar < 70 and bar:find "left$" then
                widest = 70
            elseif bar:find "2,000 of 5,000 rows$" then
                widest = 44
            end
            assert.is_true(#bar < widest, bar)
        end
        assert.equal(44, widest)
        local seen = table.concat(on_terminal.screen(result.stdout), "\n")
        assert.matches("\ncities: 100 of 100 rows, done\npeople: 5,000 of 5,000 rows, done\n", seen)
        assert.is_nil(seen:find("41%", 1, true), result.said)
    end)

    it("tells what verification is at, and leaves nothing of it but its tables", function()
        local args, go_on = waiting(h.database())
        h.process.shell(go_on:match "^run (.*)")
        h.run(0, { table.unpack(args, 2) })
        local result = on_terminal.run({ "verify", args[2], args[3] }, {}, { columns = 60 })
        assert.equal(0, result.code, result.said)
        assert.matches("\r\27%[Ksumming up public.cities\r", result.stdout)
        local seen = on_terminal.screen(result.stdout)
        local read = table.concat(seen, "\n")
        assert.matches("\nreading cities: 100 of 100 rows, done\nreading people: 5,000 of 5,000 rows, done\n", read)
        for _, half in ipairs { "%", "summing", "rows/s", "asking", "looking" } do
            assert.is_nil(read:find(half, 1, true), result.said)
        end
    end)

    it("leaves no half of a bar behind when Ctrl-C ends the run", function()
        local result = on_terminal.run((waiting(h.database())), { "wait people: 2,000 of 5,000 rows, ",
            "wait MB unsent", "send \\x03" }, { columns = 140 })
        assert.equal(130, result.code, result.said)
        local seen = table.concat(on_terminal.screen(result.stdout), "\n")
        assert.matches("\ncities: 100 of 100 rows, done\n", seen)
        assert.matches("\ninterrupted", seen)
        for _, half in ipairs { "MB unsent", "2,000 of 5,000", "^C" } do
            assert.is_nil(seen:find(half, 1, true), result.said)
        end
    end)

    it("is lines alone on a terminal that can't draw, one every ten seconds and one a table", function()
        local result = as_lines:finish(60)
        assert.equal(0, result.code, result.said)
        assert.is_nil(result.stdout:find "\27", result.said)
        local lines = {}
        for line in result.stdout:gmatch "(%l+: [^\r\n]* rows[^\r\n]*)\r\n" do
            lines[#lines + 1] = line:gsub("[%d,]+ rows/s, .* left, 0%.[3-6] MB", "R rows/s, T left, N MB")
        end
        assert.same({ "cities: 100 of 100 rows, done", "people: 2,000 of 5,000 rows, R rows/s, T left, N MB unsent",
            "people: 5,000 of 5,000 rows, done" }, { lines[1], lines[2], lines[3] })
    end)
end)
