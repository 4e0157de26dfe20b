local conninfo = require "wherry.conninfo"

describe("conninfo", function()
    it("reads quotes, escapes and spaces as libpq does", function()
        assert.are.same({ { "host", "a b" }, { "user", "x" }, { "password", "it's\\" }, { "dbname", "" } },
            conninfo.parse [[host = 'a b'  user=x password=it\'s\\ dbname='']])
    end)

    it("writes what it reads", function()
        local text = [[host='a b' password='it\'s' user=x options='']]
        local settings = conninfo.parse(text)
        assert.are.same(settings, conninfo.parse(conninfo.write(settings, [['it\'s']])))
        assert.are.equal("host='a b' user=x options=''", conninfo.write(settings))
    end)

    for _, text in ipairs { "host", "=x", "a=b c", "host='open", "host=x\\" } do
        it("refuses " .. text, function()
            local ok, fault = pcall(conninfo.parse, text)
            assert.is_false(ok)
            assert.are.equal("usage", fault.kind)
        end)
    end
end)
