-- scripts/setup: what it says and how it ends, without installing anything.
local process = require "tests.support.process"

describe("scripts/setup", function()
    local place

    before_each(function()
        place = process.directory "setup"
        process.shell(("mkdir %s/bin"):format(place))
    end)

    after_each(function()
        os.execute("rm -rf " .. process.quote(place))
    end)

    -- A program at the head of PATH.
    local function stand_in(name, body)
        process.write(place .. "/bin/" .. name, "#!/bin/sh\n" .. body .. "\n")
        process.shell(("chmod +x %s/bin/%s"):format(place, name))
    end

    local function setup(...)
        return process.run({ process.shell "pwd" .. "/scripts/setup", ... }, {
            directory = place,
            env = { PATH = place .. "/bin:" .. os.getenv "PATH", HOME = place },
        })
    end

    it("asks dpkg first, and then needs neither apt nor root", function()
        stand_in("dpkg-query", "echo installed")
        stand_in("apt-get", "echo apt-get was called; exit 1")
        stand_in("sudo", "echo sudo was called; exit 1")
        stand_in("id", "echo 1000")
        for _, options in ipairs { {}, { "--tests" } } do
            local result = setup(table.unpack(options))
            assert.equal(0, result.code)
            assert.equal("setup: every package is installed\n", result.stdout)
            assert.equal("", result.stderr)
        end
    end)

    it("prints the line to run without root and sudo, and exits 3", function()
        stand_in("dpkg-query", 'case $* in *lua-cjson*) exit 1 ;; esac; echo installed')
        stand_in("apt-get", "echo apt-get was called")
        stand_in("sudo", "exit 1")
        stand_in("id", "echo 1000")
        local result = setup "--tests"
        assert.equal(3, result.code)
        assert.equal("", result.stdout)
        assert.truthy(result.stderr:find("missing: lua-cjson", 1, true), result.stderr)
        assert.truthy(result.stderr:find(("\n    sudo %s/scripts/setup --tests\n"):format(process.shell "pwd"), 1, true),
            result.stderr)
    end)

    it("refuses what it does not know", function()
        assert.equal(2, setup("--force").code)
        assert.equal(2, setup("--tests", "more").code)
    end)
end)
