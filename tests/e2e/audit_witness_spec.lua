-- The witness and the audit over real runs: of projects' files, created and into tables that are there, nothing is told
-- that is not so; and wherry verify finds what is planted.
local h = require "tests.support.harness"
local audited = require "tests.support.audited"
local fill = require "tests.support.fill"
local witnessed = require "tests.support.witnessed"

describe("witness and audit", function()
    after_each(h.cleanup)

    local function filled(project, options)
        local name = options and options.section or project .. ".db"
        local file = h.subdirectory "source" .. "/" .. name
        fill.make(file, project, options)
        return h.track(file)
    end

    local function texts(list)
        local found = {}
        for i, one in ipairs(list) do
            found[i] = table.concat({ one.kind or one.what or "left out", one.table or "-", one.name or one.column
                or "-", one.sqlite or one.detail or one.why, one.pg or "" }, " | ")
        end
        return found
    end

    -- Neither of both finds anything; of so many columns is asked.
    local function nothing_found(database, file, columns)
        local result = witnessed.compare(h.url(database), file)
        assert.same({}, texts(result.differences))
        assert.same({}, texts(result.left_out))
        assert.equal(columns, result.columns)
        assert.same({}, texts(select(2, audited.run(h.url(database), file))))
    end

    it("find nothing in tables that were created", function()
        local file, database = filled "signal_harvester", h.database()
        h.run(0, { file, h.url(database) })
        nothing_found(database, file, 185)
        file, database = filled("aragora", { section = "memory.db", rows = 25 }), h.database()
        h.run(0, { file, h.url(database) })
        nothing_found(database, file, 178)
    end)

    it("find nothing in tables that the models made", function()
        local file, database = filled("piyasa", { rows = 30 }), h.database()
        h.sql(database, fill.schema "piyasa.pg" .. "INSERT INTO alembic_version VALUES ('0010_head');")
        h.run(0, { file, h.url(database) })
        nothing_found(database, file, 80)
    end)

    local SOURCE = [[CREATE TABLE topic(id INTEGER PRIMARY KEY, name TEXT NOT NULL);
        CREATE TABLE note(id INTEGER PRIMARY KEY, topic_id INTEGER REFERENCES topic(id), body TEXT, at TEXT,
            ms INTEGER);
        INSERT INTO topic VALUES (1, 'red'), (2, 'blue');
        INSERT INTO note VALUES (1, 1, 'a', '2024-01-01 10:00:00', 1700000000999), (2, NULL, 'é', NULL, -1);]]
    local TABLES = [[CREATE TABLE topic(id int PRIMARY KEY, name text NOT NULL);
        CREATE TABLE note(id int PRIMARY KEY, topic_id int REFERENCES topic, body text, at timestamptz,
            ms timestamptz);]]

    local function verified(sql)
        local file, database = h.source(SOURCE), h.database()
        h.sql(database, TABLES)
        local script = h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, zone = "+02:00", columns = { ms = { stored = "unix_ms" } } }]]):format(
            file))
        h.run(0, { script, h.url(database) })
        if sql then
            h.sql(database, sql)
        end
        local result = h.wherry { "verify", script, h.url(database), "--json" }
        return result, script, database, file
    end

    it("agree in wherry verify", function()
        local result = verified()
        local comparison = result.json.comparison
        assert.equal(0, result.code, result.said)
        assert.same({ "same", 7, 2 }, { comparison.witness.state, comparison.witness.columns,
            comparison.witness.tables })
        for _, entry in ipairs(comparison.audit) do
            assert.is_true(entry.passed, entry.detail)
        end
    end)

    it("see times that are an hour off", function()
        local result = verified "UPDATE note SET at = at - interval '1 hour'"
        assert.equal(1, result.code, result.said)
        assert.same({ "note | min | 1704096000 | 1704092400", "note | max | 1704096000 | 1704092400",
            "note | sum | 1704096000 | 1704092400" }, (function(list)
            local found = {}
            for i, one in ipairs(list) do
                found[i] = ("%s | %s | %s | %s"):format(one.table:match "[^.]+$", one.what, one.sqlite, one.pg)
            end
            return found
        end)(result.json.comparison.witness.differences))
    end)

    it("see what the schema has lost", function()
        local result = verified "ALTER TABLE note DROP CONSTRAINT note_topic_id_fkey"
        assert.equal(1, result.code, result.said)
        local failed = {}
        for _, entry in ipairs(result.json.comparison.audit) do
            failed[#failed + 1] = not entry.passed and ("%s: %s"):format(entry.name, entry.detail) or nil
        end
        assert.same({ "note_topic_id_fkey: the table has no such constraint" }, failed)
    end)

    it("know of rows that were rejected, and of rows that the script has made", function()
        local file, database = h.source(SOURCE), h.database()
        h.sql(database, TABLES .. "ALTER TABLE topic ADD CHECK (id > 1)")
        local script = h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, on_bad = "reject", columns = { ms = { stored = "unix_ms" } },
                tables = { note = w.skip "another time" } }]]):format(file))
        h.run(1, { script, h.url(database) })
        local result = h.wherry { "verify", script, h.url(database), "--json" }
        local found = result.json.comparison.witness
        assert.same({ 0, "same", 2 }, { result.code, found.state, found.columns }, result.said)
        assert.equal("1", found.list[1].sqlite)
        database = h.database()
        h.sql(database, TABLES)
        script = h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, before_load = { "INSERT INTO topic VALUES (9, 'z')" },
                tables = { note = w.skip "another time" } }]]):format(file))
        h.run(0, { script, h.url(database) })
        result = h.wherry { "verify", script, h.url(database), "--json" }
        assert.equal(0, result.code, result.said)
        assert.equal("before_load or after_load has changed it", result.json.comparison.witness.left_out[1].why)
    end)

    it("print pairs that sqlite3 and psql run as they stand, with the same results", function()
        local _, script, database, file = verified()
        local sql = h.wherry { "verify", script, h.url(database), "--sql" }
        assert.equal(0, sql.code, sql.said)
        local results = {}
        for tool, statement in sql.stdout:gmatch "\n%-%- (%w+)[^\n]*\n(SELECT.-);\n" do
            local answer = tool == "sqlite3" and h.sqlite(file, statement .. ";") or h.sql(database, statement)
            results[#results + 1] = (answer:gsub("%s+$", ""):gsub("\\N", ""))
        end
        assert.equal(4, #results, sql.stdout)
        assert.same({ results[1], results[3] }, { results[2], results[4] })
        assert.matches("1704096000", results[3], 1, true)
    end)
end)
