-- Several sources under their names, into one target: where their tables go, what is told of each file, what is
-- refused.
local h = require "tests.support.harness"
local ledger = require "tests.support.ledger"

describe("several sources", function()
    after_each(h.cleanup)

    local CORE = [[CREATE TABLE debates(id INTEGER PRIMARY KEY, title TEXT NOT NULL);
        INSERT INTO debates VALUES (1, 'one'), (2, 'two');
        CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT); INSERT INTO users VALUES (7, 'u');
        CREATE INDEX by_title ON debates(title)]]
    local MEMORY = [[CREATE TABLE debates(id INTEGER PRIMARY KEY, body TEXT, n INT);
        INSERT INTO debates VALUES (1, 'x', 1), (2, 'y', 2), (3, 'z', 3);
        CREATE TABLE notes(id INTEGER PRIMARY KEY, debate INT REFERENCES debates(id)); INSERT INTO notes VALUES (5, 3);
        CREATE INDEX by_title ON debates(body)]]

    -- A script over both files; options: what w.sqlite says of the second one, and the plan's keys.
    local function script_of(database, second, keys, first)
        local folder = h.subdirectory(database)
        local core, memory = folder .. "/core.db", folder .. "/memory.db"
        h.process.shell(("rm -f %s %s"):format(core, memory))
        h.sqlite(core, CORE)
        h.sqlite(memory, MEMORY)
        return h.script(([[local w = require "wherry"
            return w.plan { from = { core = w.sqlite { %q, %s }, memory = w.sqlite { %q, %s } }, to = w.pg %q, %s }]])
            :format(core, first or "", memory, second or "", h.url(database), keys or "")), core, memory
    end

    local function tables(database)
        return h.sql(database, [[SELECT string_agg(schemaname || '.' || relname, ' ' ORDER BY 1)
            FROM (SELECT schemaname, relname FROM pg_stat_user_tables
                WHERE schemaname <> 'wherry' ORDER BY 1, 2) AS t]])
    end

    local function counts(result)
        local list = {}
        for _, source in ipairs(result.json.sources) do
            for _, tbl in ipairs(source.tables) do
                list[#list + 1] = ("%s=%d"):format(tbl.table, tbl.passed)
            end
        end
        return table.concat(list, " ")
    end

    it("with equal table names go where a prefix or a schema says, and are told file by file", function()
        local database = h.database()
        local script, core, memory = script_of(database, 'prefix = "m_"')
        local result = h.run(0, { script })
        assert.equal("core.debates=2 core.users=1 memory.debates=3 memory.notes=1", counts(result))
        assert.same({ core, memory }, { result.json.sources[1].path, result.json.sources[2].path })
        assert.not_equal(result.json.sources[1].fingerprint, result.json.sources[2].fingerprint)
        assert.equal("public.debates public.m_debates public.m_notes public.users", tables(database))
        assert.equal("x,y,z|3", h.sql(database, [[SELECT string_agg(body, ',' ORDER BY id), (SELECT debate FROM m_notes)
            FROM m_debates]]))
        assert.equal("m_debates", h.sql(database, [[SELECT confrelid::regclass FROM pg_constraint
            WHERE contype = 'f' AND convalidated AND connamespace = 'public'::regnamespace]]))
        -- both have an index of the same name, in one schema
        assert.equal("2", h.sql(database, "SELECT count(*) FROM pg_indexes WHERE indexname LIKE 'by_title%'"))
        local other = h.database()
        local in_schema = h.run(0, { (script_of(other, 'schema = "mem"')) })
        assert.equal("core.debates=2 core.users=1 memory.debates=3 memory.notes=1", counts(in_schema))
        assert.equal("mem.debates mem.notes public.debates public.users", tables(other))
        assert.equal("mem.debates", h.sql(other, [[SELECT confrelid::regclass FROM pg_constraint
            WHERE contype = 'f' AND connamespace = 'mem'::regnamespace]]))
        assert.equal("core,memory|7", h.sql(other, [[SELECT (SELECT string_agg(name, ',' ORDER BY name)
            FROM wherry.source), (SELECT sum(read) FROM wherry.slice)]]))
    end)

    it("that would fill one table are a finding, unless all rows are to go into it", function()
        local database = h.database()
        local refused = h.run(4, { (script_of(database)) })
        local finding = ledger.finding(refused.json, "memory.debates")
        assert.equal("duplicate_target", finding.code, refused.said)
        assert.matches("public.debates is created from core.debates already", finding.reason, 1, true)
        assert.equal("", h.objects(database))
        h.sql(database, "CREATE TABLE debates(id int, title text, body text, n int); CREATE TABLE users(id int, "
            .. "name text); CREATE TABLE notes(id int, debate int)")
        refused = h.run(4, { (script_of(database)) })
        assert.equal("duplicate_target", ledger.finding(refused.json, "memory.debates").code, refused.said)
        local result = h.run(0, { (script_of(database, nil, 'collision = "append"')) })
        assert.equal("core.debates=2 core.users=1 memory.debates=3 memory.notes=1", counts(result))
        assert.equal("5|2|3", h.sql(database, "SELECT count(*), count(title), count(body) FROM debates"))
        for _, target in ipairs(result.json.targets) do
            if target.table == "public.debates" then
                assert.same({ 5, 5 }, { target.passed, target.inserted })
            end
        end
        assert.equal(3, #result.json.targets)
    end)

    it("may have a tag each, and an offset for their keys", function()
        local database = h.database()
        h.sql(database, [[CREATE TABLE debates(tenant text NOT NULL, id int PRIMARY KEY, title text, body text, n int);
            CREATE TABLE users(tenant text NOT NULL, id int PRIMARY KEY, name text);
            CREATE TABLE notes(tenant text NOT NULL, id int PRIMARY KEY, debate int REFERENCES debates)]])
        local tag = 'tag = { column = "tenant", value = "%s" }'
        h.run(0, { (script_of(database, tag:format("m") .. ", offset = 1000", 'collision = "append"',
            tag:format("c"))) })
        assert.equal("c:1 c:2 m:1001 m:1002 m:1003", h.sql(database,
            "SELECT string_agg(tenant || ':' || id, ' ' ORDER BY id) FROM debates"))
        assert.equal("m|1005|1003", h.sql(database, "SELECT * FROM notes"))
    end)

    it("take names of tables with the source in front, and without it for each that has such a table", function()
        local database = h.database()
        h.sql(database, [[CREATE TABLE a(id int, t text); CREATE TABLE b(id int, n text, kind text)]])
        local keys = [[only = { "debates" }, tables = {
            ["core.debates"] = { into = "a", columns = { t = "title" } },
            debates = { into = "b", columns = { n = "body", kind = w.constant "memory" }, skip = { n = "no" },
                where = "id > 1" } }]]
        local result = h.run(0, { (script_of(database, nil, keys)) })
        assert.equal("core.debates=2 memory.debates=2", counts(result))
        assert.equal("1,2|y,z", h.sql(database, [[SELECT (SELECT string_agg(id::text, ',' ORDER BY id) FROM a),
            (SELECT string_agg(n, ',' ORDER BY id) FROM b WHERE kind = 'memory')]]))
        local wrong = h.run(4, { (script_of(h.database(), 'prefix = "m_"', [[only = { "core.debate" }, order =
            { "memory.note" }, tables = { ["core.usrs"] = { into = "x" }, debats = { into = "y" } }]])) })
        for name, hint in pairs { ["core.usrs"] = "users", debats = "debates", ["memory.note"] = "memory.notes",
            ["core.debate"] = "core.debates" } do
            local found = ledger.finding(wrong.json, name)
            assert.is_truthy(found, name .. "\n" .. wrong.said)
            assert.matches(hint, found.hint, 1, true)
        end
    end)

    it("are loaded in one order, parents of another source first", function()
        local database = h.database()
        h.sql(database, [[CREATE TABLE debates(id int PRIMARY KEY, title text); CREATE TABLE users(id int, name text);
            CREATE TABLE m_debates(id int PRIMARY KEY, body text, n int REFERENCES debates);
            CREATE TABLE m_notes(id int, debate int)]])
        local script = script_of(database, 'prefix = "m_"',
            'order = { "memory.notes", "core.users" }, on_bad = "reject"')
        local planned = h.wherry { "plan", script }
        local order = {}
        for name in planned.stdout:gmatch "%-%- (%w+%.%w+) %->" do
            order[#order + 1] = name
        end
        assert.equal("core.debates memory.debates memory.notes core.users", table.concat(order, " "), planned.said)
        -- a row whose parent is of the other source, and is not there
        local result = h.run(1, { script })
        assert.same({ 1, "memory.debates" }, { result.json.rejects[1].count, result.json.rejects[1].table })
        local listed = h.wherry { "rejects", "list", script }
        assert.matches("memory%.debates", listed.stdout)
        assert.equal("2|1|2", h.sql(database, [[SELECT (SELECT count(*) FROM m_debates), (SELECT count(*) FROM m_notes),
            (SELECT count(*) FROM debates)]]))
        assert.equal("memory|memory.debates", h.sql(database, "SELECT source, source_table FROM wherry.reject"))
    end)

    it("are checked together, and looked at by status", function()
        local database = h.database()
        local script, core = script_of(database, 'prefix = "m_"')
        h.sqlite(core, "INSERT INTO users VALUES (8, CAST(x'ff' AS TEXT))")
        local checked = h.wherry { "check", script, "--json" }
        assert.equal(1, checked.code, checked.said)
        assert.matches('"core.users"', checked.stdout, 1, true)
        h.sqlite(core, "DELETE FROM users WHERE id = 8")
        h.run(0, { script })
        local status = h.wherry { "status", script }
        assert.equal(0, status.code, status.said)
        assert.matches("core: .-core%.db", status.stdout)
        assert.matches("memory: .-memory%.db", status.stdout)
        assert.matches("memory%.debates %-> m_debates", h.wherry { "status", "1", h.url(database) }.stdout)
        assert.equal("verified", h.run(0, { script, "--resume" }).json.status)
    end)

    it("are refused where they are one file, have a bad name, or are not there", function()
        local core = h.source(CORE, "core.db")
        h.process.shell(("ln -s core.db %s"):format(core:gsub("core%.db$", "link.db")))
        local function said(from)
            local database = h.database()
            local result = h.wherry { "run", h.script(([[local w = require "wherry"
                return w.plan { from = %s, to = w.pg %q }]]):format(from, h.url(database))) }
            assert.equal("", h.objects(database))
            return result.code, result.stderr
        end
        local code, text = said(("{ a = w.sqlite %q, b = w.sqlite %q }"):format(core, (core:gsub("core", "link"))))
        assert.equal(4, code)
        assert.matches("the sources a and b are the same file", text, 1, true)
        code, text = said(("{ a = w.sqlite %q, b = w.sqlite '/nowhere/b.db' }"):format(core))
        assert.equal(3, code)
        assert.matches("source b: .-/nowhere/b.db", text)
        for from, words in pairs { ["{ main = w.sqlite 'a' }"] = "no name for a source",
            ["{ ['a.b'] = w.sqlite 'a' }"] = "no name for a source", ["{ a = 'a' }"] = "w.sqlite",
            ["w.sqlite { 'a', prefix = 'p' }"] = "for one of several sources", ["{}"] = "several ones",
            ["{ a = w.sqlite { 'a', prefx = 'p' } }"] = 'did you mean "prefix"' } do
            code, text = said(from)
            assert.equal(4, code, from)
            assert.matches(words, text, 1, true)
        end
    end)
end)
