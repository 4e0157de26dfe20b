-- The rejects command: what its words mean, what it hands on, what it refuses.
local cjson = require "cjson"
local cli = require "wherry.cli"
local make = require "tests.support.result"
local stand_in = require "tests.support.private"
local stream = require "tests.support.stream"

local function wherry(argv, changes)
    local out, err, seen, by = stream.new(), stream.new(), nil, nil
    local core = stand_in.core { files = {}, home = "/h" }
    local function run(name)
        return { run = function(options)
            seen, by = options, name
            local result = make { command = "rejects", action = options.action, rejects = {}, rows = {}, open = {},
                loaded = 0, gone = 0 }
            for key, value in pairs(changes or {}) do
                result[key] = value
            end
            return result
        end }
    end
    local code = cli.main(argv, { stdout = out, stderr = err, core = core, isatty = function() return false end,
        getenv = function(name) return ({ HOME = "/h" })[name] end, looking = run "looking", retry = run "retry" })
    return { code = code, out = out:text(), err = err:text(), options = seen, by = by }
end

describe("wherry rejects", function()
    it("tells source, target and run apart, in any order", function()
        for _, argv in ipairs { { "app.db", "dbname=x", "7" }, { "7", "postgresql:///x", "app.db" } } do
            local result = wherry { "rejects", "list", table.unpack(argv) }
            assert.equal(0, result.code, result.err)
            assert.same({ "looking", "list", "app.db", 7 }, { result.by, result.options.action, result.options.source,
                result.options.run })
            assert.matches("x$", result.options.target)
        end
        local options = wherry({ "rejects", "show", "--target", "dbname=x", "--table=t", "--all" }).options
        assert.same({ "dbname=x", "t" }, { options.target, options.table })
        assert.is_nil(options.limit)
        assert.is_nil(options.source)
        assert.equal(50, wherry({ "rejects", "show", "dbname=x" }).options.limit)
    end)

    it("retries with words for what does not fit", function()
        local result = wherry { "rejects", "retry", "a.lua", "dbname=x", "--on-bad=strip,null" }
        assert.same({ "retry", { "strip", "null" }, "wherry", 60 }, { result.by, result.options.on_bad,
            result.options.journal, result.options.retry })
    end)

    it("refuses what says nothing, or two things", function()
        for _, argv in ipairs { {}, { "drop" }, { "retry" }, { "retry", "dbname=x" }, { "list", "7", "8" },
            { "list", "a.db", "b.db" }, { "list", "dbname=x", "--target", "dbname=y" }, { "list", "--all", "dbname=x" },
            { "list", "--table=t", "dbname=x" }, { "show", "--on-bad=null", "dbname=x" },
            { "retry", "a.db", "--on-bad=drop" }, { "retry", "a.db", "--on-bad=" },
            { "list", "99999999999999999999", "dbname=x" } } do
            local result = wherry { "rejects", table.unpack(argv) }
            assert.equal(2, result.code, table.concat(argv, " "))
            assert.is_nil(result.by)
        end
    end)

    it("shows groups and rows, and is one document with --json", function()
        local groups = { { table = "t", column = "v", reason = "why", count = 2, examples = { { key = "id=1" } } } }
        assert.equal("Run 3: 2 rows rejected\n  t.v: 2 rows: why\n      id=1\n      ... and 1 more\n",
            wherry({ "rejects", "list", "dbname=x" }, { rejects = groups, open = { t = 2 } }).out)
        local rows = { { id = "1", source_table = "t", key_text = "id=1", column_name = "v", reason = "why",
            value = '{"class":"text","text":"x"}', row = '{"id":{"class":"integer","text":"1"}}' } }
        assert.equal('t.v: id=1: "x" (text): why\n1 of 2 open rejects (--all, --table, --json)\n',
            wherry({ "rejects", "show", "dbname=x" }, { rows = rows, open = { t = 2 } }).out)
        local document = cjson.decode(wherry({ "rejects", "show", "dbname=x", "--json" }, { rows = rows,
            open = { t = 1 } }).out)
        assert.same({ "rejects", "show", "done", 1, "id=1" }, { document.command, document.action, document.status,
            document.open, document.rows[1].key })
        assert.equal("1", document.rows[1].row.id.text)
        document = cjson.decode(wherry({ "rejects", "retry", "a.db", "--json" },
            { loaded = 4, dropped = 2, gone = 1 }).out)
        assert.same({ 4, 2, 1, "counted" },
            { document.loaded, document.dropped, document.gone, document.status })
    end)
end)
