-- What has changed since a run began, in words.
local changes = require "wherry.engine.changes"
local run_case = require "tests.support.run_case"
local core = require "wherry.core"
local Target = require "tests.support.target"

describe("changes", function()
    local place
    setup(function() place = core.sys.temp "wherry-test-" end)
    teardown(function() core.sys.remove_tree(place) end)

    local function signs(path)
        local source <close> = core.snapshot.open(path)
        return changes.source_signs(source, path)
    end

    local function request(fields)
        local given = { path = "/x/app.db", fingerprint = "f", options = {}, signs = { size = 1, written = "1", wal = 0,
            pages = 1, schema = {} }, journal = { has_todo = function() return true end,
            query = function() return {} end, session = { query = function() return { { picture = "{}" } } end } } }
        for name, value in pairs(fields or {}) do
            given[name] = value
        end
        return given
    end

    local function run(fields)
        local found = { id = 3, state = "stopped", fingerprint = "f", plan = Target.resolved {},
            choices = { only = "a", source = { size = 1, written = "1", wal = 0, pages = 1, schema = {} } } }
        for name, value in pairs(fields or {}) do
            found[name] = value
        end
        return found
    end

    it("of a source are told by what can be seen of it", function()
        local path = place .. "/a.db"
        run_case.change(path, [[CREATE TABLE t(a); CREATE TABLE u(a); CREATE INDEX i ON t(a); CREATE TABLE w(a)]])
        local before = signs(path)
        assert.same(before, signs(path))
        run_case.change(path, [[INSERT INTO t SELECT zeroblob(9000); DROP TABLE u; ALTER TABLE w ADD b;
            CREATE VIEW v AS SELECT 1]])
        local list = changes.since(request { fingerprint = "g", path = path, signs = signs(path) },
            run { choices = { source = before } })
        assert.equal(1, #list)
        assert.equal("source", list[1].what)
        assert.is_true(list[1].resolves)
        assert.matches("^the source has changed since run 3 began: .*a%.db %(it has %d+ bytes now, and had %d+; it has "
            .. "%d+ pages now, and had %d+; it has no table u any more; its table w is defined otherwise; it has a new "
            .. "view v; it was written at .* UTC, and then at .* UTC%)$", list[1].text)
    end)

    it("of a source's rows alone leave the plan as it is", function()
        local now = { size = 2, written = "5000000000", wal = 8, pages = 1, schema = {} }
        local list = changes.since(request { fingerprint = "g", signs = now }, run())
        assert.is_falsy(list[1].resolves)
        assert.equal("the source has changed since run 3 began: /x/app.db (it has 2 bytes now, and had 1; its -wal has "
            .. "8 bytes now, and had 0; it was written at 1970-01-01 00:00:00 UTC, and then at "
            .. "1970-01-01 00:00:05 UTC)", list[1].text)
    end)

    it("of a source that a run of an earlier version began with, or that is read from a copy", function()
        local list = changes.since(request { fingerprint = "g" }, run { choices = {} })
        assert.equal("the source has changed since run 3 began: /x/app.db", list[1].text)
        assert.is_true(list[1].resolves)
        assert.same({}, changes.since(request { fingerprint = "g" }, run { copy = "/copy.db" }))
    end)

    it("of the script are told by its hash, and matter as long as something is to be loaded", function()
        local function text(before, now)
            local list = changes.since(request { script_hash = now }, run { script_hash = before })
            return list[1] and list[1].text
        end
        assert.is_nil(text("abc", "abc"))
        assert.equal("the script has changed since run 3 began (its hash is 12345678, and was abcdefab)",
            text("abcdefabcdef", "123456789999"))
        assert.equal("run 3 was begun without a script", text(nil, "1"))
        assert.equal("run 3 was begun by a script", text("1", nil))
        local loaded = request { script_hash = "1" }
        loaded.journal.has_todo = function() return false end
        assert.same({}, changes.since(loaded, run()))
    end)

    it("of the target matter as long as something is to be loaded", function()
        local gone = run { plan = Target.resolved { { source = "t" } } }
        assert.equal("the target has changed since the run began: public.t is gone",
            changes.since(request(), gone)[1].text)
        local loaded = request()
        loaded.journal.has_todo = function() return false end
        assert.same({}, changes.since(loaded, gone))
    end)

    it("of options are those that are given otherwise; all are told at once", function()
        local list = changes.since(request { script_hash = "1", fingerprint = "g",
            options = { only = { "a" }, skip = { "b", "c" }, on_bad = { "null" }, idiomatic = true } }, run())
        local texts = {}
        for index, change in ipairs(list) do
            texts[index] = change.what .. ": " .. change.text
        end
        assert.equal(5, #list)
        assert.same({ "choice: run 3 was begun with another --idiomatic (none)",
            "choice: run 3 was begun with another --on-bad (none)",
            "choice: run 3 was begun with another --skip (none)" }, { texts[3], texts[4], texts[5] })
        assert.same({}, changes.since(request { options = { only = { "a" } } }, run()))
        assert.equal("run 3 was begun with another --no-analyze (none)",
            changes.since(request { options = { analyze = false } }, run())[1].text)
    end)

    it("of a run that is done are those of the source alone", function()
        assert.same({}, changes.since(request { script_hash = "1", options = { skip = { "b" } } },
            run { state = "done" }))
        assert.equal(1, #changes.since(request { fingerprint = "g" }, run { state = "done" }))
    end)
end)
