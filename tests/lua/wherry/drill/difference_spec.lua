-- drill/difference.lua: a row that differs in the words of people: its kind, its key, its columns.
local difference = require "wherry.drill.difference"

describe("a difference", function()
    local target = { columns = { { name = "a" }, { name = "b" }, { name = "c" } }, key = { "c", "a" } }

    local function value(class, text)
        return { class = class, text = text }
    end

    it("is named by the target's key, in its order, as the target has it", function()
        local told = difference.of(target, { kind = "different", copies = 1, name = "rowid=3",
            key = { { place = 1, sqlite = value("integer", "1"), pg = value("integer", "1") },
                { place = 3, sqlite = value("text", "x"), pg = value("text", "x") } },
            columns = { { place = 2, sqlite = value("null", ""), pg = value("blob", "00ff"), byte = 7 } } })
        assert.same({ kind = "different", key = "c='x', a=1", row = "rowid=3", columns = { { column = "b",
            source = value("null", ""), target = value("blob", "00ff"), byte = 7 } } }, told)
    end)

    it("of a row on one side alone has its key, without the columns", function()
        local told = difference.of(target, { kind = "only_pg", copies = 1, key = { { place = 1,
            pg = value("blob", "00") }, { place = 3, pg = value("null", "") } },
            columns = { { place = 2, pg = value("real", "1.5") } } })
        assert.same({ kind = "extra", key = "c=NULL, a=x'00'", columns = {} }, told)
    end)

    it("without a key has the first columns", function()
        local columns, found = {}, {}
        for i = 1, 15 do
            columns[i], found[i] = { name = "c" .. i }, { place = i, sqlite = value("integer", tostring(i)) }
        end
        local told = difference.of({ columns = columns, key = {} }, { kind = "only_sqlite", copies = 3, key = {},
            columns = found })
        assert.same({ "missing", 3, 10 }, { told.kind, told.copies, #told.columns })
        assert.is_nil(told.key)
        assert.same({ column = "c10", source = value("integer", "10") }, told.columns[10])
    end)

    it("of the way back has PostgreSQL for its source", function()
        local found = { kind = "only_sqlite", copies = 1, key = {}, columns = {} }
        assert.equal("extra", difference.of(target, found, true).kind)
        found = { kind = "different", copies = 1, key = {}, columns = { { place = 1, sqlite = value("text", "file"),
            pg = value("text", "server") } } }
        local column = difference.of(target, found, true).columns[1]
        assert.same({ "server", "file" }, { column.source.text, column.target.text })
    end)
end)
