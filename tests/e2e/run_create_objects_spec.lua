-- wherry run into an empty target: keys, indexes, names, and the receipt that every object of the source gets.
local h = require "tests.support.harness"
local compare = require "tests.support.compare"
local ledger = require "tests.support.ledger"

describe("objects of a created target", function()
    after_each(h.cleanup)

    local function created(sql)
        local file, database = h.source(sql), h.database()
        return file, database, h.run(0, { file, h.url(database) })
    end

    ---The definitions of a table's constraints of one type ('f', 'p', 'u'), sorted.
    local function constraints(database, target, type)
        return h.sql(database, ([[SELECT pg_get_constraintdef(oid) FROM pg_constraint
            WHERE conrelid = '%s'::regclass AND contype = '%s' ORDER BY 1]]):format(target, type))
    end

    it("carries foreign keys of every form", function()
        local file, database, result = created [[
            CREATE TABLE parent(a INTEGER, b TEXT, PRIMARY KEY (a, b));
            INSERT INTO parent VALUES (1, 'x'), (2, 'y');
            CREATE TABLE composite(id INTEGER PRIMARY KEY, pa INTEGER, pb TEXT,
                FOREIGN KEY (pa, pb) REFERENCES parent(a, b) ON DELETE SET NULL ON UPDATE CASCADE);
            INSERT INTO composite VALUES (1, 1, 'x'), (2, NULL, NULL);
            CREATE TABLE implicit(id INTEGER PRIMARY KEY, pa INTEGER, pb TEXT, FOREIGN KEY (pa, pb) REFERENCES parent);
            INSERT INTO implicit VALUES (1, 2, 'y');
            CREATE TABLE node(id INTEGER PRIMARY KEY, up INTEGER REFERENCES node(id) ON DELETE CASCADE);
            INSERT INTO node VALUES (1, 3), (2, 1), (3, NULL), (4, 4);
            CREATE TABLE chicken(id INTEGER PRIMARY KEY, egg INTEGER REFERENCES egg(id) DEFERRABLE INITIALLY DEFERRED);
            CREATE TABLE egg(id INTEGER PRIMARY KEY, chicken INTEGER NOT NULL REFERENCES chicken(id) ON DELETE RESTRICT
                DEFERRABLE);
            INSERT INTO chicken VALUES (1, 10), (2, NULL);
            INSERT INTO egg VALUES (10, 1), (11, 2);
        ]]
        for _, name in ipairs(compare.tables(file)) do
            compare.table(database, file, name)
        end
        assert.equal("FOREIGN KEY (pa, pb) REFERENCES parent(a, b) ON UPDATE CASCADE ON DELETE SET NULL",
            constraints(database, "composite", "f"))
        assert.equal("FOREIGN KEY (pa, pb) REFERENCES parent(a, b)", constraints(database, "implicit", "f"))
        assert.equal("FOREIGN KEY (up) REFERENCES node(id) ON DELETE CASCADE", constraints(database, "node", "f"))
        assert.equal("FOREIGN KEY (egg) REFERENCES egg(id) DEFERRABLE INITIALLY DEFERRED",
            constraints(database, "chicken", "f"))
        -- SQLite: DEFERRABLE without INITIALLY DEFERRED is checked at once.
        assert.matches("FOREIGN KEY %(chicken%) REFERENCES chicken%(id%) ON DELETE RESTRICT DEFERRABLE",
            constraints(database, "egg", "f"))
        assert.equal("0", h.sql(database, "SELECT count(*) FROM pg_constraint WHERE NOT convalidated"))
        local receipts = 0
        for _, object in ipairs(result.json.objects) do
            receipts = receipts + (object.kind == "foreign key" and 1 or 0)
        end
        assert.equal(5, receipts, result.said)
    end)

    it("tells of a foreign key that the rows break, or that has no parent", function()
        local file, database = h.source [[
            CREATE TABLE p(id INTEGER PRIMARY KEY); INSERT INTO p VALUES (1);
            CREATE TABLE c(id INTEGER PRIMARY KEY, p INTEGER REFERENCES p(id)); INSERT INTO c VALUES (1, 1), (2, 99);
            CREATE TABLE lost(id INTEGER PRIMARY KEY, x INTEGER REFERENCES never_made(id));
            INSERT INTO lost VALUES (1, 1);
        ]], h.database()
        local result = h.wherry { "run", file, h.url(database), "--json" }
        local told = { c = false, lost = false }
        for _, list in ipairs { result.json.objects, result.json.findings } do
            for _, entry in ipairs(list) do
                local words = require "cjson".encode(entry)
                if entry.outcome ~= "exact" then
                    told.c = told.c or words:find("99", 1, true) ~= nil or words:find("orphan", 1, true) ~= nil
                        or words:find("NOT VALID", 1, true) ~= nil
                    told.lost = told.lost or words:find("never_made", 1, true) ~= nil
                end
            end
        end
        local message = type(result.json.error) == "table" and result.json.error.message or ""
        assert.is_true(told.c or message:find("99", 1, true) ~= nil, result.said)
        assert.is_true(told.lost or message:find("never_made", 1, true) ~= nil or result.code ~= 0, result.said)
    end)

    it("carries primary keys, unique keys and indexes with DESC", function()
        local _, database, result = created [[
            CREATE TABLE t(a TEXT, b INTEGER, c TEXT UNIQUE, d TEXT, PRIMARY KEY (b, a), CONSTRAINT pair UNIQUE (c, d));
            INSERT INTO t VALUES ('x', 1, 'c1', 'd'), ('y', 1, NULL, 'd');
            CREATE INDEX t_down ON t(d DESC, b);
            CREATE UNIQUE INDEX t_only ON t(d, a);
        ]]
        assert.equal("PRIMARY KEY (b, a)", constraints(database, "t", "p"))
        assert.equal("UNIQUE (c)\nUNIQUE (c, d)", constraints(database, "t", "u"))
        local down = h.sql(database, "SELECT indexdef FROM pg_indexes WHERE indexname = 't_down'")
        assert.matches("%(d DESC[^,]*, b%)", (down:gsub(' COLLATE "C"', "")))
        assert.matches("UNIQUE INDEX", h.sql(database, "SELECT indexdef FROM pg_indexes WHERE indexname = 't_only'"))
        for name, kind in pairs { t_down = "index", t_only = "index", pair = "unique" } do
            assert.is_truthy(ledger.objects(result.json, name)[1], kind .. result.said)
        end
    end)

    it("carries what needs an expression", function()
        local _, database, result = created [[
            CREATE TABLE t(id INTEGER PRIMARY KEY, n INTEGER CONSTRAINT positive CHECK (n > 0), t TEXT,
                twice INTEGER GENERATED ALWAYS AS (n * 2) VIRTUAL, half REAL AS (n / 2.0) STORED,
                at TEXT DEFAULT (datetime('now', '-1 day')), CHECK (length(t) < 100));
            INSERT INTO t (id, n, t) VALUES (1, 5, 'a');
            CREATE INDEX t_part ON t(n) WHERE n > 10;
            CREATE INDEX t_expr ON t(lower(t));
            CREATE VIEW v AS SELECT id, n FROM t;
            CREATE TRIGGER trg AFTER INSERT ON t BEGIN UPDATE t SET t = 'fired' WHERE id = new.id; END;
        ]]
        for _, word in ipairs { "positive", "twice", "half", "t_part", "t_expr", "v", "trg" } do
            local found
            for _, object in ipairs(result.json.objects) do
                if object.name == word or object.name:match "[^.]+$" == word then
                    found = object
                end
            end
            assert.is_truthy(found, "no receipt for " .. word .. result.said)
            assert.not_equal("not_carried", found.outcome, word .. result.said)
        end
        assert.equal("5|a|10|2.5", h.sql(database, "SELECT n, t, twice, half FROM t"))
        h.sql(database, "INSERT INTO t (n, t) VALUES (20, 'b')")
        assert.equal("2|20", h.sql(database, "SELECT * FROM v WHERE n > 10"))
        assert.equal("fired|t", h.sql(database, "SELECT t, at < to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD "
            .. "HH24:MI:SS') FROM t WHERE id = 2"))
    end)

    it("lists what has no counterpart as not carried, and ends with 0", function()
        local _, database, result = created [[
            CREATE TABLE t(id INTEGER PRIMARY KEY, n INTEGER, t TEXT);
            INSERT INTO t VALUES (1, 5, 'a');
            CREATE INDEX t_sound ON t(soundex(t));
            CREATE VIEW broken AS SELECT gone FROM t;
        ]]
        for _, word in ipairs { "t_sound", "broken" } do
            local object = ledger.objects(result.json, word)[1]
            assert.equal("not_carried", object and object.outcome, word .. result.said)
        end
        assert.equal("5|a", h.sql(database, "SELECT n, t FROM t"))
    end)

    it("keeps names that need quotes, and reads and writes through them", function()
        local names = { [["two words"]], [["sel""ect"]], [["user"]], [["Straße"]], [["数据"]],
            [["x'); DROP TABLE y;--"]], "\"line\nbreak\"", [["CamelCase"]], [["1st"]], [["percent % s"]],
            [["back\slash"]], [["$dollar$"]] }
        local sql = {}
        for i, name in ipairs(names) do
            sql[#sql + 1] = ([[CREATE TABLE %s(id INTEGER PRIMARY KEY, %s TEXT, "from" INTEGER);
                CREATE INDEX "index on %d" ON %s("from"); INSERT INTO %s VALUES (1, 'value %d', %d);]]):format(
                name, name, i, name, name, i, i)
        end
        local _, database = created(table.concat(sql, "\n"))
        for i, name in ipairs(names) do
            assert.equal(("value %d|%d"):format(i, i),
                h.sql(database, ('SELECT %s, "from" FROM %s'):format(name, name)))
        end
    end)

    it("shortens names past 63 bytes with a receipt and without a collision", function()
        local long = ("n"):rep(70)
        local wide = ("ğ"):rep(40)
        local _, database, result = created(([[
            CREATE TABLE %sa(id INTEGER PRIMARY KEY, %sx TEXT, %sy TEXT); INSERT INTO %sa VALUES (1, 'x', 'y');
            CREATE TABLE %sb(id INTEGER PRIMARY KEY); INSERT INTO %sb VALUES (1), (2);
            CREATE TABLE "%s"(id INTEGER PRIMARY KEY); INSERT INTO "%s" VALUES (1), (2), (3);
        ]]):format(long, long, long, long, long, long, wide, wide))
        assert.equal("1\n2\n3", h.sql(database, [[SELECT (xpath('//n/text()', query_to_xml(
            'SELECT count(*) AS n FROM ' || oid::regclass, false, true, '')))[1]::text FROM pg_class
            WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1]]))
        assert.equal("2", h.sql(database, [[SELECT count(DISTINCT attname) FROM pg_attribute WHERE attname ~ '^nnn'
            AND attrelid IN (SELECT oid FROM pg_class WHERE relkind = 'r')]]))
        local changed = 0
        for _, object in ipairs(result.json.objects) do
            changed = changed + (object.outcome == "changed" and 1 or 0)
        end
        assert.is_true(changed >= 5, result.said)
    end)

    it("keeps apart names that share one namespace in PostgreSQL only", function()
        local file, database = created [[
            CREATE TABLE t(id INTEGER PRIMARY KEY, c TEXT UNIQUE); INSERT INTO t VALUES (1, 'a');
            CREATE TABLE t_pkey(id INTEGER PRIMARY KEY); INSERT INTO t_pkey VALUES (7);
            CREATE TABLE t_id_seq(id INTEGER PRIMARY KEY); INSERT INTO t_id_seq VALUES (8);
            CREATE TABLE u(a TEXT, b TEXT); INSERT INTO u VALUES ('a', 'b');
            CREATE INDEX t_c_key ON u(a);
        ]]
        for _, name in ipairs(compare.tables(file)) do
            compare.table(database, file, name)
        end
        assert.equal("4", h.sql(database, "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND "
            .. "relnamespace = 'public'::regnamespace"))
        assert.equal("3", h.sql(database, "SELECT count(*) FROM pg_constraint WHERE contype = 'p' AND "
            .. "connamespace = 'public'::regnamespace"))
    end)

    it("gives every object of the source exactly one receipt", function()
        local _, _, result = created [[
            CREATE TABLE a(id INTEGER PRIMARY KEY, u TEXT UNIQUE, n INTEGER CHECK (n > 0), d TEXT DEFAULT 'x');
            CREATE TABLE b(id INTEGER PRIMARY KEY, a INTEGER REFERENCES a(id));
            CREATE INDEX b_a ON b(a);
            CREATE VIEW w AS SELECT * FROM a;
            CREATE TRIGGER tr AFTER DELETE ON a BEGIN DELETE FROM b; END;
        ]]
        local kinds, seen = {}, {}
        for _, object in ipairs(result.json.objects) do
            kinds[object.kind] = (kinds[object.kind] or 0) + 1
            local identity = object.kind .. "\0" .. object.name
            assert.is_nil(seen[identity], "two receipts for " .. object.kind .. " " .. object.name .. result.said)
            seen[identity] = true
        end
        local expected = { ["primary key"] = 2, unique = 1, ["foreign key"] = 1, index = 1, check = 1, view = 1,
            trigger = 1, table = 2 }
        for kind, count in pairs(expected) do
            assert.equal(count, kinds[kind], kind .. result.said)
        end
    end)
end)
