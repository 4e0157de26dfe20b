-- How the rows of a plan go, as lines of a preview.
local rows = require "wherry.preview.rows"
local value = require "wherry.plan.value"

describe("preview.rows", function()
    local TEXT = { display = "text" }

    local function lines(tbl, mode)
        tbl.source, tbl.target_sql, tbl.binary = "t", "public.t", true
        return rows.lines { mode = mode or "existing", tables = { tbl } }
    end

    it("tells in a line what becomes of a table's rows", function()
        local tbl = { columns = {}, where = " a > 1\n    AND b", on_conflict = "keep", key_target = { "id" },
            merge = { lookup = "t", by = "a,\n lower(b)", keep = "last" },
            hooks = { row = true, maps = {}, emits = { { name = "x" }, { name = "y" } } } }
        assert.same({ "t -> public.t: 0 columns where a > 1 AND b, rows that are equal in a, lower(b) are one "
            .. "(the last stays), each through row, which emits to x, y, rows that are there are kept (by id)" },
            lines(tbl))
        assert.same({ "t -> public.t: 0 columns" }, lines { columns = {}, merge = { lookup = "other" } })
    end)

    it("tells of columns that go through map, also of a table that is created", function()
        local columns = { { source = "a", target = "a", type = TEXT }, { source = "b", target = "b", type = TEXT } }
        assert.same({ "t -> public.t: 2 columns", "    b text <- b, through map" },
            lines({ columns = columns, hooks = { maps = { "b" } } }, "create"))
        assert.equal("    a text <- a", lines({ columns = columns })[2])
    end)

    it("gives a long document a line for each member, and leaves strings alone", function()
        local made = value.fold { first = "a, b {", empty = {}, ["a \"},{\""] = value.sql "x || '\\\\' || '},{'",
            inner = { one = value.json "raw", two = value.constant "," }, last = "z" }
        local column = { source = "doc = w.fold", target = "doc", type = { display = "jsonb" },
            expression = value.text(made), fold = { parts = {} }, on_bad = "reject" }
        assert.same({ "t -> public.t: 1 columns", "    doc jsonb <- w.fold {",
            [[        ["a \"},{\""] = w.sql "x || '\\\\' || '},{'",]], "        empty = {},",
            [[        first = "a, b {",]], "        inner = {", [[            one = w.json "raw",]],
            [[            two = w.constant(",")]], "        },", [[        last = "z"]], "    }, on_bad reject" },
            lines { columns = { column } })
        column.expression = value.text(value.fold { a = "b" })
        assert.equal('    doc jsonb <- w.fold { a = "b" }, on_bad reject', lines({ columns = { column } })[2])
    end)

    it("say once what all columns say of bad values", function()
        local function column(name, bad)
            return { source = name, target = name, type = { display = "text" }, on_bad = bad }
        end
        local function shown(first, second)
            return table.concat(rows.lines { mode = "create", tables = {
                { source = "t", target_sql = "t", binary = true,
                    columns = { column("a", "reject"), column("b", first) } },
                { source = "u", target_sql = "u", binary = true, columns = { column("c", second) } } } }, "\n")
        end
        assert.equal("on_bad of all columns: reject\nt -> t: 2 columns\nu -> u: 1 columns", shown("reject", "reject"))
        assert.equal("t -> t: 2 columns, on_bad of all its columns: reject\nu -> u: 1 columns", shown("reject", nil))
        assert.equal("t -> t: 2 columns\n    a text <- a, on_bad reject\n    b text <- b, on_bad null\n"
            .. "u -> u: 1 columns", shown("null", nil))
    end)
end)
