-- wherry verify: the run that it finds, both sides counted, the script's verify; nothing is written.
local h = require "tests.support.harness"

describe("wherry verify", function()
    after_each(h.cleanup)

    local SOURCE = [[CREATE TABLE topic(id INTEGER PRIMARY KEY, name TEXT NOT NULL);
        INSERT INTO topic VALUES (1, 'red'), (2, 'blue');
        CREATE TABLE note(id INTEGER PRIMARY KEY, topic_id INTEGER REFERENCES topic(id), body TEXT);
        INSERT INTO note VALUES (1, 1, 'a'), (2, 2, NULL), (3, NULL, 'c');]]

    local function loaded(more)
        local file, database = h.source(SOURCE .. (more or "")), h.database()
        h.run(0, { file, h.url(database) })
        return file, database
    end

    local function verify(code, args, options)
        local argv = { "verify", table.unpack(args) }
        argv[#argv + 1] = "--json"
        local result = h.wherry(argv, options)
        assert.equal(code, result.code, result.said)
        return result
    end

    -- By target table.
    local function tables_of(result)
        local found = {}
        for _, tbl in ipairs(result.json.comparison.tables) do
            found[tbl.table:match "[^.]*$"] = tbl
        end
        return found
    end

    it("finds the newest run of the file, and says what is on both sides", function()
        local file, database = loaded()
        local result = verify(0, { file, h.url(database) })
        assert.same({ "verify", 1, "source", 2, 3 }, { result.json.command, result.json.run,
            result.json.comparison.basis, tables_of(result).topic.rows_target, tables_of(result).note.rows_target })
        local plain = h.wherry { "verify", file, h.url(database) }
        assert.equal(0, plain.code, plain.said)
        assert.matches("Nothing was written.\n$", plain.stdout)
        assert.matches("public.note", plain.stdout, 1, true)
    end)

    it("finds rows that were taken away", function()
        local file, database = loaded()
        h.sql(database, "DELETE FROM note WHERE id = 2")
        local result = verify(1, { file, h.url(database) })
        assert.equal("differs", result.json.status)
    end)

    it("calls the script's verify, and ends with 1 where it fails", function()
        local file, database = h.source(SOURCE), h.database()
        local plan = h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, verify = function(check, src, dst)
                check.counts()
                check.equal("names", "red", dst:value "SELECT name FROM topic WHERE id = 1")
            end }]]):format(file))
        h.run(0, { plan, h.url(database) })
        assert.equal("passed", verify(0, { plan, h.url(database) }).json.verification.state)
        h.sql(database, "UPDATE topic SET name = 'green' WHERE id = 1")
        assert.equal("failed", verify(1, { plan, h.url(database) }).json.verification.state)
    end)
end)
