-- stage/functions: the functions of a table as the core takes them, and the words for what goes wrong in them.
local failure = require "wherry.failure"
local fault_of = require "tests.support.refusal"
local functions = require "wherry.stage.functions"
local hooks = require "wherry.plan.hooks"

describe("the functions of a plan", function()
    local function row() end
    local function trim() end
    local function upper() end
    local PLAN = { columns = { ["*_at"] = { map = trim } }, tables = {
        t = { row = row, columns = { a = { map = upper } } }, ["core.u"] = { row = row, columns = {} } } }

    it("are given by table, maps in the order that is asked for", function()
        local found = functions.of(PLAN, "x.lua")("t", nil, { "made_at", "a" }, true)
        assert.equal(row, found.row)
        assert.same({ trim, upper }, found.maps)
        assert.equal(hooks.drop_metatable, found.drop)
        assert.equal(row, functions.of(PLAN)("core.u", "core", {}, true).row)
        assert.same({ trim }, functions.of(PLAN)("unnamed", nil, { "made_at" }, false).maps)
        assert.is_nil(functions.of(PLAN)("unnamed", nil, {}, false).row)
    end)

    it("have to be there still", function()
        assert.equal("x.lua: there is no row of u any more", fault_of(functions.of(PLAN, "x.lua"), "u", nil, {},
            true).message)
        assert.equal("the plan: there is no map of b any more", fault_of(functions.of(PLAN), "t", nil, { "b" },
            true).message)
    end)

    it("word what is unknown, with what was meant", function()
        local unknown = functions.of(PLAN)("t", nil, {}, true).unknown
        local names = { id = 1, topic = 2, text = 3 }
        assert.matches("^old has no column topik %(.*topic.*%)$", unknown("old", "topik", names))
        assert.equal("new has no column zzzzzz (its columns are id, text, topic)", unknown("new", "zzzzzz", names))
        assert.equal("new has no column 7 (its columns are id, text, topic)", unknown("new", 7, names))
        local many = {}
        for i = 1, 15 do
            many[("c%02d"):format(i)] = i
        end
        assert.matches("c11, c12 and 3 more%)$", unknown("old", "zzzzzz", many))
        many.c13, many.c14, many.c15 = nil, nil, nil
        assert.matches("c11, c12%)$", unknown("old", "zzzzzz", many))
        assert.matches("^emit to tag: emits does not name it %(.*tags.*%)$", unknown("emit", "tag", { tags = 1 }))
        assert.equal("emit to zzzzzz: emits does not name it (it names a, b)", unknown("emit", "zzzzzz",
            { a = 1, b = 2 }))
        assert.matches("%(it names a%)$", unknown("emit", "zzzzzz", { a = 1 }))
        assert.equal("emit to nil: emits does not name it (it names no table)", unknown("emit", nil, {}))
    end)

    it("word what they raise, with the script's line", function()
        local path = os.tmpname()
        local file <close> = io.open(path, "w")
        file:write "local raised = ...\n\nerror(raised, 0)\n"
        file:close()
        local explain = functions.of(PLAN, path)("t", nil, {}, true).explain
        local function told(raised)
            local _, text = xpcall(loadfile(path), explain, raised)
            return text:gsub("^.*/", "")
        end
        local name = path:gsub("^.*/", "")
        assert.equal(name .. ":3: no luck", (told "no luck"))
        assert.equal("other.lua:9: no luck", (told "other.lua:9: no luck"))
        assert.equal(name .. ":3: bad; do it", (told(failure.new("plan", "bad", "do it"))))
        assert.equal(name .. ":3: bad", (told(failure.new("plan", "bad"))))
        assert.equal(name .. ":3: error object: true", (told(true)))
        os.remove(path)
        assert.equal("error object: 7", functions.of(PLAN)("t", nil, {}, true).explain(7))
    end)
end)
