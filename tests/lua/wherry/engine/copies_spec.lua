-- Copies as files: where they lie, which of them go. Runs that read them are in tests/e2e/copies_spec.lua.
local copies = require "wherry.engine.copies"
local core = require "wherry.core"
local process = require "tests.support.process"

describe("the copies of sources", function()
    local place, options, said
    before_each(function()
        place, said = core.sys.temp "wherry-test-", {}
        options = { getenv = function(name) return name == "XDG_STATE_HOME" and place or nil end,
            log = function(_, text) said[#said + 1] = text end }
        process.shell(("sqlite3 '%s/my app.db' 'create table t(a); insert into t values (1)'"):format(place))
    end)
    after_each(function() core.sys.remove_tree(place) end)

    -- A journal as the copies see it. kept: the paths that its runs need.
    local function journal(name, kept, version)
        local self = { name = name, version = version or 4, asked = 0, session = { connection = {} } }
        function self.session.connection.describe() return { host = "h", port = "1", dbname = "d" } end
        function self.session.query() return { { id = "77" } } end
        function self.exists() return true end
        function self.query()
            self.asked = self.asked + 1
            local rows = {}
            for i, path in ipairs(kept or {}) do
                rows[i] = { copy = path }
            end
            return rows
        end
        return self
    end

    local function make(of, run)
        return copies.make(place .. "/my app.db", of, run, options)
    end

    local function files()
        return process.shell(("ls %s/wherry/copies"):format(place))
    end

    it("lie in the state directory, for their owner alone, and say when they were taken", function()
        local copy = make(journal "wherry", 3)
        assert.matches("^" .. place:gsub("%p", "%%%0") .. "/wherry/copies/my_app%-%x+%-3%.db$", copy.path)
        assert.equal("600", process.shell("stat -c %a " .. copy.path))
        assert.equal("700", process.shell(("stat -c %%a %s/wherry/copies"):format(place)))
        assert.is_true(math.abs(copy.taken - core.sys.now() // 1000000) < 60)
        local again = copies.of(copy.path)
        assert.same({ copy.path, copy.taken, copy.size }, { again.path, again.taken, again.size })
        assert.equal("1", process.shell(("sqlite3 %s 'select a from t'"):format(copy.path)))
        assert.is_nil(copies.of(copy.path .. "x"))
    end)

    it("go when no run of their journal needs them, half-made ones, too", function()
        local own = journal "wherry"
        local gone, kept, foreign = make(own, 1).path, make(own, 2).path, make(journal "other", 1).path
        process.write(kept .. ".wherry-abcdef", "half")
        process.write(gone .. ".wherry-abcdef-wal", "half")
        process.write(kept .. "-wal", "")
        process.write(place .. "/wherry/copies/notes.txt", "mine")
        copies.sweep(journal("wherry", { kept }), options.getenv, options.log)
        local left = {}
        for name in files():gmatch "[^\n]+" do
            left[name] = true
        end
        local function name(path) return path:match "[^/]*$" end
        assert.same({ [name(kept)] = true, [name(kept) .. "-wal"] = true, [name(foreign)] = true,
            ["notes.txt"] = true }, left)
        assert.equal(3, #said)
        assert.matches("a copy for run 1 that nothing needs any more", table.concat(said, "\n"))
    end)

    it("of a journal that knows of no copies are nobody's", function()
        local old = journal("wherry", {}, 3)
        make(old, 1)
        copies.sweep(old, options.getenv, options.log)
        assert.equal("", files())
        assert.equal(0, old.asked)
    end)

    it("stay where the server does not say which one it is", function()
        local mute = journal "wherry"
        function mute.session.query() error "permission denied" end
        make(mute, 1)
        copies.sweep(mute, options.getenv, options.log)
        assert.matches("^my_app%-unknown%x+%-1%.db$", files())
        make(mute, 1) -- the number of a run that did not begin is given again
    end)

    it("have another place where their own can't be made", function()
        process.shell(("touch %s/wherry"):format(place))
        local ok, fault = pcall(make, journal "wherry", 3)
        assert.is_false(ok)
        assert.equal("environment", fault.kind)
        assert.is_truthy(fault.message:find(place .. "/wherry", 1, true), fault.message)
        assert.matches("XDG_STATE_HOME names another place", fault.hint)
    end)

    it("need no directory to be looked for", function()
        copies.sweep(journal "wherry", options.getenv, options.log)
        assert.is_nil(core.sys.stat(place .. "/wherry"))
    end)
end)
