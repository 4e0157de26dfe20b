-- The document of --json and the summary: one for every exit code, its shape, its sums; and no password anywhere.
local cjson = require "cjson"
local h = require "tests.support.harness"
local ledger = require "tests.support.ledger"

describe("the ledger", function()
    after_each(h.cleanup)

    local SMALL = "CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'a'), (2, NULL), (3, 'c');"

    it("has exactly the members that the manual names", function()
        local file, database = h.source(SMALL), h.database()
        local result = h.run(0, { file, h.url(database) })
        local function keys(object)
            local names = {}
            for name in pairs(object) do
                names[#names + 1] = name
            end
            table.sort(names)
            return table.concat(names, " ")
        end
        assert.equal("checks command comparison error findings objects rejects run schema sources status target "
            .. "targets verification", keys(result.json))
        assert.equal("copy fingerprint name path schema server_version tables", keys(result.json.sources[1]))
        assert.equal("excluded filtered merged passed rejected table total", keys(result.json.sources[1].tables[1]))
        assert.equal("emitted inserted passed rejected seconds skipped table updated", keys(result.json.targets[1]))
        assert.equal("run", result.json.command)
        assert.equal("verified", result.json.status)
        assert.equal(file, result.json.sources[1].path)
        assert.matches("^%x+$", result.json.sources[1].fingerprint)
        assert.equal("public.t", result.json.targets[1].table)
        -- An empty list stays a list, and what was filtered stays an object.
        assert.matches('"findings"%s*:%s*%[%s*%]', result.stdout)
        assert.matches('"checks"%s*:%s*%[%s*%]', result.stdout)
        assert.matches('"filtered"%s*:%s*{%s*}', result.stdout)
        assert.matches('"error"%s*:%s*null', result.stdout)
        assert.equal(1, select(2, result.stdout:gsub("\n", "\n")), "the document is one line")
    end)

    it("keeps empty lists lists when nothing was moved", function()
        local result = h.wherry { "run", h.path "no such file.db", h.url(h.database()), "--json" }
        assert.equal(3, result.code, result.said)
        for _, name in ipairs { "targets", "objects" } do
            assert.matches('"' .. name .. '"%s*:%s*%[%s*%]', result.stdout)
        end
    end)

    it("is one document for every exit code", function()
        local file, database = h.source(SMALL), h.database()
        h.run(0, { file, h.url(database) })
        -- The target has rows now.
        assert.equal("refused", h.run(4, { file, h.url(database) }).json.status)
        h.run(2, { file, h.url(database), "--no-such-option" })
        h.run(2, {})
        h.run(2, { file, h.url(database), "--schema=sideways" })
        local missing = h.run(3, { h.path "missing.db", h.url(database) })
        assert.matches("missing%.db", missing.json.error.message)
        h.run(4, { h.script "return 42", h.url(database) })
        h.run(4, { h.script "this is not Lua", h.url(database) })
        h.run(4, { h.script "error 'from the script'", h.url(database) })

        local narrow = h.database()
        h.sql(narrow, "CREATE TABLE t(id int PRIMARY KEY, v varchar(3))")
        local long = h.source([[CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT);
            INSERT INTO t VALUES (1, 'too long');]], "b.db")
        local result = h.run(5, { long, h.url(narrow) })
        assert.equal("failed", result.json.status)
        assert.equal("t", result.json.error.table)
        assert.equal("v", result.json.error.column)
    end)

    it("closes on both sides when rows are excluded and tables skipped", function()
        local file, database = h.source(SMALL .. "CREATE TABLE u(x); INSERT INTO u VALUES (1);"), h.database()
        local script = h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, to = w.pg %q,
                tables = { t = { where = "v IS NOT NULL" }, u = w.skip "old" } }]]):format(file, h.url(database)))
        local result = h.run(0, { script })
        local source, target = ledger.source(result.json, "t"), ledger.target(result.json, "public.t")
        assert.same({ 3, 1, 2, 0, 0 }, { source.total, source.excluded, source.passed, source.rejected, source.merged })
        assert.same({ 2, 0, 2 }, { target.passed, target.emitted, target.inserted })
        assert.equal(target.inserted, tonumber(h.sql(database, "SELECT count(*) FROM t")))
    end)

    it("where whose condition is NULL for a row excludes it and counts it", function()
        local file, database = h.source(SMALL), h.database()
        local script = h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, to = w.pg %q, tables = { t = { where = "v <> 'a'" } } }]]):format(file,
            h.url(database)))
        local counts = ledger.source(h.run(0, { script }).json, "t")
        assert.same({ 3, 2, 1 }, { counts.total, counts.excluded, counts.passed })
    end)

    it("notices rows that a target trigger swallows", function()
        local file, database = h.source(SMALL), h.database()
        h.sql(database, [[CREATE TABLE t(id int PRIMARY KEY, v text);
            CREATE FUNCTION drop_one() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN IF NEW.id = 2 THEN RETURN NULL; END IF; RETURN NEW; END $$;
            CREATE TRIGGER drop_one BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION drop_one()]])
        local script = h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, to = w.pg %q, tables = { t = { triggers = "fire" } } }]]):format(file,
            h.url(database)))
        local result = h.wherry { "run", script, "--json" }
        assert.equal("2", h.sql(database, "SELECT count(*) FROM t"))
        assert.is_true(result.code ~= 0, "two of three rows arrived, and the run said all was well" .. result.said)
    end)

    it("says on the first and the last line which target it was, and where it came from", function()
        local file, database = h.source(SMALL), h.database()
        local result = h.wherry { "run", file, h.url(database) }
        assert.equal(0, result.code, result.said)
        local output = result.stdout
        local first, last = output:match "^([^\n]*)\n", output:match "([^\n]+)\n*$"
        for _, line in ipairs { first, last } do
            assert.matches(database, line)
        end
        assert.matches("t%s+.*3", output)
        assert.matches("given", first)
        assert.is_nil(output:find("\27", 1, true), "colours without a terminal")
    end)

    it("never shows a password: not in output, document, journal, process list or server log", function()
        local role, password = h.role()
        local file, database = h.source(SMALL), h.database { owner = role }
        h.sql(database, ("GRANT CREATE ON SCHEMA public TO %s"):format(role))
        local url = h.url(database, role, password)
        local result = h.run(0, { file, url }) -- the harness looks through both outputs
        assert.is_truthy(result.json.target.url:find(role, 1, true), result.said)
        assert.matches("warning", result.stderr:lower())
        local plain = h.wherry { "run", file, url }
        assert.equal(4, plain.code)
        h.wherry { "run", file, url, "--verbose" }
        local dump = h.process.shell(("pg_dump -U postgres -h %s --inserts -n wherry %s"):format(
            url:match "host=(.*)$":gsub("%%2F", "/"), database))
        assert.matches("INSERT INTO wherry", dump)
        assert.is_nil(dump:find(password, 1, true))
        assert.is_nil(dump:find(h.escape(password), 1, true))
        -- Wrong passwords are nobody else's business either.
        h.secret "hunter2 & co"
        local wrong = h.run(3, { file, h.url(database, role, "hunter2 & co") })
        assert.matches(role, wrong.json.error.message)
        h.wherry { "dsn", h.url(database, role, "hunter2 & co") }
    end)

    it("tells a script's own mistake with file and line", function()
        local script = h.script "local w = require 'wherry'\nreturn w.plan { form = 'x' }"
        local result = h.run(4, { script, h.url(h.database()) })
        assert.matches("form", result.json.error.message)
        local line = h.run(4, { h.script "\n\nlocal x = nil\nreturn x.y", h.url(h.database()) })
        assert.matches(":4:", line.json.error.message)
        assert.is_true(line.json.error ~= cjson.null)
    end)

    it("names an unset variable of a script", function()
        local file = h.source(SMALL)
        local result = h.run(3, { h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, to = w.pg "$NO_SUCH_VARIABLE" }]]):format(file)) })
        assert.matches("NO_SUCH_VARIABLE", result.json.error.message)
    end)
end)
