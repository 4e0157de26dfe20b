-- src and dst of the shell: what they are, which of them may be written, when they are opened.
local databases = require "wherry.shell.databases"
local fault_of = require "tests.support.refusal"
local process = require "tests.support.process"

local CORE = { sys = { stat = function() end, realpath = function(path) return path end } }

local function find(source, target, options)
    options = options or {}
    return databases.find({ source = source, target = target, write = options.write or false, log = function() end,
        getenv = function(name) return (options.env or {})[name] end }, CORE)
end

describe("the databases of the shell", function()
    it("are named, and not opened", function()
        local found = find("app.db", "postgresql://me@h/db")
        assert.same({ "src", "dst" }, found.names)
        assert.same({ "sqlite", "app.db", false }, { found.known.src.kind, found.known.src.label,
            found.known.src.write })
        assert.same({ "pg", "postgresql://me@h/db", false }, { found.known.dst.kind, found.known.dst.label,
            found.known.dst.write })
        assert.same({}, found.opened)
    end)

    it("let dst alone be written", function()
        local found = find("postgresql://me@h/db", "back.db", { write = true })
        assert.same({ "pg", false, "sqlite", true }, { found.known.src.kind, found.known.src.write,
            found.known.dst.kind, found.known.dst.write })
    end)

    it("take the environment's target, and none beside a source that is PostgreSQL", function()
        local env = { DATABASE_URL = "postgresql://me:secret@h/db" }
        assert.equal("postgresql://me:****@h/db", find("app.db", nil, { env = env }).known.dst.label)
        assert.is_nil(find("postgresql://me@h/other", nil, { env = env }).known.dst)
        assert.same({ "dst" }, find(nil, nil, { env = env }).names)
        assert.same({}, find().names)
    end)

    it("take the ends of a script", function()
        local path = process.directory "shell" .. "/m.lua"
        process.write(path, [[local w = require "wherry"
            return w.plan { from = w.sqlite "app.db", to = w.pg "postgresql://me@h/db" }]])
        local found = find(path)
        assert.equal(path:gsub("m%.lua$", "app.db"), found.known.src.label)
        assert.equal("postgresql://me@h/db", found.known.dst.label)
        assert.equal("postgresql://me@h/other", find(path, "postgresql://me@h/other").known.dst.label)
        process.write(path, [[local w = require "wherry"
            return w.plan { from = { b = w.sqlite "b.db", a = w.sqlite "a.db" } }]])
        assert.same({ "src.a", "src.b" }, find(path).names)
    end)

    it("refuse what is neither, and say what is missing when it is asked for", function()
        assert.equal("usage", fault_of(find, "app.db", "nonsense").kind)
        local found = find "app.db"
        assert.equal("usage", fault_of(found.open, found, "dst").kind)
        local none = find()
        assert.equal("there is no src", fault_of(none.value, none, "src").message)
    end)

    it("are opened once, anew where the connection is gone, and let go when nothing is read", function()
        local found, count = find "app.db", 0
        found.known.src.open = function()
            count = count + 1
            return { connection = true, close = function(self) self.connection = nil end }
        end
        local first = found:open "src"
        assert.equal(first, found:open "src")
        first.connection = nil
        assert.not_equal(first, found:open "src")
        assert.equal(2, count)
        found:rest()
        assert.same({}, found.opened)
        found.known.src.write = true
        found:open "src"
        found:rest()
        assert.is_truthy(found.opened.src)
        found:close()
        assert.same({}, found.opened)
    end)
end)
