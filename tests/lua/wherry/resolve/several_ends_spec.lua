-- What resolving asks several files, and what is foreseen of a plan before a run is taken back.
local core = require "wherry.core"
local process = require "tests.support.process"
local resolve = require "wherry.resolve"
local source_set = require "wherry.engine.source_set"
local fault_of = require "tests.support.refusal"
local w = require "wherry"

describe("resolving several sources", function()
    local place, list, infos
    before_each(function()
        place, list, infos = core.sys.temp "wherry-test-", {}, {}
    end)
    after_each(function()
        for _, one in ipairs(list) do
            one.snapshot:close()
        end
        core.sys.remove_tree(place)
    end)

    local function add(name, sql, lenient)
        local path = ("%s/%s.db"):format(place, name)
        process.shell(("sqlite3 %s '%s'"):format(path, sql))
        list[#list + 1] = { name = name, snapshot = core.snapshot.open(path) }
        infos[#infos + 1] = { name = name, path = path, given = w.sqlite(path), lenient = lenient }
        return infos[#infos].given
    end

    local function plan(fields)
        fields.from = {}
        for _, info in ipairs(infos) do
            fields.from[info.name] = info.given
        end
        return w.plan(fields)
    end

    local function foreseen(fields, mode)
        local codes = {}
        for i, finding in ipairs(resolve.foresee(plan(fields), source_set.new(list), mode or "create", infos)) do
            codes[i] = finding.code .. " " .. (finding.table or "")
        end
        return codes
    end

    it("foresees what is wrong with the plan of each, and of all", function()
        add("a", "create table t(v)")
        add("b", "create table t(v); create virtual table f using fts5(x)")
        assert.same({ "virtual_table_owns_rows b.f" }, foreseen {})
        assert.same({}, foreseen { skip = { "b.f" } })
        assert.same({ "unknown_table b.t2", "unknown_table u" }, foreseen { skip = { "f" },
            order = { "b.t2" }, tables = { u = { into = "x" } } })
        assert.matches("indexes = keep", fault_of(foreseen, { indexes = "keep" }).message, 1, true)
        assert.same({}, foreseen({ indexes = "keep", skip = { "f" } }, "existing"))
    end)

    it("foresees nothing of a source that would be left out, unless all would be", function()
        add("a", "create table t(v)", true)
        add("b", "pragma user_version = 7", true)
        assert.same({}, foreseen {})
        local resolved = resolve.run(plan {}, { source = source_set.new(list), files = infos,
            has_codec = function() return true end })
        assert.same({}, resolved.findings)
        assert.same({ "a.t" }, { resolved.tables[1].source, resolved.tables[2] })
        assert.same({ "bad_source", "b", infos[2].path }, { resolved.left_out[1].code, resolved.left_out[1].table,
            resolved.left_out[1].key })
        list[1].snapshot:close()
        table.remove(list, 1)
        table.remove(infos, 1)
        assert.same({ "bad_source " }, foreseen {})
    end)

    it("refuses a source without tables that can't be left out, and names it", function()
        add("a", "create table t(v)")
        add("b", "pragma user_version = 7")
        assert.matches("^source b: the source holds no table", fault_of(foreseen, {}).message)
    end)
end)
