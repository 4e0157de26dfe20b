-- Which files of several are opened, copied or left out, without a server.
local core = require "wherry.core"
local process = require "tests.support.process"
local reading_several = require "wherry.engine.reading_several"
local fault_of = require "tests.support.refusal"

describe("reading_several", function()
    local place, state, files
    before_each(function()
        place, files = core.sys.temp "wherry-test-", {}
        for i, name in ipairs { "a", "b" } do
            local path = ("%s/%s.db"):format(place, name)
            process.shell(("sqlite3 %s 'pragma journal_mode = wal; create table t(v)'"):format(path))
            files[i] = { name = name, path = path }
        end
    end)
    after_each(function()
        if state and state.source then
            state.source:close()
        end
        state = nil
        core.sys.remove_tree(place)
    end)

    local function begin(mode, options)
        local said = {}
        state = { said = said, options = { source_mode = mode, log = function(_, text) said[#said + 1] = text end,
            check = options and options.check } }
        reading_several.begin(state, files, 1)
        return state
    end

    local function written(path)
        return (core.sys.spawn { "sqlite3", "-cmd", ".timeout 0", path, "insert into t values (1)" }) == 0
    end

    it("opens all, and lets writers go on when all are open", function()
        begin "frozen"
        assert.same({ "a", "b" }, { state.info.files[1].name, state.info.files[2].name })
        assert.equal(files[1].path, state.info.path)
        assert.is_true(state.info.files[2].fenced)
        assert.is_true(written(files[1].path))
    end)

    it("holds the fences that it has while it waits for the next one", function()
        local seen, open = {}, core.snapshot.open
        core.snapshot.open = function(path, options)
            seen[#seen + 1] = { path, options.hold, path == files[2].path and written(files[1].path) }
            return open(path, options)
        end
        local ok, why = pcall(begin, "frozen")
        core.snapshot.open = open
        assert(ok, why)
        assert.same({ { files[1].path, true, false }, { files[2].path, true, false } }, seen)
    end)

    it("opens none where one has to be copied", function()
        assert.is_nil(begin "copy".source)
        assert.equal(2, #state.info.files)
    end)

    it("says which file can't be read, and leaves it out where that is allowed", function()
        process.write(place .. "/b.db", "this is no database, whatever its name is")
        local fault = fault_of(begin, "auto")
        assert.matches("^source b: .*is not a SQLite database", fault.message)
        files[2].lenient = true
        begin "auto"
        assert.equal(1, #state.info.files)
        assert.matches("not a SQLite database", files[2].fault.message)
        files[1].lenient, files[1].path = true, place .. "/none.db"
        files[1].fault, files[2].fault = nil, nil
        assert.matches("^source a: ", fault_of(begin, "auto").message)
    end)

    it("checks files that may be left out, unless that is not wanted", function()
        process.shell(("sqlite3 %s 'pragma journal_mode = delete; create table u(v); "
            .. "with recursive c(i) as (select 1 union all select i + 1 from c where i < 2000) "
            .. "insert into u select i from c; drop table t'"):format(files[2].path))
        process.shell(("dd if=/dev/zero of=%s bs=1 seek=%d count=40 conv=notrunc 2>/dev/null"):format(files[2].path,
            4096 * 2))
        files[2].lenient = true
        begin("auto", { check = false })
        assert.equal(2, #state.info.files)
        state.source:close()
        begin("auto", { check = true })
        assert.equal(1, #state.info.files)
        assert.is_truthy(files[2].fault)
    end)

    it("refuses one file under two names", function()
        process.shell(("ln -s a.db %s/link.db"):format(place))
        files[2].path = place .. "/link.db"
        assert.matches("the sources a and b are the same file", fault_of(begin, "auto").message)
        process.shell(("ln %s/a.db %s/hard.db"):format(place, place))
        files[2].path = place .. "/hard.db"
        assert.matches("same file", fault_of(begin, "auto").message)
    end)

    it("gives scripts a handle of each", function()
        begin "frozen"
        local handles <close> = reading_several.handles(state)
        assert.equal(0, handles.b:value "select count(*) from t")
    end)
end)
