-- The demo's sample database arrives whole, value by value, with every object accounted for.
local h = require "tests.support.harness"
local compare = require "tests.support.compare"
local ledger = require "tests.support.ledger"

describe("the demo's sample database", function()
    after_each(h.cleanup)

    it("arrives whole in a new database", function()
        local file, database = h.source(h.process.read "scripts/sample.sql", "sample.db"), h.database()
        local document = h.run(0, { file, h.url(database) }, { timeout = 240 }).json
        assert.equal("verified", document.status)
        for _, name in ipairs(compare.tables(file)) do
            compare.table(database, file, name)
        end
        assert.equal(20000, ledger.source(document, "audit_events").passed)

        local outcome = {}
        for _, object in ipairs(document.objects) do
            outcome[object.kind .. " " .. object.name] = object.outcome
        end
        assert.equal("exact", outcome["view active_users"])
        assert.equal("not_carried", outcome["virtual table audit_fts"])
        assert.equal("not_carried", outcome["trigger audit_ai"])
        assert.equal("exact", outcome["index ux_resources_doi"])
        assert.equal(h.sqlite(file, "SELECT count(*) FROM active_users"),
            h.sql(database, "SELECT count(*) FROM active_users"))
        assert.equal("exact", outcome["index ix_messages_chat"])

        -- The cycle holds, and the application's next message gets an id that was never used.
        assert.equal("120", h.sql(database, "SELECT count(*) FROM organizations o JOIN users u ON u.id = o.owner_id"))
        assert.equal("25001", h.sql(database,
            "INSERT INTO messages(text, created_at) VALUES ('hello', '2024-01-01') RETURNING id"))
    end)
end)

describe("scripts/demo", function()
    local process = h.process
    local place = process.directory "demo"

    -- Neither the tests' build nor their interpreter: the demo builds for itself.
    local environment = { PATH = "/usr/local/bin:/usr/bin:/bin", HOME = place, XDG_STATE_HOME = place .. "/state",
        DATABASE_URL = "postgresql://nobody@nowhere.invalid/production" }

    local function shell(words)
        return process.run(words, { directory = h.subdirectory "demo", cwd = h.subdirectory "work", env = environment,
            timeout = 240 })
    end

    local function demo(...)
        return shell { process.shell "pwd" .. "/scripts/demo", ... }
    end

    -- The three commands to type next.
    local function next_commands(text)
        local commands = {}
        for line in text:match "\nNext, in this folder:\n(.*)$":gmatch "\n    ([^#\n][^\n]*)" do
            commands[#commands + 1] = line
        end
        return commands
    end

    after_each(h.cleanup)
    teardown(function()
        os.execute(("XDG_STATE_HOME=%s build/wherry -q pg stop >/dev/null 2>&1"):format(environment.XDG_STATE_HOME))
        os.execute("rm -rf " .. place)
    end)

    it("prints three commands, and each of them works", function()
        process.shell(("mkdir -p %s/state && chmod 711 %s/state"):format(place, place))
        local file = h.source([[CREATE TABLE "Odd Table"(id INTEGER PRIMARY KEY, "select" TEXT, b BLOB);
            INSERT INTO "Odd Table" VALUES (1, 'seen ü', x'00'), (2, 'it''s', NULL);]], "my app's.db")
        local result = demo(file)
        assert.equal(0, result.code, result.stderr)
        local commands = next_commands(result.stdout)
        assert.equal(3, #commands, result.stdout)
        local page = result.stdout:match "\nThe report, for a browser: ([^\n]+)\n"
        assert.equal(place .. "/.cache/wherry/report/report.html", page)
        assert.truthy(process.read(page):find("Odd Table", 1, true))
        local said = {}
        for index, command in ipairs(commands) do
            local ended = shell { "sh", "-c", command }
            assert.equal(0, ended.code, command .. "\n" .. ended.stdout .. ended.stderr)
            said[index] = ended.stdout
        end
        assert.truthy(said[1]:find("seen ü", 1, true), said[1])
        assert.truthy(process.read(h.path "work/my app's.sql"):find('CREATE TABLE public."Odd Table"', 1, true))
        assert.equal("stopped\n", said[3])
    end)

    it("ends as the run does", function()
        local file = h.path "junk.db"
        process.write(file, "this is no database")
        local result = demo(file)
        assert.equal(3, result.code)
        assert.truthy(result.stderr:find("not a SQLite database", 1, true), result.stderr)
        assert.is_nil(result.stdout:find "Next, in this folder")
        assert.equal(2, demo("--force").code)
    end)
end)
