-- The hash of records, against a server, and sums of such hashes.
local core = require "wherry.core"
local Target = require "tests.support.target"

describe("core.record_hash", function()
    local target
    setup(function() target = Target.start() end)
    teardown(function() target:stop() end)

    it("is the server's", function()
        local session = target:session()
        local random = 1
        local bytes, expected = {}, {}
        for length = 0, 100 do
            for i = 1, length do
                random = random * 6364136223846793005 + 1442695040888963407
                bytes[i] = string.char(random >> 56)
            end
            expected[length] = table.concat(bytes, "", 1, length)
        end
        for length = 0, 100 do
            local hex = expected[length]:gsub(".", function(c) return ("%02x"):format(c:byte()) end)
            local row = session:query([[SELECT hash_record_extended(ROW(decode($1, 'hex')), 0) AS h]], { hex })[1]
            assert.equal(row.h, ("%d"):format(core.record_hash(expected[length])), "length " .. length)
        end
    end)
end)

describe("core.digest", function()
    local function of(list)
        local d = core.digest.new()
        for _, one in ipairs(list) do
            d:add_bucket(one[1], one[2], one[3])
        end
        return d
    end

    it("comes back from its bytes", function()
        local d = of { { 0, 1, "1" }, { 5, 200, "18446744073709551615" }, { 1023, 3, "-1" } }
        local back = core.digest.unpack(d:pack())
        assert.same({}, d:compare(back))
        assert.same({ 204, "18446744073709551615" }, { back:total() })
        assert.same({ 3, "18446744073709551615" }, { back:bucket(1023) })
        assert.same({ 0, "0" }, { core.digest.unpack(core.digest.new():pack()):total() })
        assert.is_true(#core.digest.new():pack() < 4)
        local digits = d:pack():gsub(".", function(c) return ("%02X"):format(c:byte()) end)
        assert.same({}, d:compare(core.digest.unpack_hex(digits)))
    end)

    it("adds and takes back, modulo 2^64", function()
        local d = of { { 7, 2, "10" } }
        assert.same({ 5, "5" }, { d:add(of { { 7, 3, "18446744073709551611" } }):bucket(7) })
        assert.same({ 3, "18446744073709551611" }, { d:take(of { { 7, 2, "10" } }):bucket(7) })
        assert.equal("4", core.digest.plus("18446744073709551615", "5"))
        assert.equal("18446744073709551615", core.digest.minus("4", "5"))
        assert.equal("1", core.digest.sum "18446744073709551617")
        assert.equal("18446744073709551612", core.digest.sum "-4")
    end)

    it("names the buckets that differ", function()
        local a = of { { 0, 1, "1" }, { 3, 1, "5" }, { 1023, 1, "1" } }
        assert.same({ 3, 1023 }, a:compare(of { { 0, 1, "1" }, { 3, 2, "5" }, { 1023, 1, "2" } }))
    end)

    it("refuses what is none", function()
        local packed = of { { 5, 1, "1" } }:pack()
        for _, bytes in ipairs { "", "\x02", packed:sub(1, -2), packed .. "\xff", "\x01" .. ("\xff"):rep(30) } do
            assert.equal("value", Target.fault(core.digest.unpack, bytes).kind)
        end
        assert.equal("value", Target.fault(core.digest.unpack_hex, "02").kind)
        for _, digits in ipairs { "0", "0x", "01" .. ("00"):rep(30000) } do
            assert.equal("usage", Target.fault(core.digest.unpack_hex, digits).kind)
        end
        for _, text in ipairs { "", "-", "1.5", "x" } do
            assert.equal("usage", Target.fault(core.digest.sum, text).kind)
        end
        local d = core.digest.new()
        assert.equal("usage", Target.fault(d.bucket, d, 1024).kind)
    end)
end)
