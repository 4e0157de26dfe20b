-- journal/run_row: a run as the journal has it.
local journal_of = require "wherry.journal"
local packing = require "wherry.journal.packing"
local run_row = require "wherry.journal.run_row"
local Target = require "tests.support.target"

describe("a run of the journal", function()
    it("is told by the paths of its sources", function()
        assert.same({ '{"/x/a.db"}', false }, run_row.paths "/x/a.db")
        assert.same({ '{"/x/a.db","/x/b.db"}', true }, run_row.paths("/x/a.db", { { path = "/x/a.db" },
            { path = "/x/b.db" } }))
    end)

    it("has its values unpacked", function()
        assert.is_nil(run_row.of(nil))
        local row = { id = "7", state = "done", choices = packing.encode { only = "t" }, plan = packing.encode {
            tables = {} }, script_hash = "h", path = "p", fingerprint = "f", copy = "c", operator = "o", host = "m",
            started = "now" }
        local found = run_row.of(row)
        assert.same({ only = "t" }, found.choices)
        assert.same({ tables = {} }, found.plan)
        assert.equal("integer 7", math.type(found.id) .. " " .. found.id)
        for _, name in ipairs { "state", "script_hash", "path", "fingerprint", "copy", "operator", "host",
            "started" } do
            assert.equal(row[name], found[name])
        end
        assert.is_nil(found.files)
        row.files = '[{"name":"a","path":"/a","fingerprint":"f","copy":null},{"name":"b","path":"/b","fingerprint":"g",'
            .. '"copy":"/c"}]'
        assert.same({ { name = "a", path = "/a", fingerprint = "f" }, { name = "b", path = "/b", fingerprint = "g",
            copy = "/c" } }, run_row.of(row).files)
    end)

    describe("with its sources", function()
        local target, session, journal
        setup(function() target = Target.start() end)
        teardown(function() target:stop() end)
        before_each(function()
            session = target:session()
            journal = journal_of.open(session, "wherry")
        end)

        it("is found by one that it has read", function()
            local one = Target.begin(journal, Target.resolved { { source = "t" } }, "/x/app.db")
            local several = Target.begin(journal, Target.resolved { { source = "t" } }, "/x/b.db")
            session:query(("UPDATE wherry.source SET name = 'b', copy = '/copy' WHERE run = %d"):format(several))
            session:query(("INSERT INTO wherry.source VALUES (%d, 'a', '/x/app.db', 'g', true)"):format(several))
            local function runs(path, files)
                local list = {}
                for i, row in ipairs(journal:query(run_row.SELECT .. "WHERE " .. run_row.OF_SOURCE
                    .. " ORDER BY r.id", run_row.paths(path, files))) do
                    list[i] = run_row.of(row)
                end
                return list
            end
            local found = runs "/x/app.db"
            assert.same({ 1, one }, { #found, found[1].id })
            assert.is_nil(found[1].files)
            found = runs("", { { path = "/none" }, { path = "/x/app.db" } })
            assert.same({ 1, several, "/x/app.db" }, { #found, found[1].id, found[1].path })
            assert.same({ { name = "a", path = "/x/app.db", fingerprint = "g" }, { name = "b", path = "/x/b.db",
                fingerprint = "f", copy = "/copy" } }, found[1].files)
            assert.same({}, runs "/none")
        end)
    end)
end)
