-- Which target and journal the commands about runs take; for a look no server is started, and nothing made.
local opened = require "wherry.status.opened"
local opening = require "wherry.engine.opening"
local private = require "wherry.target.private"
local result_of = require "wherry.engine.result"
local run_case = require "tests.support.run_case"

describe("opened.all", function()
    local case, conninfo, original
    setup(function()
        case = run_case.start()
        conninfo = case.target:database()
        original = private.new
    end)
    teardown(function() case:stop() end)
    after_each(function() private.new = original end)

    local function open(changes)
        local state = { options = case.options(changes), result = result_of.new "status" }
        local ok, fault = pcall(opened.all, state)
        opening.close(state)
        return ok and state or nil, fault
    end

    ---A private server in the place of the real one.
    local function server(methods)
        local called = {}
        private.new = function()
            return setmetatable({}, { __index = function(_, name)
                return methods[name] and function(...)
                    called[#called + 1] = name
                    return methods[name](...)
                end or private[name]
            end })
        end
        return called
    end

    it("takes the target that is named, by a word or by the environment", function()
        local state = assert(open { target = conninfo })
        assert.same({ "given", "wherry", nil }, { state.target.origin, state.journal.name, state.path })
        assert.matches("^%d+", state.result.target.server_version)
        local names = { DATABASE_URL = conninfo }
        state = assert(open { getenv = function(name) return names[name] end, journal = "other" })
        assert.same({ "DATABASE_URL", "other" }, { state.target.origin, state.journal.name })
    end)

    it("takes the path of a source, the script's of a script, and opens neither", function()
        local file = case.place .. "/no database.db"
        local out = assert(io.open(file, "w"))
        out:write "nothing of the kind"
        out:close()
        assert.equal(file, assert(open { target = conninfo, source = file }).path)
        os.execute(("ln -s '%s' '%s/link.db'"):format(file, case.place))
        assert.equal(file, assert(open { target = conninfo, source = case.place .. "/link.db" }).path)
        assert.equal("/nowhere/x.db", assert(open { target = conninfo, source = "/nowhere/x.db" }).path)
        local script = case.place .. "/script.lua"
        out = assert(io.open(script, "w"))
        out:write(([[local w = require "wherry" return w.plan { from = w.sqlite %q, to = w.pg %q }]]):format(file,
            conninfo))
        out:close()
        local state = assert(open { source = script })
        assert.same({ "script", file }, { state.target.origin, state.path })
    end)

    it("without a word looks at the newest private database, if the server runs", function()
        local started = { conninfo = conninfo }
        local called = server { running = function() return started end,
            newest_database = function() return conninfo:match "dbname=(%S+)" end }
        local state = assert(open { looks = true })
        assert.equal("private server", state.target.origin)
        assert.same({ "running", "newest_database" }, called)
        server { running = function() return nil end }
        local _, fault = open { looks = true }
        assert.same({ "usage", "no target" }, { fault.kind, fault.message })
        -- what changes something wants a name
        called = server { running = function() return started end }
        _, fault = open {}
        assert.equal("no target", fault.message)
        assert.same({}, called)
    end)

    it("finds the private database of a source, and makes none", function()
        local name = conninfo:match "dbname=(%S+)"
        local asked
        local there = { is_there = function() return true end, start = function() return { conninfo = conninfo } end,
            database_of = function(_, _, file, options)
                asked = { file, options.run, options.journal, options.finished }
                return name
            end, database_for = function() error "a database was made" end }
        server(there)
        local state = assert(open { source = "/x/app.db", run = 7 })
        assert.same({ name, nil }, { state.target.database, state.target.discard })
        assert.same({ "/x/app.db", "7", "wherry", true }, asked)
        there.database_of = function() end
        for _, run in ipairs { 7, false } do
            server(there)
            local _, fault = open { source = "/x/app.db", run = run or nil }
            assert.equal("usage", fault.kind)
            assert.matches("holds no run", fault.message)
        end
        local called = server { is_there = function() return false end }
        local _, fault = open { source = "/x/app.db" }
        assert.matches("holds no run of /x/app.db", fault.message, 1, true)
        assert.same({ "is_there" }, called)
    end)
end)
