-- wherry run of files whose values are not what their columns are declared for: every value arrives, in the narrowest
-- type that holds them all, and the receipts say on what evidence.
local compare = require "tests.support.compare"
local fill = require "tests.support.fill"
local h = require "tests.support.harness"
local values = require "tests.support.values"

describe("run of values that their declarations do not expect", function()
    after_each(h.cleanup)

    local function receipts(document)
        local notes = {}
        for _, object in ipairs(document.objects) do
            if object.kind == "column" then
                notes[object.name] = object.outcome .. ": " .. object.note
            end
        end
        return notes
    end

    local function types_of(database, target)
        return h.sql(database, ([[SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', '
            ORDER BY attnum) FROM pg_attribute WHERE attrelid = '%s'::regclass AND attnum > 0]]):format(target))
    end

    local function foreign_keys(database)
        return h.sql(database, [[SELECT count(*) FROM pg_constraint
            WHERE contype = 'f' AND convalidated AND connamespace = 'public'::regnamespace]])
    end

    it("carries misfits of all kinds, value by value", function()
        local database = h.database()
        local file = h.source [[
            CREATE TABLE misfit(id INTEGER PRIMARY KEY, whole INTEGER, broken INTEGER, exact INTEGER, note TEXT,
                raw BLOB, any_of_all, amount REAL, bytes BLOB, plain INTEGER);
            INSERT INTO misfit VALUES
                (1, 5, 1, 9007199254740993, 'text', 'a text', 7, 1.5, x'00ff', 1),
                (2, 'five', 2.5, 0.25, x'00ff10', 'another', 'seven', 'much', 'text', -9223372036854775808),
                (3, -9223372036854775808, -0.125, NULL, NULL, '', x'07ff', x'01', NULL, 9223372036854775807),
                (4, '', NULL, 12, 'zażółć', NULL, 0.5, NULL, x'', NULL);
            CREATE TABLE only_texts(id INTEGER PRIMARY KEY, n INTEGER, r REAL, b BLOB, t TEXT);
            INSERT INTO only_texts VALUES (1, 'x', 'y', 'z', x'00'), (2, NULL, '', NULL, x'ff');]]
        local notes = receipts(h.run(0, { file, h.url(database) }).json)
        compare.table(database, file, "misfit")
        compare.table(database, file, "only_texts")
        assert.equal("id bigint, whole text, broken double precision, exact numeric, note bytea, raw text, "
            .. "any_of_all bytea, amount bytea, bytes bytea, plain bigint", types_of(database, "misfit"))
        assert.equal("id bigint, n text, r text, b text, t bytea", types_of(database, "only_texts"))
        assert.equal("changed: declared INTEGER, text by what it holds (2 integer, 2 text); numbers become their text",
            notes["misfit.whole"])
        assert.matches("changed: declared without a type, bytea by what it holds (1 integer, 1 real, 1 text, 1 blob); "
            .. "numbers and texts become the bytes of their text; 1 of 4 values would not come back as they were",
            notes["misfit.any_of_all"], 1, true)
        assert.is_nil(notes["misfit.plain"])
        assert.equal("7|seven|0.5", h.sql(database, [[SELECT string_agg(convert_from(any_of_all, 'UTF8'), '|'
            ORDER BY id) FROM misfit WHERE id <> 3]]))
    end)

    it("keeps every digit of a real in a column of all classes", function()
        local database = h.database()
        local file = h.source [[CREATE TABLE t(id INTEGER PRIMARY KEY, v);
            INSERT INTO t VALUES (1, 0.1 + 0.2), (2, 5.0), (3, -9223372036854775808), (4, x'ff'), (5, 1e999);]]
        h.run(0, { file, h.url(database) })
        assert.equal("0.30000000000000004|5.0|-9223372036854775808|Infinity", h.sql(database,
            "SELECT string_agg(convert_from(v, 'UTF8'), '|' ORDER BY id) FROM t WHERE id <> 4"))
    end)

    it("gives the columns of a foreign key one type, along chains and cycles", function()
        local database = h.database()
        local file = h.source [[
            CREATE TABLE parent(code INTEGER UNIQUE, above INTEGER REFERENCES parent(code));
            CREATE TABLE child(ref INTEGER UNIQUE REFERENCES parent(code));
            CREATE TABLE grandchild(ref INTEGER REFERENCES child(ref), kept INTEGER REFERENCES numbered(id));
            CREATE TABLE numbered(id INTEGER PRIMARY KEY);
            INSERT INTO parent VALUES (1, NULL), (2, 1), ('three', 2);
            INSERT INTO child VALUES (1), (2), (NULL);
            INSERT INTO numbered VALUES (7); INSERT INTO grandchild VALUES (2, 7), (NULL, NULL);]]
        local notes = receipts(h.run(0, { file, h.url(database) }).json)
        for _, name in ipairs(compare.tables(file)) do
            compare.table(database, file, name)
        end
        assert.equal("code text, above text", types_of(database, "parent"))
        assert.equal("ref text", types_of(database, "child"))
        assert.equal("ref text, kept bigint", types_of(database, "grandchild"))
        assert.equal("4", foreign_keys(database))
        assert.matches("1 integer, 1 null; one type with the columns that a foreign key joins it to",
            notes["grandchild.ref"], 1, true)
    end)

    it("takes a key with NULLs as a unique one, and columns without rows by their declaration", function()
        local database = h.database()
        local file = h.source [[CREATE TABLE k(a TEXT PRIMARY KEY, b INT); INSERT INTO k VALUES (NULL, 1), (NULL, 2);
            CREATE TABLE none(n INTEGER, t TEXT, b BLOB, r REAL, d DATETIME, u UUID);]]
        h.run(0, { file, h.url(database) })
        compare.table(database, file, "k")
        assert.equal("n bigint, t text, b bytea, r double precision, d text, u text", types_of(database, "none"))
    end)

    it("gives bytea to texts that no text holds, where none is expected", function()
        local database = h.database()
        local file = h.source [[CREATE TABLE t(id INTEGER PRIMARY KEY, n INTEGER, b BLOB);
            INSERT INTO t VALUES (1, CAST(x'ff00' AS TEXT), 'fine'), (2, 5, CAST(x'c328' AS TEXT));]]
        local notes = receipts(h.run(0, { file, h.url(database) }).json)
        compare.table(database, file, "t")
        assert.equal("id bigint, n bytea, b bytea", types_of(database, "t"))
        assert.matches("1 texts hold U+0000 or are no valid UTF-8", notes["t.b"], 1, true)
    end)

    it("asks generated columns, too", function()
        local database = h.database()
        local file = h.source [[CREATE TABLE t(a, b INTEGER AS (a || '') STORED, c TEXT AS (a) VIRTUAL);
            INSERT INTO t VALUES ('x'), (5), (NULL);]]
        h.run(0, { file, h.url(database) })
        assert.equal("a text, b text, c text", types_of(database, "t"))
        assert.equal("5,5,5;x,x,x", h.sql(database,
            "SELECT string_agg(concat_ws(',', a, b, c), ';' ORDER BY a) FROM t WHERE a IS NOT NULL"))
    end)

    it("takes idiomatic types where all values allow it", function()
        local database = h.database()
        local file = h.source [[
            CREATE TABLE item(id TEXT PRIMARY KEY, doc TEXT, made DATETIME, stamped TEXT, naive TEXT, day TEXT,
                raw UUID, mostly JSON, at TEXT);
            INSERT INTO item VALUES
                ('550e8400-e29b-41d4-a716-446655440000', '{"b": 1, "a": [1, 2]}', '2024-02-29T10:11:12.5',
                    '2024-02-29 10:11:12', '2024-02-29T10:11:12', '2024-02-29', x'00112233445566778899aabbccddeeff',
                    '{}', '2024-01-01T00:00:00+02:00'),
                ('6fa459ea-ee8a-4ca4-894e-db77e160355e', ' [ ] ', NULL, '1999-12-31 23:59:59', '1999-12-31 23:59:59',
                    '0001-01-01', NULL, 'oops', '2024-01-01T00:00:00Z');
            CREATE TABLE part(item TEXT REFERENCES item(id), flag BOOLEAN);
            INSERT INTO part VALUES ('550e8400-e29b-41d4-a716-446655440000', 1), (NULL, 0);
            CREATE TABLE none(j JSON, u UUID, d DATETIME, e DATE, t TEXT);]]
        local notes = receipts(h.run(0, { file, h.url(database), "--idiomatic" }).json)
        assert.equal("id uuid, doc jsonb, made timestamp with time zone, stamped timestamp with time zone, naive text, "
            .. "day date, raw uuid, mostly text, at timestamp with time zone", types_of(database, "item"))
        assert.equal("item uuid, flag boolean", types_of(database, "part"))
        assert.equal("j jsonb, u uuid, d timestamp with time zone, e date, t text", types_of(database, "none"))
        compare.table(database, file, "item", nil, { skip = { raw = true } })
        compare.table(database, file, "part")
        assert.equal("00112233-4455-6677-8899-aabbccddeeff", h.sql(database,
            "SELECT raw FROM item WHERE raw IS NOT NULL"))
        assert.equal("1", foreign_keys(database))
        assert.matches("exact bytes are not kept (key order and white space of JSON)", notes["item.doc"], 1, true)
        assert.matches('1 of 2 texts are jsonb, not "oops"', notes["item.mostly"], 1, true)
        assert.matches("all without an offset, taken as UTC", notes["item.stamped"], 1, true)
    end)

    -- Values as SQL, by kinds. SQLite writes a large integer that a REAL column makes a real with 15 digits only: these
    -- stand apart, since its own text is what is compared with.
    local function kinds_of(random)
        local function between(low, high)
            return low + random(high - low + 1) - 1
        end
        return {
            function() return ("%d"):format(between(-5, 5)) end,
            function() return ("%d"):format(between(0, 1)) end,
            function() return ("%d.%d"):format(between(-9, 9), between(1, 9)) end,
            function() return ("'w%d'"):format(between(1, 9)) end,
            function() return ("x'%02x'"):format(between(0, 255)) end,
            function() return ([['{"k": %d}']]):format(between(1, 9)) end,
            function() return ("'2024-0%d-0%d 10:00:00'"):format(between(1, 9), between(1, 9)) end,
            function() return ("'2024-0%d-01'"):format(between(1, 9)) end,
            function() return ("'550e8400-e29b-41d4-a716-44665544000%d'"):format(between(0, 9)) end,
            function() return "NULL" end,
        }, function() return random(2) == 1 and "9007199254740993" or "-9223372036854775807" end
    end

    -- Columns of all declarations, each with a mixture of values of its own.
    local function random_table(name, columns, rows, random)
        local declared = { "INTEGER", "REAL", "TEXT", "BLOB", "", "NUMERIC", "DATETIME", "JSON", "UUID", "BOOLEAN",
            "VARCHAR(5)", "DECIMAL(10,2)", "DATE", "ANY" }
        local kinds, large = kinds_of(random)
        local definitions, mixtures, lines = {}, {}, {}
        for i = 1, columns do
            local type = declared[random(#declared)]
            definitions[i], mixtures[i] = ("c%d %s"):format(i, type), {}
            for k = 1, random(3) do
                mixtures[i][k] = type ~= "REAL" and random(10) == 1 and large or kinds[random(#kinds)]
            end
        end
        for row = 1, rows do
            local cells = {}
            for i = 1, columns do
                cells[i] = mixtures[i][random(#mixtures[i])]()
            end
            lines[row] = ("(%s)"):format(table.concat(cells, ", "))
        end
        return ("CREATE TABLE %s(%s); INSERT INTO %s VALUES %s;"):format(name, table.concat(definitions, ", "), name,
            table.concat(lines, ",\n"))
    end

    it("carries any mixture of values, idiomatically or not", function()
        local random, sql = values.random(20240229), {}
        for i = 1, 8 do
            sql[i] = random_table("t" .. i, 25, 12, random)
        end
        local file = h.source(table.concat(sql))
        for _, option in ipairs { "--idiomatic", "--verify=none" } do
            local database = h.database()
            h.run(0, { file, h.url(database), option })
            for i = 1, 8 do
                compare.table(database, file, "t" .. i)
            end
        end
    end)

    it("takes a real project's data idiomatically", function()
        local file, database = h.subdirectory "source" .. "/piyasa.db", h.database()
        fill.make(file, "piyasa", { rows = 40 })
        h.run(0, { h.track(file), h.url(database), "--idiomatic" })
        for _, name in ipairs(compare.tables(file)) do
            if name ~= "alembic_version" then
                compare.table(database, file, name)
            end
        end
        assert.equal("jsonb|timestamp with time zone", h.sql(database, [[SELECT string_agg(DISTINCT data_type, '|')
            FROM information_schema.columns WHERE table_name = 'bots' AND column_name IN ('persona_profile',
            'created_at')]]))
    end)
end)
