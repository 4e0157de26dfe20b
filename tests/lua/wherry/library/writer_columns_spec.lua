-- The columns that a writer names, against those of the table.
local writer_columns = require "wherry.library.writer_columns"
local fault_of = require "tests.support.refusal"

describe("the columns of a writer", function()
    local t = { columns = { { name = "id", not_null = true }, { name = "Word" }, { name = "word" },
        { name = "twice", generated = true, not_null = true }, { name = "n", not_null = true, has_default = true } } }

    local function chosen(...)
        local names = {}
        for i, column in ipairs(writer_columns.choose(t, "t", { ... })) do
            names[i] = column.name
        end
        return names
    end

    it("come in the writer's order, exactly or without regard to case", function()
        assert.same({ "word", "id", "Word" }, chosen("word", "ID", "Word"))
        local fault = fault_of(chosen, "WORD")
        assert.same({ 't has more than one column "WORD" without regard to case', "write it as it is: Word or word" },
            { fault.message, fault.hint })
        assert.equal("its columns: id, Word, word, twice, n", fault_of(chosen, "unlike").hint)
        assert.equal('column "id" of t is named twice', fault_of(chosen, "id", "Id").message)
        assert.equal("leave it out", fault_of(chosen, "twice").hint)
    end)

    it("leave nothing out that each row needs", function()
        local function fills(column)
            return column.has_default
        end
        writer_columns.check_left_out(t, "t", writer_columns.choose(t, "t", { "id" }), fills)
        local fault = fault_of(writer_columns.check_left_out, t, "t", writer_columns.choose(t, "t", { "word" }), fills)
        assert.same({ 'column "id" of t takes no NULL and has no default', "write it, too", "t", "id" },
            { fault.message, fault.hint, fault.table, fault.column })
    end)
end)
