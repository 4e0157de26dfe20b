-- What a run says of rejects, and the file that it writes them into.
local cjson = require "cjson"
local core = require "wherry.core"
local journal_of = require "wherry.journal"
local process = require "tests.support.process"
local record = require "wherry.rejects.record"
local result_of = require "wherry.engine.result"
local Target = require "tests.support.target"
local telling = require "wherry.rejects.telling"

describe("the telling of rejects", function()
    local target, session, journal, run, place
    local RESOLVED = Target.resolved { { source = "t" } }
    setup(function() target = Target.start() end)
    teardown(function() target:stop() end)
    before_each(function()
        place = core.sys.temp "wherry-test-"
        session = target:session()
        journal = journal_of.open(session, "wherry")
        run = Target.begin(journal, RESOLVED)
        session:query [[INSERT INTO wherry.reject (run, slice, source, source_table, target, key_text, value, reason,
                row)
            SELECT 1, id, 'main', 't', 'public.t', 'id=' || i, '{"class":"null"}', 'why', '{"id":{"class":"null"}}'
            FROM wherry.slice, generate_series(1, 3) AS i]]
        session:query "UPDATE wherry.reject SET state = 'loaded' WHERE key_text = 'id=2'"
    end)
    after_each(function() core.sys.remove_tree(place) end)

    it("is a finding for each table, and groups", function()
        local result = result_of.new "run"
        telling.finished(result, journal, run, RESOLVED, record.open(journal, run))
        assert.equal(1, #result.findings)
        assert.same({ "rejected", "t", "2 rows were rejected, and kept in the journal" },
            { result.findings[1].code, result.findings[1].table, result.findings[1].reason })
        assert.same({ 1, 2 }, { #result.rejects, result.rejects[1].count })
    end)

    it("writes the open ones into a file, in the place of what was there", function()
        local path = place .. "/r.jsonl"
        process.write(path, "old")
        telling.export(path, journal, run)
        local keys = {}
        for line in process.read(path):gmatch "[^\n]+" do
            keys[#keys + 1] = cjson.decode(line).key
        end
        assert.same({ "id=1", "id=3" }, keys)
        assert.is_nil(process.read(path .. ".part"))
        session:query "DELETE FROM wherry.reject"
        telling.export(path, journal, run)
        assert.equal("", process.read(path))
    end)

    it("says why a file can't be written, as soon as it is known", function()
        local source = place .. "/app.db"
        process.write(source, "")
        process.write(source .. "-wal", "")
        for path, kind in pairs { [source] = "usage", [source .. "-wal"] = "usage", [place] = "usage", [""] = "usage",
            [place .. "/none/r"] = "environment" } do
            assert.equal(kind, Target.fault(telling.check_file, path, core.sys.realpath(source)).kind)
        end
        telling.check_file(place .. "/new", core.sys.realpath(source))
        telling.check_file("new", core.sys.realpath(source))
        assert.equal("environment", Target.fault(telling.export, place .. "/none/r", journal, run).kind)
    end)
end)
