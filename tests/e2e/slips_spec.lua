-- Slips of a tired user: each is told in words that say what to do, and nothing is written.
local h = require "tests.support.harness"

describe("a slip", function()
    after_each(h.cleanup)

    local ROW = "CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'a');"

    ---Runs, expects the exit code and words in what is said, and that nothing was written. Gives the plain output.
    local function refused(code, args, words, options)
        local database = args.database or h.database()
        local plain = h.wherry(args, options)
        assert.equal(code, plain.code, plain.said)
        local said = plain.stdout .. plain.stderr
        for _, word in ipairs(words) do
            assert.is_truthy(said:find(word, 1, true), word .. plain.said)
        end
        assert.equal("", h.objects(database), plain.said)
        return said
    end

    it("is a file that holds no table, such as one that was copied without its -wal", function()
        local file, database = h.source "CREATE TABLE t(x); DROP TABLE t;", h.database()
        refused(3, { "run", file, h.url(database), database = database }, { "holds no table", "-wal" })
    end)

    it("is an empty list of tables: everything would have been carried, or nothing left out", function()
        for _, option in ipairs { "--only", "--skip" } do
            for _, list in ipairs { "", " , " } do
                local database = h.database()
                refused(2, { "run", h.source(ROW), h.url(database), option, list, database = database },
                    { option .. " names no table" })
            end
        end
    end)

    it("is a glob that matches nothing: the tables are named", function()
        local database = h.database()
        refused(4, { "run", h.source(ROW), h.url(database), "--only", "zzz*", database = database },
            { "matches no table", "the source's tables: t" })
    end)

    it("is a schema that can't be one", function()
        local file = h.source(ROW)
        for option, how in pairs { ["--target-schema=pg_mine"] = { 4, "pg_mine", "--target-schema" },
            ["--target-schema=information_schema"] = { 4, "information_schema", "--target-schema" },
            ["--journal=pg_wherry"] = { 2, "pg_wherry", "--journal" },
            ["--target-schema=wherry"] = { 2, "the journal's schema", "--journal" },
            ["--journal=public"] = { 2, "the journal's schema", "--journal" } } do
            local database = h.database()
            refused(how[1], { "run", file, h.url(database), option, database = database }, { how[2], how[3] })
        end
    end)

    it("is a number out of range: the option is named", function()
        local file = h.source(ROW)
        refused(2, { "run", file, "dbname=x", "--batch-size", "0" }, { '--batch-size: "0"' })
        refused(2, { "run", file, "dbname=x", "--retry", "soon" }, { '--retry: "soon"' })
    end)

    it("is a URL without its scheme: the password in it is not shown", function()
        local file, loose = h.source(ROW), "app:hush-hush-7@127.0.0.1/app"
        h.secret "hush-hush-7"
        refused(2, { "run", file }, { "DATABASE_URL" }, { env = { DATABASE_URL = loose } })
        refused(2, { "run", file, loose }, { "is no target" })
        refused(3, { "run", loose, "dbname=x" }, { "does not exist" })
    end)

    it("is no slip: a password that is an everyday word leaves the messages readable", function()
        local file, database = h.source(ROW), h.database()
        local result = h.run(0, { file, h.url(database) }, { env = { PGPASSWORD = "postgres" } })
        assert.equal("postgresql://postgres@/", result.json.target.url:match "^.*@/")
        local told = refused(3, { "run", file, "postgresql://counted:counted@127.0.0.1:1/users" }, {
            "postgresql://counted:****@127.0.0.1:1/users" })
        assert.is_nil(told:find("counted:counted", 1, true))
        local document = h.run(3, { file, "postgresql://u:failed@127.0.0.1:1/d" }).json
        assert.equal("failed", document.status)
    end)

    it("of a CSV import, an empty name, is no slip either", function()
        local file, database = h.source [[CREATE TABLE ""("" INTEGER PRIMARY KEY, unnamed TEXT, x INTEGER UNIQUE);
            INSERT INTO "" VALUES (1, 'a', 2);]], h.database()
        local result = h.run(0, { file, h.url(database) })
        assert.equal("1|a|2", h.sql(database, "SELECT unnamed1, unnamed, x FROM unnamed"), result.said)
        assert.matches("takes no empty name", result.stdout)
    end)

    it("in a script is told with the script's line", function()
        local from = ('local w = require "wherry"\nreturn w.plan { from = w.sqlite %q'):format(h.source(ROW))
        for text, words in pairs {
            ['local w = require "wherry"\nreturn w.plan { to = w.pg "x" }'] = { ":2:", "from is missing",
                'add from = w.sqlite "PATH"' },
            [from .. ', fts = {} }'] = { ":2:", '"fts"', "not there yet" },
            [from .. ', zone = "Europe/Berlin" }'] = { ":2:", '"Europe/Berlin" has no fixed offset' },
            [from .. ', tables = { t = { columns = { v = w.hook } } } }'] = { ":2:",
                "w.hook is filled by row, and there is none", "add row = function(old, new)" },
            [from .. ', tables = { t = { columns = { v = w.flod { x = "v" } } } } }'] = { ":2:",
                'did you mean "fold"?' },
            [from .. ', tables = { t = w.skpi "x" } }'] = { ":2:", "there is no w.skpi", 'did you mean "skip"?' },
            [from .. ', to = w.pg "postgresql://u:a@b@h/d" }'] = { "the script's target", "%40" },
            ['local x = require "not.there"'] = { ":1:", "module 'not.there' not found" },
        } do
            local said = refused(4, { "run", h.script(text) }, words)
            assert.is_nil(said:find("no field package.preload", 1, true))
        end
    end)
end)
