-- Virtual tables: who owns rows, which tables are shadows.
local fts = require "wherry.schema.fts"
local model = require "wherry.schema.model"

local function recognise(sql, ...)
    local existing = {}
    for _, name in ipairs({ ... }) do
        existing[model.fold(name)] = name
    end
    return fts.recognise("v", "CREATE VIRTUAL TABLE v USING " .. sql, existing)
end

describe("fts.recognise", function()
    it("tells FTS5 with its own text, contentless and external", function()
        local own = recognise("fts5(a, b UNINDEXED, tokenize='porter')")
        assert.same({ true, nil }, { own.owns_rows, own.content })
        for _, form in ipairs({ "content=''", 'content=""', "content = ''", "CONTENT=''" }) do
            local contentless = recognise("FTS5(a, " .. form .. ")")
            assert.is_true(contentless.owns_rows)
            assert.matches("contentless", contentless.reason)
        end
        for _, form in ipairs({ "content='t'", "content=t", 'content = "t"', "content=[t]", "content=`t`" }) do
            local external = recognise("fts5(a, " .. form .. ", content_rowid='id')")
            assert.same({ false, "t" }, { external.owns_rows, external.content })
        end
        assert.is_true(recognise("fts5(content)").owns_rows)
    end)

    it("counts only those shadow tables that the form has and that exist", function()
        local all = { "V_Data", "v_idx", "v_content", "v_docsize", "v_config", "v_stat", "v_other" }
        assert.same({ "V_Data", "v_config", "v_content", "v_docsize", "v_idx" },
            recognise("fts5(a)", table.unpack(all)).shadows)
        assert.same({ "V_Data", "v_config", "v_docsize", "v_idx" },
            recognise("fts5(a, content='v_content')", table.unpack(all)).shadows)
        assert.same({ "V_Data", "v_config", "v_content", "v_idx" },
            recognise("fts5(a, columnsize=0)", table.unpack(all)).shadows)
        assert.same({}, recognise("fts5(a)").shadows)
    end)

    it("knows FTS4 and FTS3", function()
        local all = { "v_content", "v_segments", "v_segdir", "v_docsize", "v_stat" }
        assert.same({ "v_content", "v_docsize", "v_segdir", "v_segments", "v_stat" },
            recognise("fts4(a)", table.unpack(all)).shadows)
        assert.same({ "v_content", "v_segdir", "v_segments", "v_stat" },
            recognise("fts4(a, matchinfo=fts3)", table.unpack(all)).shadows)
        assert.same({ "v_content", "v_segdir", "v_segments" }, recognise("fts3", table.unpack(all)).shadows)
        assert.is_true(recognise("fts4").owns_rows)
        assert.is_false(recognise("fts4(content=t, a)").owns_rows)
        assert.is_true(recognise("fts4(content=\"\", a)").owns_rows)
    end)

    it("knows modules that hold nothing", function()
        for _, sql in ipairs({ "fts5vocab(f, row)", "fts4aux(f)", "dbstat" }) do
            assert.is_false(recognise(sql).owns_rows)
        end
    end)

    it("knows vec0, spellfix1 and geopoly, and fears for the rows of unknown modules", function()
        assert.same({ "v_chunks", "v_rowids", "v_vector_chunks00" },
            recognise("vec0(e float[3])", "v_chunks", "v_rowids", "v_vector_chunks00", "v_x").shadows)
        assert.same({ "v_vocab" }, recognise("spellfix1", "v_vocab").shadows)
        assert.same({ "v_node" }, recognise("geopoly(a)", "v_node").shadows)
        for _, sql in ipairs({ "vec0(e float[3])", "spellfix1", "geopoly(a)", "strange(x)" }) do
            assert.is_true(recognise(sql).owns_rows)
        end
        assert.equal("its module strange is missing", recognise("strange(x)").reason)
        assert.is_true(recognise("'").owns_rows)
    end)

    it("is not misled by the word VIRTUAL elsewhere", function()
        assert.is_true(fts.is_virtual("create  virtual\ntable x using y"))
        assert.is_false(fts.is_virtual("CREATE TABLE virtual(a)"))
        assert.is_false(fts.is_virtual(nil))
    end)
end)

describe("fts.rtree_table", function()
    it("gives an R-Tree the columns of a plain table", function()
        local virtual = recognise('rtree("my id" integer, minX real, [max x], +label TEXT, +"odd ""one" BLOB)')
        assert.is_true(virtual.carried_as_table)
        assert.is_false(virtual.owns_rows)
        local t = fts.rtree_table(virtual)
        local columns = {}
        for i, column in ipairs(t.columns) do
            columns[i] = column.name .. ":" .. column.affinity
        end
        assert.same({ "my id:integer", "minX:real", "max x:real", "label:blob", 'odd "one:blob' }, columns)
        assert.same({ "my id", "my id", "rtree" }, { t.rowid_alias, t.primary_key.columns[1], t.module })
    end)

    it("gives whole numbers to rtree_i32", function()
        local t = fts.rtree_table(recognise("rtree_i32(id,x0,x1)"))
        assert.same({ "integer", "integer" }, { t.columns[2].affinity, t.columns[3].affinity })
    end)
end)
