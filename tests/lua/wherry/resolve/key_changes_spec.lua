-- resolve/key_changes: what replaces the keys in columns, by what they refer to.
local key_changes = require "wherry.resolve.key_changes"
local models = require "tests.support.models"
local Outcome = require "wherry.resolve.outcome"
local references = require "wherry.resolve.references"

describe("changes of keys", function()
    local self, list, outcome

    -- Tables { name, columns, foreign_keys = }, each column loaded under its own name.
    local function begin(...)
        list, outcome = {}, Outcome.new()
        for i, given in ipairs { ... } do
            local source = models.source({ given }).tables[1]
            list[i] = { source = source, entry = {}, load = { columns = {}, sequences = given.sequences },
                target = { name = given.name, schema = "public", foreign_keys = given.target_keys or {} } }
            for j, column in ipairs(source.columns) do
                list[i].load.columns[j] = { source = column.name, target = column.name }
            end
        end
        self = { context = { outcome = outcome }, references = references.of(list, outcome), maps = {}, offsets = {} }
    end

    local function remaps(carried)
        key_changes.apply(self, carried)
        local texts = {}
        for i, column in ipairs(carried.load.columns) do
            texts[i] = ("%s%s%s"):format(column.target, column.remap and column.remap.lookups
                and " by " .. table.concat(column.remap.lookups, ",") or "",
                column.remap and column.remap.offset and " + " .. column.remap.offset or "")
        end
        return table.concat(texts, "; ")
    end

    it("are those of what a column refers to, and of what that refers to", function()
        begin({ name = "a" }, { name = "b", foreign_keys = { models.key("1", "id", "a") } },
            { name = "c", columns = { "x", "y" }, foreign_keys = { models.key("2", "x", "b") } })
        self.maps[list[1]], self.maps[list[2]] = { id = "A" }, { id = "B", other = "O" }
        assert.equal("x by B,A; y", remaps(list[3]))
        assert.equal("id by A", remaps(list[2]))
        assert.equal("id", remaps(list[1]))
        assert.same({ "column c.x: changed, refers to the rows that stand for merged ones",
            "column b.id: changed, refers to the rows that stand for merged ones" }, models.receipts(outcome.objects))
    end)

    it("end where references go round, and are none by keys of several columns", function()
        begin({ name = "a", foreign_keys = { models.key("1", "id", "b") } },
            { name = "b", foreign_keys = { models.key("2", "id", "a") } },
            { name = "c", columns = { "x", "y" }, foreign_keys = { { columns = { "x", "y" }, parent = "a",
                parent_columns = { "id", "id" } } } })
        self.maps[list[1]], self.maps[list[2]] = { id = "A" }, { id = "B" }
        assert.equal("id by B,A", remaps(list[1]))
        assert.equal("x; y", remaps(list[3]))
    end)

    it("move a key, its sequence and all that refers to it, also by several columns", function()
        begin({ name = "a", columns = { "id", "z" }, sequences = { { column = "id", source_seq = "41" },
                { column = "z", source_seq = "5" }, { column = "id" } } },
            { name = "c", columns = { "x", "y" }, foreign_keys = { models.key("1", "x", "a"),
                { columns = { "y", "x" }, parent = "a", parent_columns = { "id", "z" } } } })
        self.offsets[list[1]] = { column = "id", by = 1000 }
        assert.equal("id + 1000; z", remaps(list[1]))
        assert.same({ "1041", "5" }, { list[1].load.sequences[1].source_seq, list[1].load.sequences[2].source_seq })
        assert.equal("x + 1000; y + 1000", remaps(list[2]))
        assert.equal("column c.x: changed, its keys move by 1000", models.receipts(outcome.objects)[2])
    end)

    it("are both, and are told so", function()
        begin({ name = "a" }, { name = "c", columns = { "x" }, foreign_keys = { models.key("1", "x", "a") } })
        self.maps[list[1]], self.offsets[list[1]] = { id = "A" }, { column = "id", by = -7 }
        assert.equal("x by A + -7", remaps(list[2]))
        assert.same({ "column c.x: changed, refers to the rows that stand for merged ones; its keys move by -7" },
            models.receipts(outcome.objects))
    end)

    it("find offsets that differ", function()
        begin({ name = "a" }, { name = "b" }, { name = "c", columns = { "x" },
            foreign_keys = { models.key("1", "x", "a"), models.key("2", "x", "b") } })
        self.offsets[list[1]], self.offsets[list[2]] = { column = "id", by = 5 }, { column = "id", by = 5 }
        remaps(list[3])
        assert.same({}, outcome.findings)
        self.offsets[list[2]].by = 6
        remaps(list[3])
        assert.same({ "offsets_differ c" }, models.codes(outcome.findings))
        assert.matches("its column x would move by 5 and by 6", outcome.findings[1].reason)
    end)

    it("are written as SQL, in which each lookup has one number", function()
        begin({ name = "a" }, { name = "b", foreign_keys = { models.key("1", "id", "a") } },
            { name = "c", columns = { "x", "y", "z" }, foreign_keys = { models.key("2", "x", "b"),
                models.key("3", "y", "a") } })
        self.maps[list[1]], self.maps[list[2]] = { id = "A" }, { id = "B" }
        local numbers = {}
        assert.equal('wherry_kept("x", 1, 2)', key_changes.sql(self, list[3], "x", numbers))
        assert.equal('wherry_kept("y", 2)', key_changes.sql(self, list[3], "y", numbers))
        assert.is_nil(key_changes.sql(self, list[3], "z", numbers))
        assert.same({ "B", "A", B = 1, A = 2 }, numbers)
    end)

    it("reach rows that are emitted, by what the target says of their columns", function()
        begin({ name = "a" }, { name = "c", columns = { "x" } })
        self.maps[list[1]], self.offsets[list[1]] = { id = "A" }, { column = "id", by = 3 }
        list[2].emits = { { name = "tag", schema = "public", foreign_keys = { models.key("1", "ref", "a") } } }
        assert.equal("x", remaps(list[2]))
        list[2].load.hooks = {}
        assert.equal("x", remaps(list[2]))
        local columns = { { source = "ref", target = "ref" }, { source = "n", target = "n" } }
        list[2].load.hooks.emits = { { name = "tag", columns = columns } }
        remaps(list[2])
        assert.same({ { lookups = { "A" }, offset = "3" } }, { columns[1].remap, columns[2].remap })
        assert.matches("^column tag.ref: changed", models.receipts(outcome.objects)[1])
    end)
end)
