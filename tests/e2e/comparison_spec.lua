-- What a run says of both sides at its end, and again when it is asked for once more: every value of every row.
local h = require "tests.support.harness"

describe("a run compares every value of every row", function()
    after_each(h.cleanup)

    local SOURCE = [[CREATE TABLE topic(id INTEGER PRIMARY KEY, name TEXT NOT NULL, weight REAL, price TEXT, raw BLOB);
        INSERT INTO topic VALUES (1, 'red', 0.0, '1.0', x'00ff'), (2, '', 2.5, NULL, x''), (3, 'Blue', 3.5, '7', NULL);
        CREATE TABLE log(at TEXT, line TEXT);
        INSERT INTO log VALUES ('x', 'one'), ('x', 'one'), ('y', 'two'), (NULL, NULL);]]
    local TARGET = [[CREATE TABLE topic(id bigint PRIMARY KEY, name citext NOT NULL, weight float8, price numeric,
        raw bytea); CREATE TABLE log(at text, line text)]]

    -- A database with the tables, or without any.
    local function database_of(sql)
        local database = h.database()
        h.sql(database, "CREATE EXTENSION IF NOT EXISTS citext; " .. (sql or ""))
        return database
    end

    -- By target table.
    local function tables_of(result)
        local found = {}
        for _, tbl in ipairs(result.json.comparison.tables) do
            found[tbl.table:match "[^.]*$"] = tbl
        end
        return found
    end

    local function states_of(result)
        local found = {}
        for name, tbl in pairs(tables_of(result)) do
            found[name] = tbl.state
        end
        return found
    end

    -- The differences as "kind key column: source > target".
    local function told(tbl)
        local list = {}
        for _, one in ipairs(tbl.differences) do
            local columns = {}
            for i, column in ipairs(one.columns) do
                local function text(side)
                    return type(side) ~= "table" and "-" or side.class == "null" and "NULL" or side.text or side.hex
                end
                columns[i] = ("%s: %s > %s"):format(column.column, text(column.source), text(column.target))
            end
            list[#list + 1] = ("%s %s %s"):format(one.kind, type(one.key) == "string" and one.key or "-",
                table.concat(columns, ", "))
        end
        table.sort(list)
        return list
    end

    it("is verified, and says it in one sentence", function()
        local file, database = h.source(SOURCE), database_of(TARGET)
        local result = h.run(0, { file, h.url(database) })
        assert.equal("verified", result.json.status)
        assert.equal("verified", result.json.comparison.state)
        assert.same({ topic = "same", log = "same" }, states_of(result))
        assert.same({ 3, 3, 4, 4 }, { tables_of(result).topic.rows_source, tables_of(result).topic.rows_target,
            tables_of(result).log.rows_source, tables_of(result).log.rows_target })
        assert.equal("before|0|loaded|7", h.sql(database, [[SELECT string_agg(moment || '|' || n, '|' ORDER BY moment)
            FROM (SELECT moment, sum(rows) AS n FROM wherry.target_digest GROUP BY moment) AS t]]))
        assert.equal("verified", h.sql(database, "SELECT status FROM wherry.run"))
        local plain = h.wherry { "run", file, h.url(database), "--resume" }
        assert.matches("\nverified: every value of every row is the same on both sides %(7 rows, 2 tables%); target ",
            plain.stdout)
        assert.matches("\n\u{2713} +topic +3 +0 +3 +3 +3 ", plain.stdout)
    end)

    -- What somebody does to the target, and what is told of it.
    local PLANTED = {
        { "two values exchanged between rows",
            "UPDATE topic SET weight = CASE id WHEN 2 THEN 3.5 ELSE 2.5 END WHERE id > 1", "topic",
            { "different id=2 weight: 2.5 > 3.5", "different id=3 weight: 3.5 > 2.5" } },
        { "a row twice and another missing", [[DELETE FROM log WHERE line = 'two';
            INSERT INTO log VALUES ('x', 'one')]], "log", { "extra - at: - > x, line: - > one",
            "missing - at: y > -, line: two > -" } },
        { "NULL against empty", "UPDATE log SET line = '' WHERE line IS NULL", "log",
            { "extra - at: - > NULL, line: - > ", "missing - at: NULL > -, line: NULL > -" } },
        { "0.0 against -0.0", "UPDATE topic SET weight = '-0' WHERE id = 1", "topic",
            { "different id=1 weight: 0.0 > -0.0" } },
        { "1.0 against 1.00", "UPDATE topic SET price = 1.00 WHERE id = 1", "topic",
            { "different id=1 price: 1.0 > 1.00" } },
        { "the case of citext", "UPDATE topic SET name = 'blue' WHERE id = 3", "topic",
            { "different id=3 name: Blue > blue" } },
        { "one bit", "UPDATE topic SET raw = set_bit(raw, 0, 1) WHERE id = 1", "topic",
            { "different id=1 raw: 00ff > 01ff" } },
        { "a row that went", "DELETE FROM topic WHERE id = 2", "topic", { "missing id=2 " } },
        { "another row", "INSERT INTO topic VALUES (9, 'x')", "topic", { "extra id=9 " } },
    }

    for _, planted in ipairs(PLANTED) do
        it("finds " .. planted[1], function()
            local file, database = h.source(SOURCE), database_of(TARGET)
            h.run(0, { file, h.url(database) })
            h.sql(database, planted[2])
            local result = h.run(1, { file, h.url(database), "--resume" })
            assert.equal("differs", result.json.status)
            local other = planted[3] == "topic" and "log" or "topic"
            assert.same({ [planted[3]] = "differs", [other] = "same" }, states_of(result))
            assert.same(planted[4], told(tables_of(result)[planted[3]]))
        end)
    end

    it("only counts with --verify=count, and does not even that with none", function()
        local file, database = h.source(SOURCE), database_of(TARGET)
        local result = h.run(0, { file, h.url(database), "--verify=count" })
        assert.same({ "counted", "skipped" }, { result.json.status, result.json.comparison.state })
        assert.same({ "2|before", "2" }, { h.sql(database, [[SELECT count(*), string_agg(DISTINCT moment, ',')
            FROM wherry.target_digest]]), h.sql(database, "SELECT count(*) FROM wherry.slice_digest") })
        database = database_of(TARGET)
        result = h.run(0, { file, h.url(database), "--verify=none" })
        assert.same({ "loaded", "skipped" }, { result.json.status, result.json.comparison.state })
        assert.equal("0", h.sql(database, "SELECT count(*) FROM wherry.slice_digest"))
        result = h.run(0, { file, h.url(database), "--resume" }) -- the source is read again
        assert.same({ "verified", 3 }, { result.json.status, tables_of(result).topic.rows_source })
        h.sql(database, "UPDATE topic SET name = 'green' WHERE id = 3")
        result = h.run(1, { file, h.url(database), "--resume" })
        assert.same({ "different id=3 name: Blue > green" }, told(tables_of(result).topic))
    end)

    it("compares before after_load, and knows later what that made of its tables", function()
        local file, database = h.source(SOURCE), database_of(TARGET)
        local script = h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, before_load = { "INSERT INTO log VALUES ('a', 'before')" },
                after_load = { "UPDATE topic SET name = upper(name::text)", "INSERT INTO topic VALUES (10, 'more')" } }
            ]]):format(file))
        local result = h.run(0, { script, h.url(database) })
        assert.same({ topic = "same", log = "same" }, states_of(result))
        assert.equal("after_load|4", h.sql(database, [[SELECT moment, rows FROM wherry.target_digest
            WHERE target = 'public.topic' AND moment = 'after_load']]))
        result = h.run(0, { script, h.url(database), "--resume" })
        assert.same({ topic = "changed_by_after_load", log = "same" }, states_of(result))
        h.sql(database, "UPDATE topic SET name = 'x' WHERE id = 1")
        result = h.run(1, { script, h.url(database), "--resume" })
        assert.same({ topic = "differs", log = "same" }, states_of(result))
    end)

    it("leaves rows that were rejected out, and counts on those that are loaded later", function()
        local file = h.source(SOURCE .. [[INSERT INTO topic VALUES (4, 'BLUE', 0, 'many', NULL),
            (5, 'red', 0, '1', NULL);]])
        local database = database_of(TARGET .. "; ALTER TABLE topic ADD UNIQUE (name)")
        local result = h.run(1, { file, h.url(database), "--on-bad=reject" })
        assert.same({ "verified", "same", 3 }, { result.json.comparison.state, tables_of(result).topic.state,
            tables_of(result).topic.rows_source })
        h.sql(database, "ALTER TABLE topic DROP CONSTRAINT topic_name_key")
        h.wherry { "rejects", "retry", file, h.url(database) }
        result = h.run(1, { file, h.url(database), "--resume" })
        assert.same({ "verified", 4, 4 }, { result.json.comparison.state, tables_of(result).topic.rows_source,
            tables_of(result).topic.rows_target })
    end)

    it("takes rows that a key built later does not allow out of its sums", function()
        local file = h.source(SOURCE .. "INSERT INTO topic VALUES (4, 'RED', 0, '1', NULL);")
        local database = database_of(TARGET .. "; ALTER TABLE topic ADD UNIQUE (name)")
        local result = h.run(1, { file, h.url(database), "--on-bad=reject", "--indexes=rebuild" })
        assert.same({ "verified", "same", 3 }, { result.json.comparison.state, tables_of(result).topic.state,
            tables_of(result).topic.rows_source })
        assert.equal("3", h.sql(database, "SELECT count(*) FROM topic"))
    end)

    it("compares rows that meet those of the target by what the plan says of them", function()
        local file, database = h.source(SOURCE), database_of(TARGET .. [[;
            INSERT INTO topic VALUES (1, 'mine', 0, NULL), (8, 'old', 0, NULL); INSERT INTO log VALUES ('old', 'old')]])
        local function script(how)
            return h.script(([[local w = require "wherry"
                return w.plan { from = w.sqlite %q, tables = { topic = { on_conflict = %q },
                    log = { on_conflict = "replace" } } }]]):format(file, how), how .. ".lua")
        end
        local result = h.run(0, { script "keep", h.url(database) })
        assert.same({ topic = "same", log = "same" }, states_of(result))
        assert.matches("1 row kept as it was", tables_of(result).topic.note)
        h.sql(database, "UPDATE topic SET name = 'theirs' WHERE id = 2")
        result = h.run(1, { script "keep", h.url(database), "--resume" })
        assert.same({ "differs", 2 }, { tables_of(result).topic.state, tables_of(result).topic.different })

        database = database_of(TARGET .. "; INSERT INTO topic VALUES (1, 'mine', 0, NULL), (8, 'old', 0, NULL)")
        result = h.run(0, { script "update", h.url(database) })
        assert.same({ topic = "same", log = "same" }, states_of(result))
        h.sql(database, "DELETE FROM topic WHERE id = 3")
        result = h.run(1, { script "update", h.url(database), "--resume" })
        assert.same({ "differs", 1 }, { tables_of(result).topic.state, tables_of(result).topic.missing })
    end)

    it("compares tables whose rows travel as text by what the server says their values are", function()
        local file = h.source [[CREATE TABLE t(id INTEGER PRIMARY KEY, spot TEXT, v REAL);
            INSERT INTO t VALUES (1, '1  &  2', 0.5), (2, NULL, NULL), (3, 'x', 2);]]
        local database = database_of "CREATE TABLE t(id bigint PRIMARY KEY, spot tsquery, v float8)"
        local result = h.run(0, { file, h.url(database) })
        assert.same({ "verified", "same", 3, 3 }, { result.json.status, tables_of(result).t.state,
            tables_of(result).t.rows_source, tables_of(result).t.rows_target })
        assert.same({}, result.json.comparison.left_out)
        h.sql(database, "UPDATE t SET v = 0.25 WHERE id = 1; UPDATE t SET spot = 'y' WHERE id = 3")
        result = h.run(1, { file, h.url(database), "--resume" })
        assert.same({ "different id=1 v: 0.5 > 0.25", "different id=3 spot: x > 'y'" },
            told(tables_of(result).t))
    end)

    it("compares rows that functions emit, and those of several tables that go into one", function()
        local file = h.source [[CREATE TABLE a(id INTEGER PRIMARY KEY, n TEXT);
            INSERT INTO a VALUES (1, 'x,y'), (2, 'z'), (3, NULL);]]
        local database = database_of [[CREATE TABLE a(id bigint PRIMARY KEY, n text);
            CREATE TABLE tag(id bigint GENERATED BY DEFAULT AS IDENTITY, a bigint, word text,
                kind text DEFAULT 'free')]]
        local script = h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, tables = { a = { emits = { "tag" }, row = function(old, new, emit)
                for word in (old.n or ""):gmatch "[^,]+" do
                    local kind = word == "z" and "last" or nil
                    emit("tag", { a = old.id, word = word, kind = kind })
                end
            end } } }]]):format(file))
        local result = h.run(0, { script, h.url(database) })
        assert.same({ a = "same", tag = "same" }, states_of(result))
        assert.equal(3, tables_of(result).tag.rows_source)
        assert.same("id", result.json.comparison.left_out[1].column)
        h.sql(database, "UPDATE tag SET kind = 'free' WHERE word = 'z'")
        result = h.run(1, { script, h.url(database), "--resume" })
        assert.same({ a = "same", tag = "differs" }, states_of(result))
    end)
end)
