-- What is looked at in a SQLite file that was made of PostgreSQL.
local audit = require "wherry.audit"
local core = require "wherry.core"
local process = require "tests.support.process"

describe("audit of a file that was made", function()
    local place
    before_each(function() place = process.directory "audit" end)
    after_each(function() process.shell("rm -rf " .. place) end)

    local RESOLVED = { before = { [[CREATE TABLE "p" ("id" INTEGER PRIMARY KEY AUTOINCREMENT)]],
        [[CREATE TABLE "c ""x" ("p" INTEGER REFERENCES "p" ("id"))]], "CREATE TABLE t\u{e4}ble (n)" },
        behind = { [[CREATE UNIQUE INDEX "by p" ON "c ""x" ("p")]],
            "INSERT INTO sqlite_sequence (name, seq) SELECT 'p', 0 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence)",
            "UPDATE sqlite_sequence SET seq = max(seq, 9) WHERE name = 'p'" } }

    -- What fails in a file that was made so, and then changed.
    local function failing(more)
        local statements = table.concat(RESOLVED.before, ";\n") .. ";\n" .. table.concat(RESOLVED.behind, ";\n")
        process.write(place .. "/made.sql", statements .. ";\nINSERT INTO p VALUES (1);\n" .. (more or ""))
        process.shell(("rm -f %s/app.db* && sqlite3 -bail %s/app.db < %s/made.sql"):format(place, place, place))
        local file = core.snapshot.open(place .. "/app.db", {})
        local list = audit.back { resolved = RESOLVED, query = function(sql) return file:query(sql) end }
        file:close()
        local found = {}
        for _, one in ipairs(list) do
            found[#found + 1] = not one.passed and ("%s %s: %s"):format(one.kind, one.name, one.detail) or nil
        end
        assert.equal(found[1] ~= nil, audit.has_failed(list))
        return table.concat(found, "\n"), list
    end

    it("finds nothing in one that is as it was made", function()
        local found, list = failing()
        assert.equal("", found)
        assert.same({ "SQLite finds the file whole", "all 4 are there", "no row refers to nothing" },
            { list[1].detail, list[2].detail, list[3].detail })
    end)

    it("finds what is gone", function()
        assert.equal("index by p: the file has no such index", (failing [[DROP INDEX "by p";]]))
        assert.equal([[table c "x: the file has no such table]] .. "\nindex by p: the file has no such index",
            (failing [[DROP TABLE "c ""x";]]))
        assert.equal("table t\u{e4}ble: the file has no such table", (failing "DROP TABLE t\u{e4}ble;"))
    end)

    it("finds rows that refer to nothing", function()
        assert.equal("orphans p: 2 rows refer to nothing in p, the first has the rowid 1",
            (failing [[INSERT INTO "c ""x" VALUES (7), (8);]]))
    end)

    it("finds numbers that would be given twice", function()
        assert.equal("sequence p: PostgreSQL's sequence stands at 9, and the file's at 3",
            (failing "UPDATE sqlite_sequence SET seq = 3;"))
        assert.equal("sequence 'p': PostgreSQL's sequence stands at 9, and the file's at nothing",
            (failing "DELETE FROM sqlite_sequence;"))
    end)
end)
