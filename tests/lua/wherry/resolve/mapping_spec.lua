-- Columns onto the columns of a table that exists: every one is carried, left out with a reason, or a finding.
local mapping = require "wherry.resolve.mapping"
local models = require "tests.support.models"
local Outcome = require "wherry.resolve.outcome"

local function map(columns, target_columns, entry)
    local outcome = Outcome.new()
    local t = models.source({ { name = "t", columns = columns } }).tables[1]
    local target = models.target({ { name = "t", columns = target_columns } }).tables[1]
    local list = {}
    for i, pair in ipairs(mapping.existing(t, target, entry or {}, outcome)) do
        list[i] = pair.source.name .. ">" .. pair.target.name
    end
    local findings, objects = outcome:sorted()
    return list, models.codes(findings), models.receipts(objects), findings
end

describe("mapping", function()
    it("goes by name, in the source's order", function()
        local list, codes, receipts = map({ "b", "a" }, { "a", "b", "other" })
        assert.same({ "b>b", "a>a" }, list)
        assert.same({}, codes)
        assert.same({}, receipts)
    end)

    it("takes a unique match without case with a receipt, and no ambiguous one", function()
        local list, codes, receipts = map({ "Id", "Name" }, { "id", "NAME", "name" })
        assert.same({ "Id>id" }, list)
        assert.same({ "ambiguous_name t.Name" }, codes)
        assert.same({ 'column Id: changed, matched the target column "id" without regard to case' }, receipts)
    end)

    it("finds a source column without target, whose hint shows how to skip it", function()
        local _, codes, _, findings = map({ "id", "extra", "odd name" }, { "id" })
        assert.same({ "no_target_column t.extra", "no_target_column t.odd name" }, codes)
        assert.matches('skip = { extra = "reason" }', findings[1].hint, 1, true)
        assert.matches('skip = { ["odd name"] = "reason" }', findings[2].hint, 1, true)
    end)

    it("renames, also one column to two, and leaves out with a receipt", function()
        local list, codes, receipts = map({ "a", "b", "c" }, { "x", "y", "b" },
            { columns = { x = "a", y = "a" }, skip = { c = "unused" } })
        assert.same({ "a>x", "a>y", "b>b" }, list)
        assert.same({}, codes)
        assert.same({ "column t.c: not_carried, unused" }, receipts)
    end)

    it("does not also carry a renamed column under its own name", function()
        local list, _, receipts = map({ "a" }, { "a", "b" }, { columns = { b = "a" } })
        assert.same({ "a>b" }, list)
        assert.same({ "column t.a: changed, it goes to b alone; the target column a is filled by nothing "
            .. '(columns = { a = "a" } fills it, too)' }, receipts)
        for _, target in ipairs { { "b" }, { "b", { "a", generated = true } }, { "b", { "a", identity = "a" } } } do
            assert.same({}, select(3, map({ "a" }, target, { columns = { b = "a" } })))
        end
        assert.same({}, select(3, map({ "a", "c" }, { "a", "b" }, { columns = { b = "a", a = "c" } })))
    end)

    it("finds unknown names on both sides of a rename, and in skip", function()
        local _, codes, _, findings = map({ "title" }, { "title" },
            { columns = { titel = "title", title = "tilte" }, skip = { legacy = "x" } })
        assert.same({ "unknown_column t.legacy", "unknown_column t.tilte", "unknown_target_column t.titel" }, codes)
        assert.equal('did you mean "title"?', findings[2].hint)
    end)

    it("finds a target column that is filled twice, and a column both carried and left out", function()
        local _, codes = map({ "a", "b" }, { "b" }, { columns = { b = "a" } })
        assert.same({ "duplicate_target_column t.b" }, codes)
        _, codes = map({ "a", "c" }, { "c", "C" }, { columns = { c = "a", C = "c" }, skip = { c = "why" } })
        assert.same({ "conflicting_column t.c" }, codes)
    end)

    it("leaves a generated column to the target's own, and refuses values for one", function()
        local list, codes, receipts = map({ "id", { "g", generated = "stored" }, "h" },
            { "id", { "g", generated = true }, { "h", generated = true } })
        assert.same({ "id>id" }, list)
        assert.same({ "generated_target_column t.h" }, codes)
        assert.same({ "generated column t.g: exact, computed by the target's own generated column g" }, receipts)
    end)

    it("carries a generated column's values into a plain one", function()
        assert.same({ "g>g" }, (map({ { "g", generated = "virtual" } }, { "g" })))
    end)

    it("finds a NOT NULL target column that nothing fills", function()
        local _, codes = map({ "id" }, { "id", { "needed", not_null = true },
            { "given", not_null = true, has_default = true }, { "counted", not_null = true, identity = "a" },
            { "computed", not_null = true, generated = true }, "free" })
        assert.same({ "not_null_unfilled t.needed" }, codes)
    end)
end)
