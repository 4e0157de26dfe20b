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
        local line = ("\n    sudo %s/scripts/setup --tests\n"):format(process.shell "pwd")
        assert.truthy(result.stderr:find(line, 1, true), result.stderr)
    end)

    -- What apt-get says, as far as setup looks at it; a command that is named in FAILING ends with 100.
    local function stand_in_apt(failing)
        stand_in("dpkg-query", 'case $* in *lua-cjson*) exit 1 ;; esac; echo installed')
        stand_in("id", "echo 0")
        stand_in("apt-get", ([[echo "$* is noise"
            case $* in
            *update*) echo "Need for nothing" ;;
            *install*) echo "Need to get 3,000 kB of archives."; echo "Setting up lua-cjson (2.1) ..." ;;
            esac
            case "$*" in *%s*) echo "E: not to be had"; exit 100 ;; esac]]):format(failing))
    end

    it("installs as root, and says what it does instead of what apt-get does", function()
        stand_in_apt "nothing"
        local result = setup()
        assert.equal(0, result.code, result.stderr)
        assert.equal("", result.stderr)
        assert.equal("setup: missing packages: lua-cjson \nsetup: apt-get update\n"
            .. "setup: apt-get install --no-install-recommends\nsetup: downloading 3,000 kB\n"
            .. "setup: done, 1 package installed in 0 s\n", (result.stdout:gsub("in %d+ s", "in 0 s")))
    end)

    it("shows what apt-get said when it fails, and goes on without fresh lists", function()
        stand_in_apt "install"
        local refused = setup()
        assert.equal(3, refused.code)
        assert.truthy(refused.stderr:find("E: not to be had\nsetup: apt-get could not install: lua-cjson", 1, true),
            refused.stderr)
        stand_in_apt "update"
        local stale = setup()
        assert.equal(0, stale.code)
        assert.truthy(stale.stderr:find("going on with the package lists that are there", 1, true), stale.stderr)
    end)

    it("refuses what it does not know", function()
        assert.equal(2, setup("--force").code)
        assert.equal(2, setup("--tests", "more").code)
    end)
end)
