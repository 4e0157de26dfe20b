-- lookups: maps that are read before the load, from either side or a file, for columns that ask them.
local h = require "tests.support.harness"

describe("lookups", function()
    after_each(h.cleanup)

    local SOURCE = [[CREATE TABLE notes(id INTEGER PRIMARY KEY, mail TEXT);
        CREATE TABLE people(code TEXT, number INTEGER);
        INSERT INTO people VALUES ('a@x', 11), ('b@x', 12), (NULL, 13);
        INSERT INTO notes VALUES (1, 'a@x'), (2, NULL), (3, 'b@x'), (4, 'a@x');]]
    local TARGET = [[CREATE TABLE users(id bigint, email text);
        CREATE TABLE notes(id bigint PRIMARY KEY, user_id bigint);
        INSERT INTO users VALUES (101, 'A@x'), (102, 'B@x'), (103, NULL);]]

    local function script(lookup, column, keys, more)
        return h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, schema = "existing", %s lookups = { user_ids = { %s } }, tables = {
                people = w.skip "looked up",
                notes = { columns = { user_id = { from = "mail", lookup = "user_ids" %s } } } } }
            ]]):format(h.source(SOURCE .. (more or "")), keys or "", lookup, column or ""))
    end

    local function loaded(code, plan, ...)
        local database = h.database()
        h.sql(database, TARGET)
        return database, h.run(code, { plan, h.url(database), ... })
    end

    local function rows(database)
        return h.sql(database, "SELECT string_agg(t::text, ' ' ORDER BY id) FROM notes t")
    end

    it("come from the target", function()
        local database, result = loaded(0, script 'pg = "select lower(email), id from users"')
        assert.equal("(1,101) (2,) (3,102) (4,101)", rows(database))
        assert.equal(4, result.json.sources[1].tables[1].passed)
    end)

    it("come from the source, and from another file", function()
        assert.equal("(1,11) (2,) (3,12) (4,11)", rows((loaded(0,
            script 'sqlite = "select code, number from people"'))))
        local other = h.source "CREATE TABLE p(c, n); INSERT INTO p VALUES ('a@x', 21), ('b@x', '22')"
        assert.equal("(1,21) (2,) (3,22) (4,21)", rows((loaded(0,
            script(('sqlite = "select c, n from p", from = w.sqlite %q'):format(other))))))
    end)

    it("come from files, JSON and CSV", function()
        h.process.write(h.path "map.json", '{ "a@x": 31, "b@x": 9007199254740993, "7": null }')
        assert.equal("(1,31) (2,) (3,9007199254740993) (4,31)", rows((loaded(0,
            script(('file = %q'):format(h.path "map.json"))))))
        h.process.write(h.path "map.csv", 'mail,id\r\n"a@x",41\r\nb@x,"42"\r\n\r\n')
        assert.equal("(1,41) (2,) (3,42) (4,41)", rows((loaded(0, script(('file = %q'):format(h.path "map.csv"))))))
    end)

    -- What is told of the column's values.
    local function noted(document)
        for _, object in ipairs(document.objects) do
            if object.kind == "column" and object.note:find("in the lookup", 1, true) then
                return object.note
            end
        end
    end

    it("do not have every key: a bad value, or NULL, or the value itself", function()
        local more = "INSERT INTO notes VALUES (5, 'nobody'), (6, '66');"
        local pg = 'pg = "select lower(email), id from users"'
        local _, result = loaded(5, script(pg, nil, nil, more))
        assert.matches("the lookup user_ids has no such key", result.json.error.message, 1, true)
        assert.same({ "notes", "id=5", "nobody" }, { result.json.error.table, result.json.error.key,
            result.json.error.value.text })
        local database
        database, result = loaded(1, script(pg, nil, 'on_bad = "reject",', more))
        assert.equal("(1,101) (2,) (3,102) (4,101)", rows(database))
        assert.equal(2, result.json.sources[1].tables[1].rejected)
        database, result = loaded(0, script(pg, ', missing = "null"', nil, more))
        assert.equal("(1,101) (2,) (3,102) (4,101) (5,) (6,)", rows(database))
        assert.equal("2 values were not in the lookup user_ids, and became NULL", noted(result.json))
        database, result = loaded(1, script(pg, ', missing = "keep", on_bad = "reject"', nil, more))
        assert.equal("(1,101) (2,) (3,102) (4,101) (6,66)", rows(database))
        assert.equal("1 value was not in the lookup user_ids, and stayed as it is", noted(result.json))
        h.sql(database, "TRUNCATE notes; DROP SCHEMA wherry CASCADE")
        local check = h.wherry { "check", script(pg, ', missing = "null"', nil, more), h.url(database), "--json" }
        assert.same({ { table = "notes", column = "user_id", values = 2, lookup = "user_ids", missing = "null" } },
            check.json.missed)
    end)

    it("have a key once, or are told", function()
        for lookup, said in pairs {
            ['pg = "select 7, id from users"'] = 'the lookup user_ids: the key 7 stands in it twice',
            ['sqlite = "select 7, code from people"'] = "the lookup user_ids: the key 7 stands in it twice",
            ['sqlite = "select code from people"'] = "the SELECT gives 1 column;",
            ['pg = "select 1"'] = "the SELECT gives 1 column;",
            ['pg = "select nothing, at_all"'] = 'the lookup user_ids: column "nothing" does not exist',
            ['file = "missing.json"'] = "the lookup user_ids: it can't be read",
        } do
            local database = h.database()
            h.sql(database, TARGET)
            local result = h.wherry { "run", script(lookup), h.url(database), "--json" }
            assert.matches(said, result.json.error.message, 1, true)
            assert.equal(lookup:find "file" and 3 or 4, result.code)
            assert.equal("f", h.sql(database, "SELECT to_regnamespace('wherry') IS NOT NULL"))
        end
    end)

    it("are asked by hooks, and what they give is there before hooks are called", function()
        local file = h.source(SOURCE .. "INSERT INTO notes VALUES (5, 'nobody'), (6, 'lost')")
        local database = loaded(1, h.script(([[local w = require "wherry"
            local function map(v)
                if v == "nobody" then return 0 end
                if v == "lost" then return v end
                return v and v + (w.lookup("more", v) or 0)
            end
            return w.plan { from = w.sqlite %q, schema = "existing", on_bad = "reject", tables = {
                people = w.skip "looked up",
                notes = { columns = { user_id = { from = "mail", lookup = "ids", map = map } } } },
                lookups = { ids = { pg = "select lower(email), id from users" },
                    more = { sqlite = "select 101, 1000" } } }]]):format(file)))
        assert.equal("(1,1101) (2,) (3,102) (4,1101) (5,0)", rows(database))
        assert.equal("id=6", h.sql(database, "SELECT key_text FROM wherry.reject"))
    end)

    it("are for hooks: elsewhere that is said", function()
        local result = h.wherry { "run", h.script [[local w = require "wherry"
            print(w.lookup("ids", 1))]] }
        assert.equal(4, result.code)
        assert.matches("w.lookup is for hooks", result.stderr, 1, true)
        local plan = h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, lookups = { ids = { sqlite = "select 1, 2" } }, tables = {
                notes = { row = function(old, new) new.mail = w.lookup("idz", old.id) end } } }]]):format(
            h.source(SOURCE)))
        result = h.wherry { "run", plan, h.url(h.database()), "--json" }
        assert.matches("there is no lookup 'idz'", result.json.error.message, 1, true)
    end)

    it("are checked: names, what fills them, columns that can't be looked up", function()
        for text, said in pairs {
            ['lookups = { a = {} }'] = "lookups.a: one of pg, sqlite and file says what it is filled from",
            ['lookups = { a = { pg = "x", file = "y.csv" } }'] = "not pg and file",
            ['lookups = { a = { file = "y.txt" } }'] = '"y.txt" is neither .json nor .csv',
            ['lookups = { a = { pg = "x", from = w.sqlite "x" } }'] = "from is w.sqlite, and the SELECT is for Post",
            ['lookups = { a = { pgx = "x" } }'] = 'did you mean "pg"',
            ['tables = { notes = { columns = { x = { missing = "null" } } } }'] = "there is none",
            ['tables = { notes = { columns = { x = { from = w.constant(1), lookup = "a" } } } }'] =
                "a source column or w.sql is looked up, not w.constant(1)",
            ['lookups = { user_ids = { sqlite = "select 1, 2" } }, tables = { notes = { columns = { x = '
                .. '{ from = "mail", lookup = "user_id", type = "text" } } } }'] = 'did you mean "user_ids"',
            ['tables = { notes = { columns = { x = { from = "mall", lookup = "a", type = "text" } } } }'] =
                'did you mean "mail"',
        } do
            local result = h.wherry { "plan", h.script(([[local w = require "wherry"
                return w.plan { from = w.sqlite %q, %s }]]):format(h.source(SOURCE), text)), "--json" }
            assert.equal(4, result.code, text)
            assert.matches(said, result.stdout:gsub('\\"', '"'), 1, true)
        end
    end)

    it("go into columns that are created, which need a type", function()
        local text = [[local w = require "wherry"
            return w.plan { from = w.sqlite %q, lookups = { ids = { sqlite = "select 'a@x', 1" } }, tables = {
                notes = { columns = { who = { from = "mail", lookup = "ids", missing = "null" %s } } } } }]]
        local file = h.source(SOURCE)
        local result = h.run(4, { h.script(text:format(file, "")), h.url(h.database()) })
        assert.equal("computed_type", result.json.findings[1].code)
        local database = h.database()
        h.run(0, { h.script(text:format(file, ', type = "integer"')), h.url(database) })
        assert.equal("(1,a@x,1) (2,,) (3,b@x,) (4,a@x,1)", rows(database))
    end)

    it("have to be the same when a run is gone on with, unless that is accepted", function()
        local plan, database = script('pg = "select lower(email), id from users"', nil, nil,
            "INSERT INTO notes VALUES (5, 'c@x');"), h.database()
        h.sql(database, TARGET)
        h.run(5, { plan, h.url(database), "--batch-size=2" })
        h.sql(database, "UPDATE users SET id = 7 WHERE id = 102")
        local result = h.run(4, { plan, h.url(database), "--resume" })
        assert.matches("the lookup user_ids has changed since the run began: 2 keys then, 2 now, others",
            result.json.error.message, 1, true)
        h.sql(database, "UPDATE users SET id = 102 WHERE id = 7; INSERT INTO users VALUES (105, 'c@x')")
        h.run(4, { plan, h.url(database), "--resume" })
        h.run(0, { plan, h.url(database), "--resume", "--accept-changes" })
        assert.equal("(1,101) (2,) (3,102) (4,101) (5,105)", rows(database))
        h.sql(database, "DELETE FROM users")
        h.run(0, { plan, h.url(database), "--resume" })
    end)

    it("are read by check, too, and for rows that are tried again", function()
        local plan = script('file = "map.json"', nil, 'on_bad = "reject",')
        h.process.write(h.path "map.json", '{ "a@x": 1 }')
        local database = h.database()
        h.sql(database, TARGET)
        local checked = h.wherry { "check", plan, h.url(database), "--json" }
        assert.same({ 1, "notes", 1 }, { checked.code, checked.json.problems[1].table, checked.json.problems[1].count })
        assert.matches("the lookup user_ids has no such key", checked.stdout, 1, true)
        h.run(1, { plan, h.url(database) })
        assert.equal("(1,1) (2,) (4,1)", rows(database))
        h.process.write(h.path "map.json", '{ "a@x": 1, "b@x": 2 }')
        local result = h.wherry { "rejects", "retry", plan, h.url(database), "--json" }
        assert.same({ 0, 1 }, { result.code, result.json.loaded })
        assert.equal("(1,1) (2,) (3,2) (4,1)", rows(database))
    end)

    it("are not read from a target that is not there: a plan says so, a check needs one", function()
        local plan = h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, lookups = { ids = { pg = "select 1, 2" } }, tables = {
                notes = { columns = { who = { from = "mail", lookup = "ids", type = "integer" } } } } }]]):format(
            h.source(SOURCE)))
        assert.matches("not read: there is no target", h.wherry { "plan", plan }.stdout, 1, true)
        local result = h.wherry { "check", plan, "--json" }
        assert.equal(2, result.code)
        assert.matches("the lookup ids is read from the target, and there is none", result.json.error.message, 1, true)
        assert.matches("1 key from select 1, 2", h.wherry { "plan", plan, h.url(h.database()) }.stdout, 1, true)
    end)

    it("may be others in a script that is accepted", function()
        local plan, database = script('pg = "select lower(email), id from users"', nil, nil,
            "INSERT INTO notes VALUES (5, 'c@x');"), h.database()
        h.sql(database, TARGET)
        h.run(5, { plan, h.url(database), "--batch-size=2" })
        local text = h.process.read(plan):gsub("from users", "from users union select 'c@x', 5")
        h.process.write(plan, text)
        local result = h.run(4, { plan, h.url(database), "--resume" })
        assert.matches("the script has another lookup user_ids", result.json.error.message, 1, true)
        h.run(0, { plan, h.url(database), "--resume", "--accept-changes" })
        assert.equal("(1,101) (2,) (3,102) (4,101) (5,5)", rows(database))
    end)
end)
