-- The first page and the topics keep what they say: their scripts run, the map names what is there.
local h = require "tests.support.harness"
local topics = require "wherry.cli.topics"

local README = h.process.read "README.md"

-- The Lua block of a text, taken out of its indentation.
local function script_of(text)
    local block = text:match "\n```lua\n(.-\n)```\n"
    if block then
        return block
    end
    block = text:match "\n(    local w = require.-\n    }\n)"
    return (block:gsub("%f[^\n\0]    ", ""))
end

describe("a script as it is shown", function()
    after_each(h.cleanup)

    -- Runs it beside the sample, with the target in DATABASE_URL.
    local function run(text, database)
        local sample = h.source(h.process.read "scripts/sample.sql", "sample.db")
        local path = h.path "source/migrate.lua"
        h.process.write(path, text)
        return h.run(0, { path }, { env = { DATABASE_URL = h.url(database) }, timeout = 240 }).json, sample
    end

    it("on the first page runs on the sample, in nine lines", function()
        local text, database = script_of(README), h.database()
        assert.equal(9, select(2, text:gsub("\n", "")))
        local document, sample = run(text, database)
        assert.equal("verified", document.status)
        local count = "SELECT count(*) FROM %s WHERE timestamp >= '2024-03-01'"
        local wanted = h.sqlite(sample, count:format "audit_events")
        assert.equal(wanted, h.sql(database, count:format "audit_event"))
        assert.equal(wanted, h.sql(database, "SELECT count(*) FROM audit_event"))
        assert.equal("\\N", h.sql(database, "SELECT to_regclass('alembic_version')"))
    end)

    it("in the topic scripts runs on the sample, into tables that are there", function()
        local database = h.database()
        h.sql(database, [[CREATE TABLE topics(id bigint PRIMARY KEY, name text NOT NULL, taxonomy_path text,
                created_at timestamptz NOT NULL);
            CREATE TABLE artifact(id bigint PRIMARY KEY, type text NOT NULL, source text, external_id text NOT NULL,
                title text, text text, url text, published_at timestamptz NOT NULL, fetched_ms bigint);]])
        local document, sample = run(script_of(topics.text "scripts"), database)
        assert.equal("verified", document.status)
        assert.equal("16", h.sql(database, "SELECT count(*) FROM topics"))
        assert.equal(h.sqlite(sample, "SELECT count(*) FROM artifacts WHERE published_at IS NOT NULL"),
            h.sql(database, "SELECT count(*) FROM artifact WHERE external_id <> ''"))
    end)
end)

describe("the map of the tree", function()
    local map = README:match "\n## Map of the tree.-\n(.-)\n## "

    it("names every folder", function()
        for folder in h.process.shell("git ls-files | sed -n 's,/[^/]*$,/,p' | sort -u"):gmatch "[^\n]+" do
            assert.truthy(map:find(folder, 1, true) or map:find(folder:match "([^/]*/)$", 1, true), folder)
        end
    end)

    it("names every group of the core's files, and none that is not there", function()
        local there, named = {}, {}
        for name in h.process.shell("ls core"):gmatch "[^\n]+" do
            local group = name:match "^(%l+%d*)[%w_]*%.[ch]$"
            if group then
                there[group] = true
            end
        end
        for names in map:gmatch "\n      (%l.-)  " do
            for name in names:gmatch "[%w_]+" do
                named[name:match "^%l+%d*"] = true
            end
        end
        assert.same(there, named)
    end)
end)
