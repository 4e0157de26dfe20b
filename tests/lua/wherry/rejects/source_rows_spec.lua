-- Which source rows rows of the target came from, by real values on both sides.
local core = require "wherry.core"
local process = require "tests.support.process"
local read = require "wherry.resolve.read"
local source_rows = require "wherry.rejects.source_rows"
local Target = require "tests.support.target"

describe("source_rows", function()
    local target, session, place, source
    setup(function() target = Target.start() end)
    teardown(function() target:stop() end)
    before_each(function()
        place = core.sys.temp "wherry-test-"
        session = target:session()
        session:query [[CREATE TABLE public.t (id int, v text, f double precision, j jsonb)]]
    end)
    after_each(function()
        source:close()
        core.sys.remove_tree(place)
    end)

    local TYPES = { id = { 23, "int4" }, v = { 25, "text" }, f = { 701, "float8" }, j = { 3802, "jsonb" } }

    -- The load table of columns of t; `key`: the rowid's column, if it has one.
    local function load_table(names, key)
        local t = { name = "t", columns = {}, rowid_alias = key, rowid_name = "rowid" }
        local columns = {}
        for i, name in ipairs(names) do
            t.columns[i] = { name = name }
            columns[i] = { source = name, target = name, cell = i, codec = true, not_null = false, type = {
                oid = TYPES[name][1], name = TYPES[name][2], typmod = -1, display = TYPES[name][2] } }
        end
        return { source = "t", target_sql = "public.t", columns = columns, read = read.spec(t, names), binary = true,
            copy_sql = "COPY" }
    end

    local function opened(sql)
        process.shell(("sqlite3 %s %s"):format(process.quote(place .. "/a.db"), process.quote(sql)))
        source = core.snapshot.open(place .. "/a.db")
    end

    -- The rows of the target, with what is asked of them.
    local function wanted(tbl, columns)
        local shown = { "ctid::text AS tid" }
        for i, column in ipairs(columns) do
            shown[#shown + 1] = ("%s AS f%d"):format(column.sql, i)
        end
        if source_rows.integer_key(tbl) then
            shown[#shown + 1] = "t.id::text AS id"
        end
        return session:query(("SELECT %s FROM public.t t ORDER BY ctid"):format(table.concat(shown, ", ")))
    end

    local function quoted(name)
        return "t." .. name
    end

    it("finds rows by an integer key that is carried", function()
        opened [[CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT);
            INSERT INTO t VALUES (-9223372036854775808, 'least'), (-3, 'b'), (7, x'00ff'), (8, NULL)]]
        session:query "INSERT INTO public.t VALUES (-3, 'b'), (8, NULL)"
        local tbl = load_table({ "id", "v" }, "id")
        local columns = source_rows.columns(session, tbl, quoted)
        local rows = wanted(tbl, columns)
        assert.is_true(source_rows.find(source, "main", tbl, columns, rows, {}))
        assert.same({ "id=-3", "id=8" }, { rows[1].source.key_text, rows[2].source.key_text })
        assert.equal('{"id":{"class":"integer","text":"8"},"v":{"class":"null"}}', rows[2].source.row)
        assert.is_true(rows[1].order < rows[2].order)
        rows = { { id = "-9223372036854775808" } }
        assert.is_true(source_rows.find(source, "main", tbl, columns, rows, {}))
        assert.equal('"least"', rows[1].source.row:match '"text":("least")')
    end)

    it("finds rows by their content where the key is not carried, the last ones of those that look alike", function()
        opened [[CREATE TABLE t(v TEXT, f REAL, j TEXT);
            INSERT INTO t VALUES ('a', 0.1, '1'), ('a', 0.1, '2'), ('a', 0.1, '3'), (NULL, 2, '4'), ('', 2, '5'),
                (x'ff', 3, '6')]]
        session:query "INSERT INTO public.t (v, f, j) VALUES ('a', 0.1, '2'), ('a', 0.1, '3'), ('', 2, '5')"
        local tbl = load_table { "v", "f", "j" }
        local columns = source_rows.columns(session, tbl, quoted)
        assert.equal(2, #columns) -- jsonb is sent in another form
        local rows = wanted(tbl, columns)
        assert.is_true(source_rows.find(source, "main", tbl, columns, rows, {}))
        assert.same({ "rowid=2", "rowid=3", "rowid=5" },
            { rows[1].source.key_text, rows[2].source.key_text, rows[3].source.key_text })
        -- the third is no row of the target
        assert.is_true(source_rows.find(source, "main", tbl, columns, rows, { [rows[2].source.key] = true }))
        assert.same({ "rowid=1", "rowid=2" }, { rows[1].source.key_text, rows[2].source.key_text })
    end)

    it("says when a row has none", function()
        opened "CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'a'), (2, 'b')"
        session:query "INSERT INTO public.t VALUES (1, 'a'), (3, 'c')"
        local tbl = load_table({ "id", "v" }, "id")
        local columns = source_rows.columns(session, tbl, quoted)
        assert.is_false(source_rows.find(source, "main", tbl, columns, wanted(tbl, columns), {}))
    end)
end)
