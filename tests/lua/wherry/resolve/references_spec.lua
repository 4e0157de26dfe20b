-- resolve/references: which columns hold keys of which tables.
local models = require "tests.support.models"
local Outcome = require "wherry.resolve.outcome"
local references = require "wherry.resolve.references"

describe("references", function()
    -- Tables as they are carried: { name, columns, foreign_keys =, target_keys =, schema =, says =, .. }, column c of
    -- the source into C of the target.
    local function carried(...)
        local list = {}
        for i, given in ipairs { ... } do
            local source = models.source({ given }).tables[1]
            list[i] = { source = source, entry = { references = given.says }, load = { columns = {} },
                target = not given.alone and { name = given.name, schema = given.schema or "public",
                    foreign_keys = given.target_keys or {} } or nil }
            for j, column in ipairs(source.columns) do
                list[i].load.columns[j] = { source = column.name, target = column.name:upper() }
            end
        end
        return list
    end

    local function told(found)
        local texts = {}
        for i, one in ipairs(found) do
            texts[i] = ("%s.%s %d%s"):format(one.parent.source.name, one.column, one.width,
                one.foreign_key and "" or " said")
        end
        return table.concat(texts, ", ")
    end

    local function of_load(all, one, column)
        return told(all:of_load(one, { source = column, target = column:upper() }))
    end

    it("are foreign keys of the source, of one column and of several", function()
        local list = carried({ name = "p", columns = { "id", "a" } }, { name = "c", columns = { "x", "y" },
            foreign_keys = { models.key("1", "x", "p"), models.key("2", "x", "gone"),
                { columns = { "x", "y" }, parent = "p", parent_columns = { "id", "a" } },
                { columns = { "y" }, parent = "p" }, { columns = { "x", "y" }, parent = "p",
                    parent_columns = { "id" } } } })
        local all = references.of(list, Outcome.new())
        assert.equal("p.id 1, p.id 2, p.id 2", of_load(all, list[2], "x"))
        assert.equal("p.a 2", of_load(all, list[2], "y"))
        assert.equal("p.a 2", told(all:of_source(list[2], "y")))
        assert.equal("", of_load(all, list[1], "id"))
        assert.equal("", told(all:of_source(list[1], "id")))
        assert.equal(list[2].source.foreign_keys[1], all:of_source(list[2], "x")[1].foreign_key)
    end)

    it("are foreign keys of the target, which have the target's names", function()
        local list = carried({ name = "p", columns = { "id" } }, { name = "c", columns = { "x", "y" }, target_keys = {
            { columns = { "X" }, parent = "p", parent_columns = { "ID" } },
            { columns = { "Y", "X" }, parent = "p", parent_schema = "public", parent_columns = { "ID", "ID" } },
            { columns = { "Y" }, parent = "p", parent_schema = "other", parent_columns = { "ID" } },
            { columns = { "Y" }, parent = "gone", parent_columns = { "ID" } },
            { columns = { "Y" }, parent = "p", parent_columns = { "MADE_THERE" } } } },
            { name = "d", columns = { "x" }, alone = true })
        local all = references.of(list, Outcome.new())
        assert.equal("p.id 1, p.id 2", of_load(all, list[2], "x"))
        assert.equal("p.id 2", of_load(all, list[2], "y"))
        assert.equal("p.id 1, p.id 2", told(all:of_source(list[2], "x")))
        assert.equal("p.id 2", told(all:of_target(list[2].target, "Y")))
        assert.equal("", told(all:of_target(list[1].target, "ID")))
        assert.equal("", told(all:of_target(nil, "ID")))
        assert.equal("", of_load(all, list[3], "x"))
    end)

    it("are what the plan says of columns, whose tables may have dots in their names", function()
        local outcome = Outcome.new()
        local list = carried({ name = "p", columns = { "id" }, rowid_alias = "id", says = { "a.b.x", "a.y.z",
            "d..x" } },
            { name = "a", columns = { "y" } }, { name = "a.b", columns = { "x" } },
            { name = "a.y", columns = { "z" } }, { name = "d.", columns = { "x" } })
        local all = references.of(list, outcome)
        assert.same({}, outcome.findings)
        assert.equal("p.id 1 said", of_load(all, list[3], "x"))
        assert.equal("p.id 1 said", of_load(all, list[4], "z"))
        assert.equal("p.id 1 said", of_load(all, list[5], "x"))
        assert.equal("", of_load(all, list[2], "y"))
    end)

    it("find what the plan says of what is not there", function()
        local outcome = Outcome.new()
        references.of(carried({ name = "p", columns = { "id" }, rowid_alias = "id",
            says = { "c.none", "none.x", "c_x" } },
            { name = "c", columns = { "x" }, says = { "p.id" } }), outcome)
        assert.same({ "unknown_column p", "unknown_column p", "unknown_column p", "no_single_key c" },
            models.codes(outcome.findings))
        assert.matches('name "c.none"', outcome.findings[1].reason, 1, true)
        assert.same({ "c.none", "none.x", "c_x", "p.id" }, { outcome.findings[1].key, outcome.findings[2].key,
            outcome.findings[3].key, outcome.findings[4].key })
    end)

    it("go to the key of one column", function()
        assert.equal("id", references.key_of { rowid_alias = "id", primary_key = { columns = { "other" } } })
        assert.equal("k", references.key_of { primary_key = { columns = { "k" } } })
        assert.is_nil(references.key_of { primary_key = { columns = { "a", "b" } } })
        assert.is_nil(references.key_of {})
    end)

    it("are told by table", function()
        local list = carried({ name = "p", columns = { "id" } }, { name = "q", columns = { "id" } },
            { name = "c", columns = { "x" }, foreign_keys = { models.key("1", "x", "p"), models.key("2", "x", "q") },
                target_keys = { { columns = { "X" }, parent = "p", parent_columns = { "ID" } } } })
        local seen = {}
        references.of(list, Outcome.new()):each_to(list[1], function(child, column, reference)
            seen[#seen + 1] = child .. "." .. column .. " " .. reference.column
        end)
        assert.same({ "c.x id", "c.X id" }, seen)
    end)
end)
