-- The model that is created: what the plan leaves out is gone, what it renames is renamed, nothing vanishes silently.
local derive = require "wherry.resolve.derive"
local models = require "tests.support.models"
local Outcome = require "wherry.resolve.outcome"
local selection = require "wherry.resolve.selection"
local w = require "wherry"

local function derived_of(fields, source)
    fields.from = w.sqlite "a.db"
    local outcome = Outcome.new()
    local selected, virtuals = selection.choose(w.plan(fields), source, outcome)
    local derived = derive.model(source, selected, virtuals, outcome)
    local findings, objects = outcome:sorted()
    return derived, models.receipts(objects), models.codes(findings), outcome
end

local function source()
    return models.source({
        { name = "parents", columns = { "id", "code" }, rowid_alias = "id", primary_key = { columns = { "id" } },
            uniques = { { columns = { "code" } } } },
        { name = "children", columns = { "id", "parent", "code", "note" }, rowid_alias = "id",
            primary_key = { columns = { "id" } },
            foreign_keys = { models.key(nil, "parent", "parents"),
                models.key("by_code", "code", "parents", { parent_columns = { "code" } }) },
            indexes = { { name = "by_note", unique = false, columns = { { name = "note" }, { name = "code" } } },
                { name = "lower_note", unique = false, expression = true, columns = { { desc = false } } } } },
    }, { sequences = { parents = 7 }, views = { { name = "v" } },
        triggers = { { name = "tr", table = "children" }, { name = "tp", table = "parents" } } })
end

describe("derive", function()
    it("is the source's own schema where the plan says nothing", function()
        local derived, receipts, codes = derived_of({}, source())
        local made = derived.model
        assert.same({}, receipts)
        assert.same({}, codes)
        assert.same({ "parents", "children" }, { made.tables[1].name, made.tables[2].name })
        assert.equal(2, #made.tables[2].foreign_keys)
        assert.equal(2, #made.tables[2].indexes)
        assert.equal(7, made.sequences.parents)
        assert.equal(2, #made.triggers)
    end)

    it("leaves the source's model as it is", function()
        local given, again = source(), source()
        derived_of({ tables = { parents = { into = "p", columns = { key = "id" }, skip = { code = "x" } } } }, given)
        assert.same(again, given)
    end)

    it("renames tables and columns in keys, indexes and references, and remembers where they come from", function()
        local derived, receipts = derived_of({ tables = {
            parents = { into = "parent", columns = { key = "id" } },
            children = { columns = { remark = "note", parent_id = "parent" } },
        } }, source())
        local parent, child = derived.model.tables[1], derived.model.tables[2]
        assert.same({}, receipts)
        assert.same({ "parent", "key", { "key" } }, { parent.name, parent.rowid_alias, parent.primary_key.columns })
        assert.equal("parents", derived.tables.parent.name)
        assert.same({ "parents", { id = "key", code = "code" } }, { parent.original_name, parent.original })
        assert.same({ id = "id", parent = "parent_id", code = "code", note = "remark" }, child.original)
        assert.same({ key = "id", code = "code" }, derived.columns.parent)
        assert.same({ { "parent_id" }, "parent", { "key" } }, { child.foreign_keys[1].columns,
            child.foreign_keys[1].parent, child.foreign_keys[1].parent_columns })
        assert.equal("remark", child.indexes[1].columns[1].name)
        assert.equal(7, derived.model.sequences.parent)
        assert.equal("parent", derived.model.triggers[2].table)
    end)

    it("gives a receipt for everything that a left-out column takes with it", function()
        local derived, receipts = derived_of({ tables = {
            parents = { skip = { code = "old" } }, children = { skip = { note = "private", id = "new ids" } },
        } }, source())
        assert.same({
            "column children.id: not_carried, new ids",
            "column children.note: not_carried, private",
            "foreign key by_code: not_carried, the column code of parents is left out",
            "index by_note: not_carried, its column note is left out",
            "primary key children(id): not_carried, its column id is left out",
            "column parents.code: not_carried, old",
            "unique parents(code): not_carried, its column code is left out",
        }, receipts)
        local child = derived.model.tables[2]
        assert.is_nil(child.rowid_alias)
        assert.is_nil(child.primary_key)
        assert.same({ "lower_note" }, { child.indexes[1].name })
        assert.same({ parent = "parent", code = "code" }, child.original)
    end)

    it("gives a receipt for a reference to a table that is left out", function()
        local derived, receipts = derived_of({ skip = { "parents" } }, source())
        assert.same({
            "foreign key by_code: not_carried, its parent table parents is left out",
            "foreign key children(parent): not_carried, its parent table parents is left out",
            "table parents: not_carried, left out by skip: parents",
        }, receipts)
        assert.equal(1, #derived.model.tables)
        assert.same({ "tr" }, { derived.model.triggers[1].name, derived.model.triggers[2] })
    end)

    it("carries one column to two, keys follow the first", function()
        local derived = derived_of({ tables = { parents = { columns = { code = "code", copy = "code" } } } }, source())
        local t = derived.model.tables[1]
        assert.same({ "id", "code", "copy" }, { t.columns[1].name, t.columns[2].name, t.columns[3].name })
        assert.same({ "code" }, t.uniques[1].columns)
    end)

    it("finds two tables of one name, two columns of one name, a table without columns", function()
        local _, _, codes, outcome = derived_of({ tables = { parents = { into = "children" } } }, source())
        assert.same({ "duplicate_target children" }, codes)
        assert.matches('schema = "existing" and collision = "append" both go there', outcome.findings[1].hint, 1, true)
        _, _, codes, outcome = derived_of({ tables = { parents = { columns = { code = "id" } } } }, source())
        assert.same({ "duplicate_target_column parents.code" }, codes)
        assert.matches('leave it out: skip = { code = "reason" }', outcome.findings[1].hint, 1, true)
        _, _, codes = derived_of({ tables = { parents = { skip = { id = "a", code = "b" } } } }, source())
        assert.same({ "no_columns parents" }, codes)
    end)

    it("carries an R-Tree as the table that the model holds for it", function()
        local virtual = { name = "geo", module = "rtree", owns_rows = true, carried_as_table = true, shadows = {} }
        local given = models.source({ { name = "geo", columns = { "id", "x0", "x1" }, module = "rtree" } },
            { virtuals = { virtual } })
        local derived, _, codes = derived_of({ tables = { geo = { into = "boxes" } } }, given)
        assert.same({}, codes)
        assert.same({ "boxes", "boxes" }, { derived.model.tables[1].name, derived.model.virtuals[1].name })
        derived = derived_of({ skip = { "geo" } }, given)
        assert.same({ {}, {} }, { derived.model.tables, derived.model.virtuals })
    end)
end)
