-- The sources of a plan as values: what may be said of each, and what a pattern's options become for a file.
local ends = require "wherry.plan.ends"
local sources = require "wherry.plan.sources"
local fault_of = require "tests.support.refusal"
local w = require "wherry"

describe("plan.sources", function()
    local function refused(value)
        return fault_of(sources.check, value, "from")
    end

    it("takes one file, several ones by name, or a pattern", function()
        local one, glob = w.sqlite "a.db", w.sqlite.glob "t/*.db"
        assert.equal(one, sources.check(one, "from"))
        assert.equal(glob, sources.check(glob, "from"))
        local named = { core = one, memory = w.sqlite { "m.db", prefix = "m_" } }
        local checked = sources.check(named, "from")
        assert.same({ "m.db", { prefix = "m_" } }, { checked.memory.path, checked.memory.options })
        assert.not_equal(named, checked)
        assert.is_false(sources.is_several(one))
        assert.is_true(sources.is_several(named))
        assert.is_true(sources.is_several(glob))
    end)

    it("refuses names that a table's name could be mistaken for, and what is no file", function()
        for _, name in ipairs { "a.b", "", "main", "ä" } do
            assert.matches("is no name for a source", refused({ [name] = w.sqlite "a" }).message)
        end
        assert.matches("from.core: w.sqlite \"PATH\" is expected", refused({ core = "a.db" }).message, 1, true)
        assert.matches("is expected", refused({}).message)
        assert.matches("is expected", refused("a.db").message)
        assert.matches("prefix is for one of several sources", refused(w.sqlite { "a", prefix = "p" }).message)
    end)

    it("checks what is said of a file", function()
        assert.matches("unknown key", fault_of(w.sqlite, { "a", prefx = "x" }).message)
        assert.matches("takes the path", fault_of(w.sqlite, { prefix = "x" }).message)
        assert.matches("value is missing", fault_of(w.sqlite, { "a", tag = "tenant" }).message)
        assert.matches("unknown key", fault_of(w.sqlite, { "a", tag = { column = "t", value = 1, x = 1 } }).message)
        assert.matches("a text or a number", fault_of(w.sqlite, { "a", tag = { column = "t", value = {} } }).message)
        assert.matches("tag", fault_of(w.sqlite.glob, { "a*", tag = 7 }).message)
        assert.matches("unknown key", fault_of(w.sqlite.glob, { "a*", offset = 7 }).message)
        assert.matches("a pattern of paths", fault_of(w.sqlite.glob, {}).message)
    end)

    it("fills in a file's name where a pattern's options have *", function()
        local function found(options)
            options[1] = "t/*.db"
            return sources.found(w.sqlite.glob(options), "ac%me", "/t/ac$me.db")
        end
        local file = found { schema = "t_*", prefix = "*_*", tag = "tenant" }
        assert.same({ schema = "t_ac%me", prefix = "ac%me_ac%me", tag = { column = "tenant", value = "ac%me" } },
            file.options)
        assert.equal("/t/ac$me.db", ends.path(file, function() error "no variable" end))
        assert.same({ column = "c", value = "<ac%me>" }, found { tag = { column = "c", value = "<*>" } }.options.tag)
        assert.same({ column = "c", value = 7 }, found { tag = { column = "c", value = 7 } }.options.tag)
    end)
end)
