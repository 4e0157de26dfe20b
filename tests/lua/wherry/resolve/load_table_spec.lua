-- A table of the resolved plan.
local load_table = require "wherry.resolve.load_table"
local models = require "tests.support.models"
local Outcome = require "wherry.resolve.outcome"

local INT8 = { oid = 20, name = "int8", typmod = -1, display = "bigint" }
local TSQUERY = { oid = 3615, name = "tsquery", typmod = -1, display = "tsquery" }

local function has_codec(type)
    return type.oid == 20
end

local function build(columns, where, fields)
    fields = fields or {}
    fields.name, fields.columns = "t", { "id", { "q", declared = "VARCHAR(9)", affinity = "text",
        collation = "NOCASE" } }
    local source = models.source({ fields }, { sequences = { t = 9007199254740993 } })
    local outcome = Outcome.new()
    local entry = load_table.new(source.tables[1], { schema = "app", name = "Order" }, columns, where, has_codec,
        outcome)
    return entry, outcome, source
end

describe("load_table", function()
    it("copies in binary when every type has a codec", function()
        local entry, outcome = build { { source = "id", target = "select", type = INT8, not_null = true } }
        assert.equal('app."Order"', entry.target_sql)
        assert.equal('COPY app."Order" ("select") FROM STDIN (FORMAT binary)', entry.copy_sql)
        assert.is_true(entry.binary)
        assert.same({ source = "id", target = "select", cell = 1, type = INT8, not_null = true, codec = true,
            declared = "" }, entry.columns[1])
        assert.same({}, outcome.objects)
        assert.is_nil(entry.excluded_sql)
        assert.equal('SELECT count(*) AS n FROM "t" NOT INDEXED', entry.count_sql)
    end)

    it("copies the whole table as text when one type has none, with a receipt", function()
        local entry, outcome = build {
            { source = "id", target = "id", type = INT8 }, { source = "q", target = "search", type = TSQUERY },
        }
        assert.equal('COPY app."Order" (id, search) FROM STDIN', entry.copy_sql)
        assert.is_false(entry.binary)
        assert.same({ true, false }, { entry.columns[1].codec, entry.columns[2].codec })
        assert.same({ "table t: exact, text COPY: no binary codec for search (tsquery)" },
            models.receipts(outcome.objects))
    end)

    it("keeps how the source declares a column, for the way back", function()
        local column = build({ { source = "q", target = "other", type = INT8 } }).columns[1]
        assert.same({ "VARCHAR(9)", "text", "NOCASE" }, { column.declared, column.affinity, column.collation })
    end)

    it("knows which columns have a form to come back in", function()
        for _, column in ipairs { {}, { expression = 'w.json "a"', fold = { whole = true } } } do
            assert.is_true(load_table.comes_back(column))
        end
        for _, column in ipairs { { lookup = { name = "l" } }, { expression = "a + 1" }, { expression = "w.fold",
            fold = {} }, { expression = "w.json(w.sql \"a\")", fold = { whole = true, computed = true } } } do
            assert.is_false(load_table.comes_back(column))
        end
    end)

    it("reads and counts with the condition", function()
        local entry = build({ { source = "q", target = "q", type = INT8 } }, "q > 5")
        assert.matches("WHERE +(q > 5\n)", entry.read.sql_first, 1, true)
        assert.matches("(q > 5\n) IS NOT TRUE", entry.excluded_sql, 1, true)
        assert.equal("q > 5", entry.where)
    end)

    it("takes the source's sequence only for the column that the rowid fills", function()
        local columns = { { source = "id", target = "a", type = INT8 }, { source = "q", target = "b", type = INT8 } }
        local entry, _, source = build(columns, nil, { rowid_alias = "id" })
        load_table.add_sequence(entry, source.tables[1], source, "a", "app.a_seq")
        load_table.add_sequence(entry, source.tables[1], source, "b", nil)
        assert.same({ { column = "a", sequence = "app.a_seq", source_seq = "9007199254740993" }, { column = "b" } },
            entry.sequences)
    end)

    it("takes no condition that SQLite does not take", function()
        local outcome = Outcome.new()
        local t = models.source({ { name = "t" } }).tables[1]
        local where = load_table.where(t, { where = "nonsense" }, function()
            error({ kind = "source", message = "no such column: nonsense" })
        end, outcome)
        assert.is_nil(where)
        assert.equal("bad_where", outcome.findings[1].code)
        assert.is_nil(load_table.where(t, {}, error, outcome))
    end)
end)
