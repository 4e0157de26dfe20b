-- Rows as a table: aligned, cut to the terminal, safe for it.
local grid = require "wherry.shell.grid"
local w = require "wherry"

local function drawn(names, rows, columns)
    local parts, at = {}, 0
    local count = grid.write({ columns = columns, out = function(text) parts[#parts + 1] = text end }, names, function()
        at = at + 1
        return rows[at]
    end)
    return table.concat(parts), count
end

describe("a table of rows", function()
    it("is aligned: numbers to the right, NULL and blobs as SQL has them", function()
        local text, count = drawn({ "id", "name", "data" }, { { 1, "a", w.blob "\0\xff" }, { 10, nil, nil } })
        assert.equal(2, count)
        assert.equal("id | name | data\n---+------+--------\n 1 | a    | x'00ff'\n10 | NULL | NULL\n", text)
    end)

    it("has NULL on the left where there is nothing else", function()
        assert.equal("long\n----\nNULL\n", (drawn({ "long" }, { { nil } })))
        assert.equal("longer | x\n-------+--\nNULL   | 1\n", (drawn({ "longer", "x" }, { { nil, 1 } })))
    end)

    it("has a head without rows", function()
        assert.same({ "a | b\n--+--\n", 0 }, { drawn({ "a", "b" }, {}) })
    end)

    it("counts the columns that letters take", function()
        assert.equal("n    | x\n-----+--\n日本 | a\né\204\129    | b\n", (drawn({ "n", "x" }, { { "日本", "a" },
            { "é\204\129", "b" } })))
    end)

    it("lets nothing steer a terminal", function()
        assert.equal("n\n------------\n\\x1b[2J\\nb\\n\n", (drawn({ "n" }, { { "\27[2J\nb\n" } })))
        assert.matches("\\xff\\xfe", drawn({ "n" }, { { "\xff\xfe" } }), 1, true)
    end)

    it("is narrowed to the terminal, the widest columns first", function()
        local text = drawn({ "id", "text" }, { { 1, ("x"):rep(50) }, { 2, "short" } }, 20)
        for line in text:gmatch "[^\n]+" do
            assert.is_true(utf8.len(line) <= 20, line)
        end
        assert.matches(" 1 | " .. ("x"):rep(14) .. "…", text, 1, true)
    end)

    it("shows a row that is too wide column by column", function()
        assert.equal("id   | 1\ntext | " .. ("x"):rep(12) .. "…\n",
            (drawn({ "id", "text" }, { { 1, ("x"):rep(50) } }, 20)))
    end)

    it("takes any number of rows", function()
        local rows = {}
        for i = 1, 1234 do
            rows[i] = { i }
        end
        local text, count = drawn({ "i" }, rows)
        assert.equal(1234, count)
        assert.equal(1236, select(2, text:gsub("\n", "")))
        assert.equal(1000, (select(2, drawn({ "i" }, { table.unpack(rows, 1, 1000) }))))
    end)
end)
