-- wherry.core.rows: the rows of a table, each with its key, its name, its cells as JSON and its fields.
local core = require "wherry.core"
local process = require "tests.support.process"

describe("wherry.core.rows", function()
    local place, source
    before_each(function()
        place = core.sys.temp "wherry-test-"
        process.shell(("sqlite3 %s %s"):format(process.quote(place .. "/a.db"), process.quote [[
            CREATE TABLE t(id INTEGER PRIMARY KEY, v);
            INSERT INTO t VALUES (1, 'one'), (2, NULL), (3, x'00'), (4, 4)]]))
        source = core.snapshot.open(place .. "/a.db")
    end)
    after_each(function()
        source:close()
        core.sys.remove_tree(place)
    end)

    local function options(changes)
        local text = { oid = 25, name = "text", typmod = -1, display = "text" }
        local int = { oid = 23, name = "int4", typmod = -1, display = "integer" }
        local given = { snapshot = source, source = "main", table = { target_sql = "public.t", copy_sql = "COPY",
            binary = true, columns = { { source = "id", target = "id", type = int },
                { source = "v", target = "w", type = text } },
            read = { table = "t", sql_first = "SELECT id, v FROM t ORDER BY id",
                sql_after = "SELECT id, v FROM t WHERE id > ?1 ORDER BY id", columns = 2, key_columns = { 1 },
                key_names = { "id" } } } }
        for name, value in pairs(changes) do
            given[name] = value
        end
        return given
    end

    local function all(changes)
        local rows, calls = {}, 0
        changes.each = changes.each or function(list)
            calls = calls + 1
            table.move(list, 1, #list, #rows + 1, rows)
            return true
        end
        core.rows(options(changes))
        return rows, calls
    end

    it("gives what is known of each row", function()
        local rows = all {}
        assert.equal(4, #rows)
        assert.equal("\1" .. string.pack(">i8", 1), rows[1].key)
        assert.equal("id=1", rows[1].key_text)
        assert.equal('{"id":{"class":"integer","text":"1"},"v":{"class":"text","text":"one"}}', rows[1].row)
        assert.same({ "\0\0\0\4\0\0\0\1", "\0\0\0\3one" }, rows[1].fields)
        assert.equal("\xff\xff\xff\xff", rows[2].fields[2])
        assert.is_false(rows[3].fields[2]) -- a blob fits no text
    end)

    it("goes on behind a key, a few at a time, until it is told to stop", function()
        local rows, calls = all { after = "\1" .. string.pack(">i8", 2), limit = 1 }
        assert.same({ 2, 2, "id=3" }, { #rows, calls, rows[1].key_text })
        local seen = 0
        all { limit = 1, each = function() seen = seen + 1 end }
        assert.equal(1, seen)
    end)

    it("raises what the callback raises, and refuses what is no option", function()
        local fine, raised = pcall(all, { each = function() error({ "mine" }, 0) end })
        assert.is_false(fine)
        assert.same({ "mine" }, raised)
        for _, changes in ipairs { { limit = 0 }, { table = 1 }, { after = "no key" } } do
            assert.is_false((pcall(all, changes)))
        end
        assert.is_false((pcall(core.rows, options {})))
        assert.equal(4, #all {})
    end)
end)
