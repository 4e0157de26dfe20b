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
        database = loaded(0, script(pg, ', missing = "null"', nil, more))
        assert.equal("(1,101) (2,) (3,102) (4,101) (5,) (6,)", rows(database))
        database = loaded(1, script(pg, ', missing = "keep", on_bad = "reject"', nil, more))
        assert.equal("(1,101) (2,) (3,102) (4,101) (6,66)", rows(database))
    end)

    it("have a key once, or are told", function()
        for lookup, said in pairs {
            ['pg = "select 7, id from users"'] = 'the lookup user_ids: the key 7 stands in it twice',
            ['sqlite = "select 7, code from people"'] = "the lookup user_ids: the key 7 stands in it twice",
            ['sqlite = "select code from people"'] = "the SELECT gives 1 columns",
            ['pg = "select 1"'] = "the SELECT gives 1 columns",
            ['pg = "select nothing, at_all"'] = 'the lookup user_ids: column "nothing" does not exist',
            ['file = "missing.json"'] = "the lookup user_ids: it can't be read",
        } do
            local database = h.database()
            h.sql(database, TARGET)
            local result = h.wherry { "run", script(lookup), h.url(database), "--json" }
            assert.matches(said, result.json.error.message, 1, true)
            assert.equal("f", h.sql(database, "SELECT to_regnamespace('wherry') IS NOT NULL"))
        end
    end)
end)
