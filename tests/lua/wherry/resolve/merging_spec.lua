-- resolve/merging: which tables get which lookups by merge and offset, and what can't be.
local failure = require "wherry.failure"
local merging = require "wherry.resolve.merging"
local models = require "tests.support.models"
local Outcome = require "wherry.resolve.outcome"
local value = require "wherry.plan.value"

describe("merging", function()
    local context, list

    -- Tables { name, columns, merge =, offset =, key = { names } }: rows are read by the column id.
    local function decide(...)
        list = {}
        context = { outcome = Outcome.new(), source_reads = function(sql)
            if sql:find "broken" then
                failure.raise("source", "no such column: broken")
            end
            return {}
        end }
        for i, given in ipairs { ... } do
            local source = models.source({ given }).tables[1]
            list[i] = { source = source, entry = { merge = given.merge, offset = given.offset },
                target = { name = given.name, schema = "public", foreign_keys = {} },
                load = { columns = {}, where = given.where, sequences = {}, read = { key_sql = given.key_sql
                    or given.key_sql == nil and { '"id"' } or nil, key_names = given.key or { "id" } } } }
            for j, column in ipairs(source.columns) do
                list[i].load.columns[j] = { source = column.name, target = column.name }
            end
        end
        merging.decide(context, list)
        return context.lookups
    end

    local function names_of(lookups)
        local texts = {}
        for i, one in ipairs(lookups) do
            texts[i] = one.name
        end
        return table.concat(texts, ", ")
    end
    local BY_N = { by = { "N" }, keep = "first" }

    it("is nothing where nothing is merged or moves", function()
        assert.is_nil(decide({ name = "t" }, { name = "u", offset = 0 }))
        assert.is_nil(list[1].load.merge)
        assert.is_nil(list[2].load.columns[1].remap)
    end)

    it("makes a lookup of the key, which others that refer to it share", function()
        local lookups = decide({ name = "t", columns = { { "id", affinity = "integer" }, "n" }, merge = BY_N },
            { name = "c", columns = { "x" }, foreign_keys = { models.key("1", "x", "t") } })
        assert.equal("merge t.id", names_of(lookups))
        assert.same({ lookup = "merge t.id", by = "n", keep = "first" }, list[1].load.merge)
        assert.same({ lookups = { "merge t.id" } }, list[2].load.columns[1].remap)
        local one = lookups[1]
        assert.same({ "merge", "t", 1, "BINARY", "integer", {} }, { one.kind, one.table, one.keys, one.collation,
            one.affinity, one.kept })
        assert.matches('PARTITION BY "n"', one.sql, 1, true)
        assert.same({ "column n: changed, matched the source column \"n\" without regard to case",
            "column c.x: changed, refers to the rows that stand for merged ones" }, (function(receipts)
                receipts[1] = receipts[1]:gsub("column N", "column n")
                return receipts
            end)(models.receipts(context.outcome.objects)))
    end)

    it("makes one of its own where others refer to another column, or none do", function()
        assert.equal("merge t", names_of(decide { name = "t", columns = { "id", "N" }, merge = BY_N }))
        assert.equal("merge t", list[1].load.merge.lookup)
        local lookups = decide({ name = "t", columns = { "id", "N", { "code", collation = "NOCASE",
            affinity = "text" } }, merge = { by = { "N" }, keep = "last" }, where = "n > 1" },
            { name = "c", columns = { "x", "y" }, foreign_keys = { models.key("1", "x", "t",
                { parent_columns = { "code" } }), models.key("2", "y", "t", { parent_columns = { "code" } }) } })
        assert.equal("merge t, merge t.code", names_of(lookups))
        assert.same({ "blob", "BINARY", "text", "NOCASE" }, { lookups[1].affinity, lookups[1].collation,
            lookups[2].affinity, lookups[2].collation })
        assert.matches("n > 1", lookups[1].sql, 1, true)
        assert.matches('"id" AS "wherry key 1"', lookups[1].sql, 1, true)
        assert.matches("DESC", lookups[1].sql)
        assert.same({ lookups = { "merge t.code" } }, list[2].load.columns[2].remap)
    end)

    it("makes one by the whole key of several columns, and by one that compares otherwise", function()
        local lookups = decide({ name = "t", columns = { "a", "b", "N" }, merge = BY_N, key = { "a", "b" },
            key_sql = { '"a"', '"b"' } }, { name = "c", columns = { "x" }, foreign_keys = { models.key("1", "x", "t",
                { parent_columns = { "a" } }) } })
        assert.equal("merge t, merge t.a", names_of(lookups))
        assert.same({ 2, 1 }, { lookups[1].keys, lookups[2].keys })
        lookups = decide({ name = "t", columns = { { "id", collation = "NOCASE" }, "N" }, merge = BY_N },
            { name = "c", columns = { "x" }, foreign_keys = { models.key("1", "x", "t") } })
        assert.equal("merge t, merge t.id", names_of(lookups))
    end)

    it("has columns that are told in order, and asks the lookups of others", function()
        local lookups = decide({ name = "t", columns = { "id", "N" }, merge = BY_N },
            { name = "u", columns = { "id", "N", "b", "a" },
                merge = { by = { value.sql "n || a", "N" }, keep = "first" },
                foreign_keys = { models.key("1", "a", "t") } },
            { name = "c", columns = { "x", "y" }, foreign_keys = { models.key("1", "x", "u",
                { parent_columns = { "b" } }), models.key("2", "y", "u", { parent_columns = { "a" } }) } })
        assert.equal("merge t.id, merge u, merge u.a, merge u.b", names_of(lookups))
        assert.same({ "merge t.id" }, lookups[2].kept)
        assert.matches('wherry_kept("a", 1)', lookups[2].sql, 1, true)
        assert.equal("n || a, N", list[2].load.merge.by)
    end)

    it("finds what can't be merged", function()
        decide({ name = "t", columns = { "id", "N" }, merge = BY_N, key_sql = false })
        assert.same({ "merge_without_key t" }, models.codes(context.outcome.findings))
        assert.is_nil(list[1].load.merge)
        decide({ name = "t", columns = { "id", "N" }, merge = { by = { "none" }, keep = "first" } })
        assert.same({ "unknown_column t.none" }, models.codes(context.outcome.findings))
        assert.same({}, context.lookups)
        decide({ name = "t", columns = { "id", "N" }, merge = { by = { value.sql "broken" }, keep = "first" } })
        assert.same({ "bad_expression t" }, models.codes(context.outcome.findings))
        assert.equal("broken", context.outcome.findings[1].key)
        decide({ name = "t", columns = { "id", "N" }, merge = BY_N }, { name = "c", columns = { "x", "y" },
            foreign_keys = { { columns = { "x", "y" }, parent = "t", parent_columns = { "id", "N" } } } })
        assert.same({ "merge_composite_key t" }, models.codes(context.outcome.findings))
        assert.matches("c refers to it by a foreign key of several columns (x, y)",
            context.outcome.findings[1].reason, 1, true)
    end)

    it("knows no computed column to merge by", function()
        local t = { name = "t", columns = { "id", { "c", sql = "1" } }, merge = { by = { "c" }, keep = "first" } }
        decide(t)
        assert.same({ "unknown_column t.c" }, models.codes(context.outcome.findings))
    end)

    it("moves integer keys, and no others", function()
        decide({ name = "t", columns = { "id" }, rowid_alias = "id", offset = 100 },
            { name = "u", columns = { { "k", affinity = "integer" } }, primary_key = { columns = { "k" } },
                offset = 5 },
            { name = "v", columns = { { "k", affinity = "numeric" } }, primary_key = { columns = { "k" } },
                offset = 6 })
        assert.same({}, context.outcome.findings)
        assert.same({ "100", "5", "6" }, { list[1].load.columns[1].remap.offset, list[2].load.columns[1].remap.offset,
            list[3].load.columns[1].remap.offset })
        decide({ name = "t", columns = { { "k", affinity = "text" } }, primary_key = { columns = { "k" } },
                offset = 1 },
            { name = "u", offset = 1 })
        assert.same({ "offset_without_key t", "offset_without_key u" }, models.codes(context.outcome.findings))
        assert.is_nil(list[1].load.columns[1].remap)
    end)

    it("tells how many rows are merged into how many", function()
        local outcome = Outcome.new()
        local function merged(name, lookup)
            return { source = name, target_sql = name, merge = { lookup = lookup, by = "n", keep = "last" } }
        end
        merging.tell({ outcome = outcome, lookups = { { name = "a", rows = 0, groups = 0 }, { name = "b", rows = 1,
            groups = 1 }, { name = "c", rows = 5000, groups = 2000 }, { name = "d" } } }, { merged("t", "a"),
            merged("u", "b"), merged("v", "c"), merged("w", "d"), merged("x", "none"), { source = "y" } })
        assert.same({ "merge t: changed, no rows are equal in n",
            "merge u: changed, 1 row is merged into 1, equal in n; the last of them stays",
            "merge v: changed, 5,000 rows are merged into 2,000, equal in n; the last of them stays" },
            models.receipts(outcome.objects))
    end)
end)
