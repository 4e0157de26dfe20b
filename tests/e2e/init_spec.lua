-- wherry init: the script runs as it stands, says what has to be decided, and shows the evidence.
local cjson = require "cjson"
local h = require "tests.support.harness"

describe("wherry init", function()
    after_each(h.cleanup)

    local function init(arguments, code)
        local result = h.wherry { "init", table.unpack(arguments) }
        assert.equal(code or 0, result.code, result.said)
        return result.stdout
    end

    local function expect(text, ...)
        for _, part in ipairs { ... } do
            assert.is_truthy(text:find(part, 1, true), part .. "\n" .. text)
        end
    end

    local PLAIN = [[CREATE TABLE users(id TEXT PRIMARY KEY, made INTEGER, seen_at INTEGER, doc JSON, n INTEGER);
        CREATE TABLE "odd ""name"" -- end"("end" TEXT, "two
lines" DATE);
        INSERT INTO users VALUES ('0f0e0d0c-0b0a-4908-8706-050403020100', 7, 1700000000123, '{"a": 1}', 1);
        INSERT INTO "odd ""name"" -- end" VALUES ('2024-01-01', '2024-01-02');]]

    it("writes a script that runs as it stands", function()
        local file, script = h.source(PLAIN), h.path "first.lua"
        local said = init { "-o", script, file }
        expect(said, script, "wherry plan " .. script)
        local database = h.database()
        h.run(0, { script, h.url(database) })
        assert.equal("1", h.sql(database, "SELECT count(*) FROM users"))
        assert.equal("1", h.sql(database, 'SELECT count(*) FROM "odd ""name"" -- end"'))
    end)

    it("suggests types as comments, with what was found", function()
        local text = init { h.source(PLAIN) }
        expect(text, '-- id = { type = "uuid" },', "1 text: all UUIDs (36 characters)",
            '-- seen_at = { type = "timestamptz", stored = "unix_ms" },', '-- doc = { type = "jsonb" },',
            '-- ["end"] = { type = "date" },', '-- ["two\\nlines"] = { type = "date" },')
        assert.is_nil(text:find("made =", 1, true))
        assert.is_nil(text:find("-- n =", 1, true))
    end)

    it("loads with every suggestion taken", function()
        local file, script, database = h.source(PLAIN), h.path "taken.lua", h.database()
        local text = init { file }:gsub("\n(%s+)%-%- (%S)", function(space, first)
            return first:find "[%w_%[}]" and ("\n%s%s"):format(space, first) or nil
        end)
        text = text:gsub("\n%s+to = [^\n]*", ""):gsub("\n%s+schema = [^\n]*", ""):gsub("\n%s+idiomatic = [^\n]*", "")
        local handle <close> = assert(io.open(script, "w"))
        handle:write(text)
        handle:close()
        h.run(0, { script, h.url(database) })
        assert.equal("2023-11-14 22:13:20.123+00|uuid", h.sql(database,
            "SET timezone = 'UTC'; SELECT seen_at || '|' || pg_typeof(id) FROM users"))
    end)

    it("decides what has to be decided: texts that PostgreSQL can't store", function()
        local file, script, database = h.source [[CREATE TABLE t(id INTEGER PRIMARY KEY, x TEXT);
            INSERT INTO t VALUES (1, 'fine'), (2, 'a' || char(0)), (3, CAST(x'FF' AS TEXT))]], h.path "bad.lua",
            h.database()
        init { "--output", script, file }
        local handle <close> = assert(io.open(script))
        expect(handle:read "a", '\n      x = { on_bad = "reject" },', "id=2 at byte 1", "id=3 at byte 0")
        h.run(1, { script, h.url(database) })
        assert.equal("1", h.sql(database, "SELECT string_agg(id::text, ' ') FROM t"))
        assert.equal("2", h.sql(database, "SELECT count(*) FROM wherry.reject"))
    end)

    it("names a table that a run refuses once", function()
        local columns = {}
        for i = 1, 1601 do
            columns[i] = "c" .. i
        end
        local sql = ("CREATE TABLE wide(%s); CREATE TABLE t(a)"):format(table.concat(columns, ","))
        local text = init { h.source(sql) }
        expect(text, 'wide = w.skip "decide what becomes of it",', "wide has 1601 columns")
        assert.equal(1, select(2, text:gsub("wide = ", "")))
    end)

    it("leaves out what a run refuses, and says what is not carried", function()
        local file, script = h.source [[CREATE VIRTUAL TABLE f USING fts5(x); INSERT INTO f VALUES ('a');
            CREATE TABLE t(id INTEGER PRIMARY KEY); CREATE VIEW v AS SELECT * FROM missing;]], h.path "fts.lua"
        init { "-o", script, file }
        local handle <close> = assert(io.open(script))
        expect(handle:read "a", '    f = w.skip "', "-- Not carried:", "view v:")
        h.run(0, { script, h.url(h.database()) })
    end)

    it("is one document with --json, and refuses what it can't read or would overwrite", function()
        local file = h.source(PLAIN)
        local document = cjson.decode(init { "--json", file })
        expect(document.script, "return w.plan {")
        init({ "-o", file, file }, 2)
        init({ "-o", h.path "no" .. "/where/x.lua", file }, 3)
        init({ h.path "missing.db" }, 3)
        init({ "postgresql://localhost/x" }, 2)
    end)
end)
