-- Rows that keep a key from being put in place, as findings.
local journal_of = require "wherry.journal"
local Target = require "tests.support.target"
local unfit = require "wherry.engine.unfit"

describe("unfit", function()
    local target, session, journal
    setup(function() target = Target.start() end)
    teardown(function() target:stop() end)
    before_each(function()
        session = target:session { retry = 0 }
        journal = journal_of.open(session, "wherry")
        session:query 'CREATE TABLE public."a table" (id int, v text, w int)'
        session:query [[INSERT INTO public."a table" VALUES (1, 'x', 1), (2, 'X', 1), (3, 'x', 2), (4, NULL, 3),
            (5, NULL, 3), (6, 'y', 7), (7, 'y', 8)]]
    end)

    local OBJECT = { kind = "unique", name = "one", target = 'public."a table"', source_table = "a table" }

    local function duplicates(key)
        local texts = {}
        for i, finding in ipairs(unfit.duplicates(journal, OBJECT, key, "mend them")) do
            assert.same({ "duplicate", "a table", "mend them" }, { finding.code, finding.table, finding.hint })
            texts[i] = ("%s=%s: %s, %s"):format(finding.column, finding.value, finding.key:match '"id": (%d)',
                finding.reason)
        end
        return texts
    end

    it("tells of the first groups that share a key, and how many rows are too many", function()
        assert.same({ 'v=x: 3, 2 rows of public."a table" have the same v as another one (unique one cannot be made), '
            .. 'here that of {"v": "x", "w": 1, "id": 1}', 'v=y: 7, 2 rows of public."a table" have the same v as '
            .. 'another one (unique one cannot be made), here that of {"v": "y", "w": 7, "id": 6}' },
            duplicates { columns = { "v" }, terms = { "v" } })
    end)

    it("compares as the key does: by an expression, over some rows, NULLs alike", function()
        assert.equal(1, #duplicates { columns = { "v" }, terms = { "lower(v)" }, where = "w = 1" })
        assert.equal(3, #duplicates { columns = { "v" }, terms = { "v" }, nulls_equal = true })
        assert.equal(0, #duplicates { columns = { "id", "v" }, terms = { "id", "v" } })
    end)

    it("tells of no orphans where no foreign key stands", function()
        assert.same({}, unfit.orphans(journal, OBJECT))
    end)
end)
