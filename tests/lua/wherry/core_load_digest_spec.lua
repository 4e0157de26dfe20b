-- What the tables of a load say of digests, and what is left of them in the journal.
local core = require "wherry.core"
local load_case = require "tests.support.load_case"

describe("wherry.core.load with digests", function()
    local case, connection
    setup(function()
        case = load_case.start()
        connection = case.connection
    end)
    teardown(function() case:stop() end)
    before_each(function() case:reset() end)

    local function options()
        local given = case:options()
        given.tables[1].digest = { target = 1, key = { 1 }, columns = { { oid = 20, field = 1 },
            { oid = 23, constant = "\0\0\0\4\0\0\0\7" }, { oid = 17 }, { oid = 25, field = 2 } } }
        return given
    end

    local function loaded()
        local sum = core.digest.new()
        for _, row in ipairs(connection:query "SELECT encode(digest, 'hex') AS d FROM wherry.slice_digest") do
            sum:add(core.digest.unpack((row.d:gsub("%x%x", function(digits)
                return string.char(tonumber(digits, 16))
            end))))
        end
        return sum
    end

    local function of_server()
        local sum = core.digest.new()
        for _, row in ipairs(connection:query [[SELECT k & 1023 AS bucket, count(*) AS rows, sum(h) AS sum FROM
                (SELECT hash_record_extended(ROW(record_send(ROW(id))), 0) AS k,
                    hash_record_extended(ROW(record_send(ROW(id, 7, NULL::bytea, v))), 0) AS h FROM public.t) AS t
                GROUP BY 1]]) do
            sum:add_bucket(math.tointeger(tonumber(row.bucket)), math.tointeger(tonumber(row.rows)), row.sum)
        end
        return sum
    end

    it("leaves the sums that the server computes of the same columns", function()
        core.load(options())
        assert.same({}, loaded():compare(of_server()))
        assert.same({ 500, "500" }, { loaded():total(), case:content().t })
        assert.same({ { target = "public.t", n = "3" } },
            connection:query "SELECT target, count(*) AS n FROM wherry.slice_digest GROUP BY target")
        connection:query "UPDATE public.t SET v = 'V7' WHERE id = 7"
        assert.equal(1, #loaded():compare(of_server()))
    end)

    it("takes the row for the key where there is none", function()
        local given = options()
        given.tables[1].digest.key = {}
        core.load(given)
        assert.same({ of_server():total() }, { loaded():total() })
        assert.is_true(#loaded():compare(of_server()) > 300)
    end)

    it("refuses what is no digest", function()
        local function refuses(change, message)
            local given = options()
            change(given.tables[1].digest, given.tables)
            assert.matches(message, load_case.fault_of(core.load, given).message)
            case:refuses(core.load, given)
        end
        refuses(function(digest) digest.target = nil end, "target")
        refuses(function(digest) digest.columns[1].field = 3 end, "field")
        refuses(function(digest) digest.columns[1].oid = nil end, "oid")
        refuses(function(digest) digest.columns[2].constant = "\0\0\0\5\0\0\0\7" end, "not a field")
        refuses(function(digest) digest.columns[2].constant = "\0\0" end, "not a field")
        refuses(function(digest) digest.columns = nil end, "columns")
        refuses(function(digest) digest.key = { 5 } end, "no column 5")
        refuses(function(digest) digest.key = { 0 } end, "no column 0")
        refuses(function(_, tables) tables[1].digest = "x" end, "digest")
        refuses(function(digest, tables) tables[2].digest = digest end, "text format")
    end)
end)
