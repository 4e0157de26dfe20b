-- resolve/read_cells: which cells of a row are read, and where each stands.
local read_cells = require "wherry.resolve.read_cells"

describe("the cells of a row", function()
    local function carried(...)
        local list = {}
        for i, name in ipairs { ... } do
            list[i] = { name = name, sql = '"' .. name .. '"' }
        end
        return list
    end
    local KEY = { { name = "id", sql = "id" } }

    local function model(fields, ...)
        local t = { name = "t", columns = {} }
        for i, name in ipairs { ... } do
            t.columns[i] = { name = name }
        end
        for key, value in pairs(fields) do
            t[key] = value
        end
        return t
    end

    it("are those of columns; a key that is carried is read once", function()
        local found = read_cells.choose(model { rowid_alias = "id" }, carried("id", "v"), KEY, {})
        assert.same({ '"id"', '"v"' }, found.cells)
        assert.same({ { 1 }, { "id" } }, { found.key_columns, found.key_names })
        assert.is_nil(found.more_names)
        assert.is_nil(found.label_columns)
        assert.is_nil(found.old_names)
        found = read_cells.choose(model { rowid_alias = "id" }, carried "v", KEY, {})
        assert.same({ '"v"', "id" }, found.cells)
        assert.same({ 2 }, found.key_columns)
        assert.is_nil(found.more_names)
    end)

    it("name a row by its primary key where it is read by the rowid", function()
        local rowid = { { name = "rowid", sql = "rowid" } }
        local t = { primary_key = { columns = { "b", "a" } } }
        local found = read_cells.choose(model(t), carried("a", "b"), rowid, {})
        assert.same({ '"a"', '"b"', "rowid" }, found.cells)
        assert.same({ 2, 1, 3 }, found.label_columns)
        assert.same({ "b", "a", "rowid" }, found.label_names)
        assert.is_nil(read_cells.choose(model(t), carried "a", rowid, {}).label_columns)
        assert.is_nil(read_cells.choose(model(t), carried("a", "b"), {}, {}).label_columns)
        for _, other in ipairs { { without_rowid = true }, { rowid_alias = "a" } } do
            other.primary_key = t.primary_key
            assert.is_nil(read_cells.choose(model(other), carried("a", "b"), rowid, {}).label_columns)
        end
        local many = {}
        for i = 1, 16 do
            many[i] = "k" .. i
        end
        assert.is_nil(read_cells.choose(model { primary_key = { columns = many } }, carried(table.unpack(many)),
            rowid, {}).label_columns)
        many[16] = nil
        assert.equal(16, #read_cells.choose(model { primary_key = { columns = many } }, carried(table.unpack(many)),
            rowid, {}).label_columns)
    end)

    it("have members of documents behind them, each once", function()
        local found = read_cells.choose(model { rowid_alias = "id" }, carried "v", KEY, {
            { sql = '"x"', source = "x" }, { sql = '"v"', source = "v" }, { sql = '"x"', source = "x" } })
        assert.same({ '"v"', "id", '"x"' }, found.cells)
        assert.equal(3, found.places['"x"'])
        assert.equal(1, found.places['"v"'])
        assert.same({ "x" }, found.more_names)
    end)

    it("are read once more where functions may write over them", function()
        local t = model({ rowid_alias = "id", hooked = { row = true, maps = {} } }, "id", "v", "w")
        t.columns[4] = { name = "computed", sql = "v || w" }
        local found = read_cells.choose(t, carried("id", "v"), KEY, {})
        assert.same({ '"id"', '"v"', "id", '"w"' }, found.cells)
        assert.same({ 3 }, found.key_columns)
        assert.same({ { "id", "v", "w" }, { 1, 2, 4 } }, { found.old_names, found.old_columns })
        assert.same({ "", "w" }, found.more_names)
    end)

    it("show no source columns where there are maps alone", function()
        local found = read_cells.choose(model({ rowid_alias = "id", hooked = { row = false, maps = { "v" } } }, "id",
            "v"), carried("id", "v"), KEY, { { sql = '"v"', source = "v" } })
        assert.is_nil(found.old_names)
        assert.same({ '"id"', '"v"', "id", '"v"' }, found.cells)
        assert.equal(4, found.places['"v"'])
        assert.same({ "", "v" }, found.more_names)
    end)

    it("name a row of functions by cells of its primary key's own", function()
        local found = read_cells.choose(model({ primary_key = { columns = { "a" } }, hooked = { row = false,
            maps = {} } }, "a", "v"), carried "v", { { name = "rowid", sql = "rowid" } }, {})
        assert.same({ '"v"', "rowid", '"a"' }, found.cells)
        assert.same({ { 3, 2 }, { "a", "rowid" } }, { found.label_columns, found.label_names })
        assert.same({ "rowid", "a" }, found.more_names)
    end)
end)
