-- wherry verify: the run that it finds, both sides counted, the script's verify; nothing is written.
local h = require "tests.support.harness"

describe("wherry verify", function()
    after_each(h.cleanup)

    local SOURCE = [[CREATE TABLE topic(id INTEGER PRIMARY KEY, name TEXT NOT NULL);
        INSERT INTO topic VALUES (1, 'red'), (2, 'blue');
        CREATE TABLE note(id INTEGER PRIMARY KEY, topic_id INTEGER REFERENCES topic(id), body TEXT);
        INSERT INTO note VALUES (1, 1, 'a'), (2, 2, NULL), (3, NULL, 'c');]]

    local function loaded(more)
        local file, database = h.source(SOURCE .. (more or "")), h.database()
        h.run(0, { file, h.url(database) })
        return file, database
    end

    local function verify(code, args, options)
        local argv = { "verify", table.unpack(args) }
        argv[#argv + 1] = "--json"
        local result = h.wherry(argv, options)
        assert.equal(code, result.code, result.said)
        return result
    end

    -- By target table.
    local function tables_of(result)
        local found = {}
        for _, tbl in ipairs(result.json.comparison.tables) do
            found[tbl.table:match "[^.]*$"] = tbl
        end
        return found
    end

    it("finds the newest run of the file, and says what is on both sides", function()
        local file, database = loaded()
        local result = verify(0, { file, h.url(database) })
        assert.same({ "verify", 1, "source", 2, 3 }, { result.json.command, result.json.run,
            result.json.comparison.basis, tables_of(result).topic.rows_target, tables_of(result).note.rows_target })
        local plain = h.wherry { "verify", file, h.url(database) }
        assert.equal(0, plain.code, plain.said)
        assert.matches("Nothing was written.\n$", plain.stdout)
        assert.matches("public.note", plain.stdout, 1, true)
    end)

    it("finds rows that were taken away", function()
        local file, database = loaded()
        h.sql(database, "DELETE FROM note WHERE id = 2")
        local result = verify(1, { file, h.url(database) })
        assert.equal("differs", result.json.status)
    end)

    it("calls the script's verify, and ends with 1 where it fails", function()
        local file, database = h.source(SOURCE), h.database()
        local plan = h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, verify = function(check, src, dst)
                check.counts()
                check.equal("names", "red", dst:value "SELECT name FROM topic WHERE id = 1")
            end }]]):format(file))
        h.run(0, { plan, h.url(database) })
        assert.equal("passed", verify(0, { plan, h.url(database) }).json.verification.state)
        h.sql(database, "UPDATE topic SET name = 'green' WHERE id = 1")
        assert.equal("failed", verify(1, { plan, h.url(database) }).json.verification.state)
    end)

    it("writes nothing, and may be another role than the run's, who only reads", function()
        local file, database = loaded()
        local reader, password = h.role()
        h.sql(database, (([[GRANT USAGE ON SCHEMA wherry TO READER; GRANT SELECT ON ALL TABLES IN SCHEMA wherry, public
            TO READER; ALTER ROLE READER SET default_transaction_read_only = on]]):gsub("READER", reader)))
        local state = [[SELECT md5(string_agg(x, '|')) FROM (SELECT query_to_xml('SELECT * FROM wherry.' || relname,
            true, true, '')::text AS x FROM pg_class WHERE relnamespace = 'wherry'::regnamespace AND relkind = 'r'
            ORDER BY relname) AS t]]
        local before = h.sql(database, state)
        local result = verify(0, { file, h.url(database, reader, password) })
        assert.equal("verified", result.json.status)
        assert.equal(before, h.sql(database, state))
    end)

    it("needs no right on tables that are left out", function()
        local file, database = loaded()
        local reader, password = h.role()
        h.sql(database, (([[GRANT USAGE ON SCHEMA wherry TO READER; GRANT SELECT ON ALL TABLES IN SCHEMA wherry
            TO READER; GRANT SELECT ON note TO READER; CREATE TABLE hidden(id int PRIMARY KEY);
            ALTER TABLE note ADD CONSTRAINT own FOREIGN KEY (id) REFERENCES hidden NOT VALID]])
            :gsub("READER", reader)))
        local url = h.url(database, reader, password)
        local result = verify(0, { file, url, "--only", "note" })
        assert.equal("verified", result.json.status)
        local noted = false
        for _, entry in ipairs(result.json.comparison.audit) do
            noted = noted or entry.name == "own" and entry.note
                and entry.detail:find("permission denied for table hidden", 1, true)
        end
        assert.truthy(noted, result.said)
        assert.matches("permission denied for table", verify(3, { file, url }).json.error.message)
    end)

    it("compares only the tables that are asked for, by their names on either side", function()
        local file, database = loaded()
        h.sql(database, "DELETE FROM note WHERE id = 2")
        local result = verify(0, { file, h.url(database), "--only", "topic" })
        assert.same({ 1, "same" }, { #result.json.comparison.tables, tables_of(result).topic.state })
        assert.equal(1, verify(1, { file, h.url(database), "--only", "public.n*" }).json.comparison.tables[1].missing)
        result = verify(2, { file, h.url(database), "--only", "notes" })
        assert.matches('"notes" matches no table', result.json.error.message)
        assert.matches("note", result.json.error.hint)
    end)

    it("verifies a sample, and never says verified then", function()
        local file, database = loaded [[CREATE TABLE many(id INTEGER PRIMARY KEY, v TEXT);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
            INSERT INTO many SELECT i, 'v' || i FROM n;]]
        local result = verify(0, { file, h.url(database), "--sample", "50%" })
        local line = tables_of(result).many
        assert.same({ "sampled", "partly", "same", 50 }, { result.json.status, result.json.comparison.state,
            line.state, result.json.comparison.sample })
        assert.is_true(line.rows_source > 1000 and line.rows_source < 2000, line.rows_source)
        assert.equal(line.rows_source, line.rows_target)
        h.sql(database, "UPDATE many SET v = v || 'x'")
        assert.equal(tables_of(verify(1, { file, h.url(database), "--sample", "50%" })).many.state, "differs")
        assert.matches("sampled: no difference", h.wherry({ "verify", file, h.url(database), "--sample", "1",
            "--only", "topic" }).stdout)
    end)

    it("prints statements for sqlite3 and psql, and compares nothing", function()
        local file, database = loaded()
        h.sql(database, "DELETE FROM note WHERE id = 2")
        local result = h.wherry { "verify", file, h.url(database), "--sql" }
        assert.equal(0, result.code, result.said)
        assert.matches("-- psql, public.note\nSELECT count(*) AS \"rows\"", result.stdout, 1, true)
        assert.matches("SELECT count", verify(0, { file, h.url(database), "--sql" }).json.sql)
    end)

    it("compares what others have loaded, without a journal", function()
        local file, database = h.source(SOURCE), h.database()
        h.sql(database, [[CREATE TABLE topic(id int PRIMARY KEY, name text NOT NULL, more text);
            CREATE TABLE note(id int PRIMARY KEY, topic_id int REFERENCES topic, body text);
            INSERT INTO topic VALUES (1, 'red'), (2, 'blue'), (9, 'extra');
            INSERT INTO note VALUES (1, 1, 'a'), (2, 2, ''), (3, NULL, 'c');]])
        local result = verify(1, { file, h.url(database) })
        assert.equal(require "cjson".null, result.json.run)
        local topic, note = tables_of(result).topic, tables_of(result).note
        assert.same({ 1, "extra", "id=9" }, { topic.extra, topic.differences[1].kind, topic.differences[1].key })
        assert.same({ 1, "body", "null", "text" }, { note.different, note.differences[1].columns[1].column,
            note.differences[1].columns[1].source.class, note.differences[1].columns[1].target.class })
        h.sql(database, "DELETE FROM topic WHERE id = 9; UPDATE note SET body = NULL WHERE id = 2")
        assert.equal("verified", verify(0, { file, h.url(database) }).json.status)
        result = verify(3, { file, h.url(database), "--against", "journal" })
        assert.matches("knows no run", result.json.error.message)
    end)

    it("refuses runs that are not there, or not done", function()
        local file, database = loaded()
        assert.matches("holds no run 7", verify(2, { file, h.url(database), "--run", "7" }).json.error.message)
        h.sql(database, "UPDATE wherry.run SET state = 'stopped'")
        assert.matches("has not ended", verify(3, { file, h.url(database) }).json.error.message)
        assert.matches("has not ended", verify(2, { file, h.url(database), "--run", "1" }).json.error.message)
    end)

    it("names all rows that differ with --detailed, the first ones without", function()
        local file, database = loaded [[CREATE TABLE many(id INTEGER PRIMARY KEY, v TEXT);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)
            INSERT INTO many SELECT i, 'v' || i FROM n;]]
        h.sql(database, "UPDATE many SET v = v || 'x'")
        local few = tables_of(verify(1, { file, h.url(database) })).many
        assert.same({ 100, 20, 80 }, { few.different, #few.differences, few.more })
        local all = tables_of(verify(1, { file, h.url(database), "--detailed" })).many
        assert.same({ 100, 100, 0 }, { all.different, #all.differences, all.more })
        local said = h.wherry { "verify", file, h.url(database), "--detailed" }
        local one = '\n    different  id=%d+\n        v: source "v%d+" %(text%), target "v%d+x" %(text%)'
        local _, lines = said.stdout:gsub(one, "")
        assert.equal(100, lines, said.said)
        _, lines = h.wherry({ "verify", file, h.url(database) }).stdout:gsub("\n    different  id=", "")
        assert.equal(20, lines)
    end)

    it("sees both sides as they were when it began, and lets others write", function()
        local file, database = h.source(SOURCE), h.database()
        local plan = h.script(([[local w = require "wherry"
            local done = not os.getenv "EARLY"
            return w.plan { from = w.sqlite %q, tables = { topic = { row = function()
                done = done or os.execute(os.getenv "EARLY") -- while the source is read
            end } }, verify = function(check, src, dst)
                check.ok("broken", not pcall(function() dst:value "SELECT 1 / 0" end))
                os.execute(os.getenv "CHANGE")
                check.equal("names", "red", dst:value "SELECT name FROM topic WHERE id = 1")
                check.ok("read only", not pcall(function() dst:exec "DELETE FROM topic" end))
                check.equal("rows", 2, dst:value "SELECT count(*) FROM topic")
            end }]]):format(file))
        h.run(0, { plan, h.url(database), "--verify=none" })
        local change = ("psql -qX '%s' -c \"UPDATE topic SET name = 'black'; DELETE FROM note\""):format(
            h.url(database))
        local result = verify(0, { plan, h.url(database), "--jobs=1" }, { env = { CHANGE = "true", EARLY = change } })
        assert.same({ "verified", "passed" }, { result.json.status, result.json.verification.state })
        assert.equal("0", h.sql(database, "SELECT count(*) FROM note"))
        h.sql(database, "INSERT INTO note VALUES (1, 1, 'a'), (2, 2, NULL), (3, NULL, 'c'); "
            .. "UPDATE topic SET name = CASE id WHEN 1 THEN 'red' ELSE 'blue' END")
        result = verify(0, { plan, h.url(database) }, { env = { CHANGE = change } })
        assert.same({ "verified", "passed" }, { result.json.status, result.json.verification.state })
        assert.equal("0", h.sql(database, "SELECT count(*) FROM note"))
        verify(1, { plan, h.url(database) }, { env = { CHANGE = "true" } })
    end)
end)
