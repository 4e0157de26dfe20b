-- Resolving into a schema that is created, from a real SQLite file.
local cjson = require "cjson"
local models = require "tests.support.models"
local process = require "tests.support.process"
local resolve = require "wherry.resolve"
local sqlite = require "wherry.schema.sqlite"
local sqlite_query = require "tests.support.sqlite_query"
local w = require "wherry"

local function run(sql, fields, given)
    local query = sqlite_query.open(sqlite_query.database(process.directory "create", sql))
    fields.from = w.sqlite "a.db"
    local options = models.options(given or {})
    options.source_query = query
    local asked = {}
    options.census = function(jobs)
        local results = {}
        for i, job in ipairs(jobs) do
            asked[#asked + 1] = job.table .. ": " .. job.select
            results[i] = {}
            for k, wanted in ipairs(job.wanted) do
                local numbers = wanted ~= "types"
                results[i][k] = { null = 0, integer = numbers and 2 or 0, real = 0, text = numbers and 0 or 2, blob = 0,
                    integers_bool = true, integers_inexact = false }
            end
        end
        return results
    end
    local resolved = resolve.resolve(w.plan(fields), sqlite.read(query), models.target {}, options)
    return resolved, models.codes(resolved.findings), asked
end

local CYCLE = [[
    CREATE TABLE "Child"(id INTEGER PRIMARY KEY AUTOINCREMENT, boss INTEGER REFERENCES "Child"(id),
        parent INTEGER NOT NULL REFERENCES parents(id), active BOOLEAN DEFAULT 1);
    CREATE TABLE parents(id INTEGER PRIMARY KEY, name TEXT UNIQUE);
    INSERT INTO parents VALUES (1, 'a'); INSERT INTO "Child" VALUES (9, NULL, 1, 1);
    CREATE INDEX by_name ON parents(name DESC);
]]

describe("resolving into a new schema", function()
    it("creates, loads parents first, and builds the rest behind the load", function()
        local resolved, codes = run(CYCLE, {})
        assert.same({}, codes)
        assert.equal("create", resolved.mode)
        assert.same({ "parents", "Child" }, { resolved.tables[1].source, resolved.tables[2].source })
        assert.matches("^CREATE TABLE public.parents", resolved.create[1])
        assert.matches('^CREATE TABLE public."Child"', resolved.create[2])
        assert.equal('COPY public."Child" (id, boss, parent, active) FROM STDIN (FORMAT binary)',
            resolved.tables[2].copy_sql)
        assert.same({ { column = "id", source_seq = "9" } }, resolved.tables[2].sequences)
        local kinds = {}
        for _, object in ipairs(resolved.objects) do
            if object.state == "todo" then
                kinds[#kinds + 1] = object.kind
            end
        end
        assert.same({ "primary key", "primary key", "unique", "index", "foreign key", "foreign key" }, kinds)
    end)

    it("creates the schema where it is not there", function()
        local resolved = run(CYCLE, { target_schema = "My App" }, { rights = { database = "d", can_create = "t" } })
        assert.equal('CREATE SCHEMA "My App"', resolved.create[1])
        assert.matches('^CREATE TABLE "My App".parents', resolved.create[2])
    end)

    it("asks the census under the source's names and takes the answer under the created ones", function()
        local resolved, codes, asked = run(CYCLE, { tables = {
            Child = { into = "kids", columns = { enabled = "active" }, where = "id > 0 -- all" } } })
        assert.same({}, codes)
        assert.same({
            [[Child: SELECT "boss", "parent", "active" FROM "Child" NOT INDEXED ]]
                .. [[WHERE "id" BETWEEN ?1 AND ?2 AND +(id > 0 -- all]] .. "\n)",
            [[parents: SELECT unicode(typeof("name")) FROM "parents" NOT INDEXED WHERE "id" BETWEEN ?1 AND ?2]],
        }, asked)
        local kids = resolved.tables[2]
        assert.same({ "Child", "public.kids", "id > 0 -- all" }, { kids.source, kids.target_sql, kids.where })
        local last = kids.columns[#kids.columns]
        assert.same({ "active", "enabled", "bool" }, { last.source, last.target, last.type.name })
        for _, object in ipairs(resolved.objects) do
            assert.not_equal("kids", object.table, object.name)
        end
    end)

    it("carries bookkeeping tables as ordinary ones", function()
        local resolved = run("CREATE TABLE alembic_version(version_num VARCHAR(32) PRIMARY KEY)", {})
        assert.equal("alembic_version", resolved.tables[1].source)
    end)

    it("finds what is there already", function()
        local _, codes = run(CYCLE, { schema = "create" })
        assert.same({}, codes)
        local options = models.options {}
        options.target_query = function(sql)
            if sql:find "current_user AS role" then
                return { { role = "r" } }
            end
            return sql:find "can_create" and { models.ALL_RIGHTS } or { { name = "parents" }, { name = "by_name" } }
        end
        local query = sqlite_query.open(sqlite_query.database(process.directory "create", CYCLE))
        options.source_query = query
        local resolved = resolve.resolve(w.plan { from = w.sqlite "a.db", schema = "create" }, sqlite.read(query),
            models.target { { name = "parents" } }, options)
        assert.same({ "target_exists parents" }, models.codes(resolved.findings))
    end)

    it("finds a condition that is none, once", function()
        local _, codes = run(CYCLE, { tables = { parents = { where = "nowhere = 1" } } })
        assert.same({ "bad_where parents" }, codes)
    end)

    it("says one thing about each object of the source", function()
        local resolved, codes = run(CYCLE .. [[
            CREATE VIEW v AS SELECT 1; CREATE TRIGGER tr AFTER INSERT ON parents BEGIN SELECT 1; END;
            CREATE VIRTUAL TABLE f USING fts5(x, content='parents'); CREATE VIRTUAL TABLE own USING fts5(x);
            CREATE VIRTUAL TABLE geo USING rtree(id, x0, x1);]], { skip = { "own" } })
        assert.same({}, codes)
        local seen = {}
        for _, object in ipairs(resolved.objects) do
            local key = object.kind .. " " .. object.name
            assert.is_nil(seen[key], key)
            seen[key] = true
        end
        for _, key in ipairs { "view v", "trigger tr", "virtual table f", "virtual table own", "table geo",
            "index by_name" } do
            assert.is_true(seen[key], key)
        end
    end)

    it("is a plain value, the same each time", function()
        local function document(resolved)
            local list = {}
            for i, t in ipairs(resolved.tables) do
                list[i] = { t.source, t.target_sql, t.copy_sql, t.read.sql_first }
            end
            return cjson.encode { resolved.create, list, models.receipts(resolved.objects) }
        end
        local first = run(CYCLE, {})
        assert.equal(document(first), document((run(CYCLE, {}))))
        assert.is_truthy(cjson.encode(first))
    end)
end)
