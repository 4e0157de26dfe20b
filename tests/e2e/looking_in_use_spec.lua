-- Commands that only look read a file that another process has open: as of one moment, which they tell.
local h = require "tests.support.harness"

describe("a file that another process has open", function()
    after_each(h.cleanup)

    local SMALL = "CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'a'), (2, 'b');"
    local MOMENT = "%d%d%d%d%-%d%d%-%d%d %d%d:%d%d:%d%d UTC"

    -- Runs body while sqlite3 has the file open; ends it with `last`.
    local function meanwhile(file, sql, last, body)
        local said = h.path "said"
        local pipe = assert(io.popen(("sqlite3 -bail %s >%s 2>&1"):format(file, said), "w"))
        pipe:write(sql, "\n.print ready\n")
        pipe:flush()
        assert.is_truthy(h.process.wait(5, function()
            return (h.process.read(said) or ""):find "ready"
        end))
        local ok, failure = pcall(body)
        pipe:write(last, "\n")
        pipe:close()
        assert(ok, failure)
    end

    local function files(file)
        return h.process.shell(("cd $(dirname %s) && md5sum *.db *-wal *-journal 2>/dev/null; ls"):format(file))
    end

    for _, mode in ipairs { "DELETE", "WAL" } do
        local begins = "INSERT INTO t VALUES (3, 'committed'); SELECT * FROM t;"

        local function looked_at(words, code)
            local file = h.source("PRAGMA journal_mode=" .. mode .. ";" .. SMALL)
            meanwhile(file, begins, "", function()
                local before = files(file)
                local plain = h.wherry({ words[1], file, table.unpack(words, 2) }, { changing = true })
                local document = h.wherry({ words[1], file, "--json", table.unpack(words, 2) }, { changing = true })
                assert.equal(code, plain.code, plain.said)
                assert.matches("is in use: process %d+ %(sqlite3%) h[%l ]+; what is shown is as of " .. MOMENT,
                    plain.stderr)
                assert.equal(mode == "DELETE", plain.stderr:find("writes to it waits meanwhile", 1, true) ~= nil)
                assert.matches("^%d+%-%d+%-%d+T%d+:%d+:%d+Z$", document.json.source.as_of)
                assert.equal(before, files(file))
                words.body(plain, document.json)
            end)
            h.process.shell("rm " .. file .. "*")
        end

        it("in mode " .. mode .. " is inspected", function()
            looked_at({ "inspect", body = function(plain, document)
                assert.equal(3, document.tables[1].rows, plain.said)
            end }, 0)
        end)

        it("in mode " .. mode .. " is planned for", function()
            looked_at({ "plan", body = function(plain)
                assert.matches("CREATE TABLE .*t", plain.stdout)
            end }, 0)
        end)

        for _, words in ipairs { { "check" }, { "run", "--dry-run" } } do
            it(("in mode %s is checked by %s"):format(mode, table.concat(words, " ")), function()
                words.body = function(plain, document)
                    assert.matches("t: 3 records", plain.stdout)
                    assert.matches("in use: all this is as of " .. MOMENT .. ", and says nothing of rows that come "
                        .. "later", plain.stdout)
                    assert.equal(3, document.would.load)
                end
                looked_at(words, 0)
            end)
        end
    end

    it("and locks for long is waited for, and then told", function()
        local file = h.source(SMALL)
        meanwhile(file, "BEGIN EXCLUSIVE;", "ROLLBACK;", function()
            local result = h.wherry({ "inspect", file, "--json" }, { changing = true })
            assert.equal(3, result.code, result.said)
            assert.matches("is in use: process %d+ %(sqlite3%) holds a lock on it", result.json.error.message)
            assert.matches("wherry snapshot", result.json.error.hint)
        end)
    end)

    it("gets a first script", function()
        local file = h.source(SMALL)
        meanwhile(file, "SELECT * FROM t;", "", function()
            local result = h.wherry({ "init", file }, { changing = true })
            assert.equal(0, result.code, result.said)
            assert.matches("is as of " .. MOMENT, result.stderr)
        end)
    end)

    it("not at all has no moment to be told", function()
        local file = h.source(SMALL)
        local result = h.wherry { "check", file, "--json" }
        assert.equal("userdata", type(result.json.source.as_of)) -- null
        assert.is_nil(h.wherry({ "check", file }).said:find("in use", 1, true))
    end)
end)
