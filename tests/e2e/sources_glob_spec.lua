-- Files that a pattern finds: one a tenant. Tags, prefixes and schemas by their names, groups of equal schemas, files
-- that can't be loaded among good ones.
local h = require "tests.support.harness"
local ledger = require "tests.support.ledger"

describe("files that a pattern finds", function()
    local ended = {}
    after_each(function()
        for _, pid in ipairs(ended) do
            h.process.shell("kill -9 " .. pid .. " 2>/dev/null; true")
        end
        ended = {}
        h.cleanup()
    end)

    local SQL = [[CREATE TABLE item(id INTEGER PRIMARY KEY, name TEXT NOT NULL);
        CREATE TABLE line(id INTEGER PRIMARY KEY, item INT NOT NULL REFERENCES item(id));
        CREATE INDEX by_item ON line(item);]]
    local TARGET = [[CREATE TABLE item(tenant text, id int, name text, PRIMARY KEY (tenant, id));
        CREATE TABLE line(tenant text, id int, item int NOT NULL, PRIMARY KEY (tenant, id),
            FOREIGN KEY (tenant, item) REFERENCES item)]]


    local function tenant(name, count, more)
        local file = ("%s/%s.db"):format(h.subdirectory "tenants", name)
        local values = {}
        for i = 1, count do
            values[i] = ("(%d, 'n%d')"):format(i, i)
        end
        h.sqlite(file, SQL .. ("INSERT INTO item VALUES %s; INSERT INTO line SELECT id * 10, id FROM item;"):format(
            table.concat(values, ", ")) .. (more or ""))
        return file
    end

    local function script_of(database, options, keys)
        return h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite.glob { "tenants/*.db", %s }, to = w.pg %q, %s }]]):format(options or "",
            h.url(database), keys or ""))
    end

    local TAG = 'tag = "tenant"'
    local APPEND = 'collision = "append"'

    local function loaded(database)
        return h.sql(database, [[SELECT string_agg(tenant || '=' || n, ' ' ORDER BY tenant COLLATE "C")
            FROM (SELECT tenant, count(*) AS n FROM item GROUP BY tenant) AS t]])
    end

    it("go into one target with their names as a tag, each with a ledger of its own", function()
        local database = h.database()
        for i, name in ipairs { "acme", "b-corp", "c.d" } do
            tenant(name, i)
        end
        h.sql(database, TARGET)
        local result = h.run(0, { script_of(database, TAG, APPEND) })
        assert.equal("acme=1 b-corp=2 c.d=3", loaded(database))
        for i, name in ipairs { "acme", "b-corp", "c.d" } do
            local source = result.json.sources[i]
            assert.same({ name, name .. ".item", i }, { source.name, source.tables[1].table, source.tables[1].passed })
        end
        assert.equal(2, #result.json.targets)
        assert.equal(6, ledger.target(result.json, "public.item").inserted)
        local said = h.wherry { "run", script_of(database, TAG, APPEND), "--resume" }
        assert.matches("b%-corp%.item %-> item", said.stdout)
        assert.equal("3 of one schema: acme, b-corp, c.d",
            ledger.objects(result.json, "1", "source group")[1].note)
    end)

    it("may be created in schemas, or under prefixes, of their names; or together, with the tag in front", function()
        tenant("a", 2)
        tenant("b", 3)
        local database = h.database()
        h.run(0, { script_of(database, 'schema = "t_*"') })
        assert.equal("2|3|2", h.sql(database, [[SELECT (SELECT count(*) FROM t_a.item), (SELECT count(*) FROM t_b.item),
            (SELECT count(*) FROM pg_constraint WHERE contype = 'f'
                AND connamespace::regnamespace::text LIKE 't\_%')]]))
        database = h.database()
        h.run(0, { script_of(database, 'prefix = "*_"') })
        assert.equal("2|3", h.sql(database, "SELECT (SELECT count(*) FROM a_item), (SELECT count(*) FROM b_line)"))
        assert.equal("", h.sql(database, "SELECT relname FROM pg_class WHERE relname = 'item'"))
        database = h.database()
        h.run(0, { script_of(database, TAG, APPEND) })
        assert.equal("a=2 b=3", loaded(database))
        assert.equal("tenant,id|tenant,item|1", h.sql(database, [[SELECT
            (SELECT string_agg(attname, ',' ORDER BY n) FROM pg_constraint, unnest(conkey) WITH ORDINALITY AS k(a, n),
                pg_attribute WHERE contype = 'p' AND conrelid = 'item'::regclass AND attrelid = conrelid
                AND attnum = a),
            (SELECT string_agg(attname, ',' ORDER BY n) FROM pg_constraint, unnest(conkey) WITH ORDINALITY AS k(a, n),
                pg_attribute WHERE contype = 'f' AND conrelid = 'line'::regclass AND attrelid = conrelid
                AND attnum = a),
            (SELECT count(*) FROM pg_class WHERE relname = 'item')]]))
        local apart = h.run(4, { script_of(h.database(), TAG) })
        assert.equal("duplicate_target", ledger.finding(apart.json, "b.item").code, apart.said)
    end)

    it("that would create one table otherwise are told, and left out", function()
        tenant("a", 2)
        h.sqlite(tenant("b", 1), "ALTER TABLE item ADD COLUMN extra TEXT")
        local database = h.database()
        local result = h.run(1, { script_of(database, TAG, APPEND) })
        assert.equal("a=2", loaded(database))
        local finding = ledger.finding(result.json, "b.item")
        assert.equal("sources_differ", finding.code, result.said)
        assert.matches("the source b is left out: public.item would be created otherwise from a.item", finding.reason,
            1, true)
    end)

    it("are grouped by their schemas, and it is told in what these differ", function()
        tenant("a", 1)
        tenant("b", 1)
        tenant("c", 1, "ALTER TABLE item ADD COLUMN extra TEXT; DROP INDEX by_item; CREATE TABLE log(x)")
        local database = h.database()
        local planned = h.wherry { "plan", script_of(database, 'schema = "t_*"'), }
        assert.equal(0, planned.code, planned.said)
        assert.matches("source group 1: exact: 2 of one schema: a, b", planned.stdout, 1, true)
        assert.matches("source group 2: exact: 1 of one schema: c; differs from group 1: no index by_item, another "
            .. "table item, besides table log", planned.stdout, 1, true)
        assert.matches("c.item -> t_c.item: 3 columns", planned.stdout, 1, true)
        h.run(0, { script_of(database, 'schema = "t_*"') })
    end)

    it("are left out where they can't be loaded, and told; the others are loaded", function()
        tenant("a", 1)
        tenant("b", 2)
        local folder = h.subdirectory "tenants"
        h.process.write(folder .. "/empty.db", "")
        h.process.write(folder .. "/junk.db", ("no database "):rep(100))
        h.process.shell(("ln -s /nowhere/x.db %s/gone.db"):format(folder))
        h.sqlite(folder .. "/other.db", "CREATE TABLE item(id INTEGER PRIMARY KEY, name TEXT, extra TEXT NOT NULL); "
            .. "INSERT INTO item VALUES (1, 'x', 'y')")
        local broken = tenant("broken", 50)
        h.process.shell(("dd if=/dev/urandom of=%s bs=1 seek=4100 count=60 conv=notrunc 2>/dev/null"):format(broken))
        local database = h.database()
        h.sql(database, TARGET)
        local script = script_of(database, TAG, APPEND)
        local checked = h.wherry { "check", script, "--json" }
        assert.equal(1, checked.code, checked.said)
        local result = h.run(1, { script })
        assert.equal("a=1 b=2", loaded(database))
        for name, words in pairs { empty = "empty", junk = "not a", gone = "symbolic link", broken = "malformed" } do
            local finding = ledger.finding(result.json, name)
            assert.equal("bad_source", finding and finding.code, name .. "\n" .. result.said)
            assert.matches("the source " .. name .. " is left out", finding.reason, 1, true)
            assert.is_truthy(finding.reason:find(words, 1, true) or name == "broken", finding.reason)
        end
        local other = ledger.finding(result.json, "other.item", "extra")
        assert.matches("the source other is left out", other and other.reason or result.said, 1, true)
        -- told again, as long as nobody mends it
        assert.equal(#result.json.findings, #h.run(1, { script, "--resume" }).json.findings)
        database = h.database()
        local strict = h.wherry { "run", script_of(database, 'schema = "t_*", strict = true') }
        assert.equal(3, strict.code, strict.said)
        assert.matches("source empty: .- is empty", strict.stderr)
        assert.equal("", h.objects(database))
    end)

    it("are refused where none matches, or where the pattern has no wildcard", function()
        local database = h.database()
        local none = h.wherry { "run", script_of(database, TAG) }
        assert.equal(3, none.code)
        assert.matches("no file matches .*/tenants/%*%.db", none.stderr)
        local plain = h.wherry { "run", h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite.glob "a.db", to = w.pg %q }]]):format(h.url(database))) }
        assert.equal(4, plain.code)
        assert.matches("no wildcard", plain.stderr, 1, true)
        assert.equal("", h.objects(database))
    end)

    it("may be forty", function()
        for i = 1, 40 do
            tenant(("t%02d"):format(i), 3)
        end
        local database = h.database()
        h.sql(database, TARGET)
        local result = h.run(0, { script_of(database, TAG, APPEND), "--jobs=2" })
        assert.equal(40, #result.json.sources)
        assert.equal("40|120|120", h.sql(database, [[SELECT count(DISTINCT tenant), count(*),
            (SELECT count(*) FROM line) FROM item]]))
        -- with fewer files open at a time than they need, where more may be asked for, and where not
        local function limited(limit)
            local other = h.database()
            h.sql(other, TARGET)
            local out = h.path "limited"
            local code = h.process.shell(("ulimit %s 100; %s run %s >%s 2>&1; echo $?"):format(limit,
                os.getenv "WHERRY" or "build/wherry", script_of(other, TAG, APPEND), out))
            return tonumber(code), h.process.read(out), loaded(other)
        end
        local code, said = limited "-Sn"
        assert.equal(0, code, said)
        code, said, database = limited "-n"
        assert.equal(3, code, said)
        assert.matches("allow more (ulimit -n)", said, 1, true)
        assert.equal("\\N", database)
    end)

    it("do not keep what was read of each of them in memory", function()
        for i = 1, 12 do
            h.sqlite(("%s/t%02d.db"):format(h.subdirectory "tenants", i), ([[CREATE TABLE item(id INTEGER PRIMARY KEY,
                name TEXT); WITH RECURSIVE c(i) AS (SELECT %d UNION ALL SELECT i + 1 FROM c WHERE i < %d)
                INSERT INTO item SELECT i, hex(zeroblob(500)) FROM c]]):format(i * 4000, i * 4000 + 3999))
        end
        local database = h.database()
        h.sql(database, "CREATE TABLE item(id int, name text)")
        local said = h.wherry { "run", script_of(database, "", APPEND), "--jobs=1", "--verbose" }
        assert.equal(0, said.code, said.said)
        local peak = tonumber(said.stderr:match "peak memory ([%d.]+) MB")
        assert.is_true(os.getenv "ASAN_OPTIONS" ~= nil or peak < 70, said.said)
        assert.equal("48000", h.sql(database, "SELECT count(*) FROM item"))
    end)

    it("may be called like the only source of a run, or like a method of a handle", function()
        for _, name in ipairs { "main", "cursor", "value" } do
            tenant(name, 2)
        end
        local database = h.database()
        h.sql(database, TARGET)
        local script = script_of(database, TAG, APPEND .. [[, verify = function(check, src, dst)
            check.counts()
            check.equal("cursor", src.cursor:value "select count(*) from item", 2)
            check.equal("value", src.value:value "select count(*) from item", 2)
            check.equal("main", src.main_:value "select count(*) from item", 2)
        end]])
        h.run(0, { script })
        assert.equal("cursor=2 main=2 value=2", loaded(database))
        assert.matches("source:%s+main_: ", h.wherry({ "status", script }).stdout)
        h.run(0, { script, "--resume" })
        h.process.shell(("cd %s && rm cursor.db value.db"):format(h.subdirectory "tenants"))
        database = h.database()
        h.sql(database, TARGET)
        script = script_of(database, TAG, APPEND)
        h.run(0, { script })
        assert.equal("verified", h.run(0, { script, "--resume" }).json.status)
        assert.equal("main=2", loaded(database))
    end)

    it("that are in use are copied first, the others read as they are", function()
        tenant("a", 1)
        local used = tenant("b", 2)
        local pid = h.process.shell(("sh -c 'exec 3<%s; exec sleep 100' </dev/null >/dev/null 2>&1 & echo $!"):format(
            used))
        ended[1] = pid:match "%d+"
        local database = h.database()
        h.sql(database, TARGET)
        local result = h.run(0, { script_of(database, TAG, APPEND) })
        assert.equal("a=1 b=2", loaded(database))
        assert.equal("userdata", type(result.json.sources[1].copy))
        assert.equal("table", type(result.json.sources[2].copy))
        assert.equal("", h.process.shell(("ls %s/wherry/copies 2>/dev/null; true"):format(h.path "home")))
    end)
end)
