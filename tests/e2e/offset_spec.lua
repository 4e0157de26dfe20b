-- offset: the integer key of a table moves, and all that refers to it.
local h = require "tests.support.harness"

describe("offset", function()
    after_each(h.cleanup)

    local function script(sql, tables, keys)
        return h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, %s tables = { %s } }]]):format(h.source(sql), keys or "", tables))
    end

    local function loaded(code, plan, target, ...)
        local database = h.database()
        if target then
            h.sql(database, target)
        end
        return database, h.run(code, { plan, h.url(database), ... })
    end

    local function rows(database, name)
        return h.sql(database, ("SELECT string_agg(t::text, ' ' ORDER BY t.*) FROM %s t"):format(name))
    end

    local SOURCE = [[CREATE TABLE p(id INTEGER PRIMARY KEY AUTOINCREMENT, up INTEGER REFERENCES p(id), n TEXT);
        CREATE TABLE c(id INTEGER PRIMARY KEY, p_id REFERENCES p(id), loose INTEGER);
        CREATE TABLE d(p_id INTEGER PRIMARY KEY REFERENCES p(id), v TEXT);
        CREATE TABLE e(id INTEGER PRIMARY KEY, d_id INTEGER REFERENCES d(p_id));
        INSERT INTO p VALUES (1, NULL, 'a'), (2, 1, 'b'), (9, 9, 'c'); DELETE FROM p WHERE id = 9;
        INSERT INTO c VALUES (1, 1, 2), (2, '2', NULL), (3, 2.0, 1), (4, NULL, 2);
        INSERT INTO d VALUES (1, 'x'), (2, 'y'); INSERT INTO e VALUES (1, 1), (2, 2);]]

    it("moves the key, foreign keys down a chain and to itself, references without one, and the sequence", function()
        local database = loaded(0, script(SOURCE, 'p = { offset = 1000, references = { "c.loose" } }'))
        assert.equal("(1001,,a) (1002,1001,b)", rows(database, "p"))
        assert.equal("(1,1001,1002) (2,1002,) (3,1002,1001) (4,,1002)", rows(database, "c"))
        assert.equal("(1001,x) (1002,y)", rows(database, "d"))
        assert.equal("(1,1001) (2,1002)", rows(database, "e"))
        assert.equal("1010", h.sql(database, "INSERT INTO p (n) VALUES ('next') RETURNING id"))
    end)

    it("goes into tables that are there, by their foreign keys", function()
        local database = loaded(0, script(SOURCE:gsub("REFERENCES p%(id%)", ""), "p = { offset = -5 }",
            'schema = "existing",'), [[CREATE TABLE p(id bigint PRIMARY KEY, up bigint REFERENCES p, n text);
            CREATE TABLE c(id bigint, p_id integer REFERENCES p, loose integer);
            CREATE TABLE d(p_id text, v text); CREATE TABLE e(id bigint, d_id bigint);]])
        assert.equal("(-4,,a) (-3,-4,b)", rows(database, "p"))
        assert.equal("(1,-4,2) (2,-3,) (3,-3,1) (4,,2)", rows(database, "c"))
        assert.equal("(1,x) (2,y)", rows(database, "d"))
    end)

    it("is added behind merges", function()
        local database = loaded(0, script([[CREATE TABLE p(id INTEGER PRIMARY KEY, n TEXT);
            CREATE TABLE c(id INTEGER PRIMARY KEY, p INTEGER REFERENCES p(id));
            INSERT INTO p VALUES (1, 'a'), (2, 'a'), (3, 'b'); INSERT INTO c VALUES (1, 1), (2, 2), (3, 3)]],
            'p = { offset = 10, merge = { by = { "n" }, keep = "last" } }'))
        assert.equal("(12,a) (13,b)", rows(database, "p"))
        assert.equal("(1,12) (2,12) (3,13)", rows(database, "c"))
    end)

    it("does not fit values that are no integers, or beyond 64 bits: bad ones", function()
        local sql = [[CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE c(id INTEGER PRIMARY KEY, p_id);
            INSERT INTO p VALUES (1); INSERT INTO c VALUES (1, 1), (2, 'x'), (3, 1.5), (4, 9223372036854775807),
                (5, x'31');]]
        local keys = 'p = { offset = 3, references = { "c.p_id" } }'
        local target = "CREATE TABLE p(id bigint PRIMARY KEY); CREATE TABLE c(id bigint, p_id bigint);"
        local database, result = loaded(1, script(sql, keys, 'on_bad = "reject",'), target)
        assert.equal("(1,4)", rows(database, "c"))
        assert.equal("id=2 id=3 id=4 id=5", h.sql(database,
            "SELECT string_agg(key_text, ' ' ORDER BY key) FROM wherry.reject"))
        assert.matches("the offset 3 is added to integers, and this is none", result.stdout, 1, true)
        assert.matches("with the offset 3 it is beyond 64 bits", result.stdout, 1, true)
        local other = h.database()
        h.sql(other, target)
        local checked = h.wherry { "check", script(sql, keys, 'on_bad = "reject",'), h.url(other), "--json" }
        assert.matches("the offset 3 is added to integers", checked.stdout, 1, true)
        local _, stopped = loaded(5, script(sql, keys), target)
        assert.same({ "c", "id=2" }, { stopped.json.error.table, stopped.json.error.key })
        loaded(1, script(sql, keys, 'on_bad = "null",'), target)
    end)

    it("has to be an integer, of a table with an integer key, and one for each column", function()
        for keys, said in pairs {
            ['p = { offset = 1.5 }'] = "an integer is expected, not 1.5",
            ['p = { offset = "7" }'] = "an integer is expected",
            ['t = { offset = 7 }'] = "it has no integer key of one column",
            ['p = { offset = 7 }, q = { offset = 8 }'] = "its column p would move by 8 and by 7",
        } do
            local result = h.wherry { "plan", script([[CREATE TABLE p(id INTEGER PRIMARY KEY);
                CREATE TABLE q(p INTEGER PRIMARY KEY REFERENCES p); CREATE TABLE t(name TEXT PRIMARY KEY);]], keys) }
            assert.equal(4, result.code)
            assert.matches(said, result.stdout .. result.stderr, 1, true)
        end
    end)

    it("is gone on with, and refused when the script has another one", function()
        local plan = script(SOURCE .. "INSERT INTO e VALUES (7, 'x')", "p = { offset = 1000 }", 'schema = "existing",')
        local database = loaded(5, plan, [[CREATE TABLE p(id bigint, up bigint, n text);
            CREATE TABLE c(id bigint, p_id bigint, loose integer); CREATE TABLE d(p_id bigint, v text);
            CREATE TABLE e(id bigint, d_id bigint);]], "--batch-size=1")
        local text = h.process.read(plan)
        h.process.write(plan, (text:gsub("1000", "2000")))
        local result = h.run(4, { plan, h.url(database), "--resume", "--accept-changes" })
        assert.equal("changed_plan", result.json.findings[1].code)
        h.process.write(plan, (text:gsub("tables = {", 'on_bad = "reject", %0')))
        h.run(1, { plan, h.url(database), "--resume", "--accept-changes" })
        assert.equal("(1,1001) (2,1002)", rows(database, "e"))
    end)

    it("is that of a source among several, behind what each of them merges", function()
        local files = {}
        for i = 1, 2 do
            files[i] = h.source(([[CREATE TABLE p(id INTEGER PRIMARY KEY, n TEXT);
                CREATE TABLE c(id INTEGER PRIMARY KEY, p INTEGER REFERENCES p(id));
                INSERT INTO p VALUES (1, 'a%d'), (2, 'a%d'), (3, 'b%d');
                INSERT INTO c VALUES (1, 1), (2, 2), (3, 3)]]):format(i, i, i))
        end
        local database = loaded(0, h.script(([[local w = require "wherry"
            return w.plan { from = { one = w.sqlite %q, two = w.sqlite { %q, offset = 100 } }, collision = "append",
                schema = "existing", tables = { p = { merge = { by = { "n" }, keep = "last" } } } }]]):format(files[1],
            files[2])), [[CREATE TABLE p(id bigint PRIMARY KEY, n text);
            CREATE TABLE c(id bigint PRIMARY KEY, p bigint REFERENCES p);]])
        assert.equal("(2,a1) (3,b1) (102,a2) (103,b2)", rows(database, "p"))
        assert.equal("(1,2) (2,2) (3,3) (101,102) (102,102) (103,103)", rows(database, "c"))
    end)
end)
