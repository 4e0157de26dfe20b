-- The house: what lies where, how long a file may be, who may include lua.h. What a newcomer can rely on.

local function lines_of(command)
    local pipe = assert(io.popen(command))
    local lines = {}
    for line in pipe:lines() do
        lines[#lines + 1] = line
    end
    pipe:close()
    return lines
end

local function content(path)
    local file = assert(io.open(path, "rb"))
    local text = file:read "a"
    file:close()
    return text
end

local function count_lines(path)
    local _, count = content(path):gsub("\n", "")
    return count
end

-- Files below the given folders, build trees left out.
local function files(folders, pattern)
    return lines_of(("find %s -type f -name '%s' | sort"):format(folders, pattern))
end

local function longer_than(limit, paths)
    local found = {}
    for _, path in ipairs(paths) do
        local count = count_lines(path)
        if count > limit then
            found[#found + 1] = ("%s: %d lines"):format(path, count)
        end
    end
    return found
end

describe("the tree", function()
    it("has nothing at the top but what the map names", function()
        local allowed = { ["CMakeLists.txt"] = true, ["README.md"] = true, LICENSE = true, core = true, lua = true,
            scripts = true, rocks = true, tests = true }
        local found = {}
        for _, name in ipairs(lines_of "ls -A") do
            if not (allowed[name] or name:match "^%." or name:match "^build") then
                found[#found + 1] = name
            end
        end
        assert.same({}, found)
    end)

    it("keeps a C file to 500 lines and a Lua file to 300", function()
        assert.same({}, longer_than(500, files("core tests", "*.[ch]")))
        assert.same({}, longer_than(300, files("lua", "*.lua")))
    end)

    it("lets only core/border include Lua's headers", function()
        local found = {}
        for _, path in ipairs(files("core tests", "*.[ch]")) do
            local text = content(path)
            local includes = text:match '#%s*include%s*["<]lua%w*%.h' or text:match '#%s*include%s*["<]lauxlib%.h'
            if includes and not path:match "^core/border/" then
                found[#found + 1] = path
            end
        end
        assert.same({}, found)
    end)

    it("says in the first line of every file what it is for", function()
        local found = {}
        for _, path in ipairs(files("core", "*.[ch]")) do
            if not content(path):match "^/%* [%w_%.]+: " then
                found[#found + 1] = path
            end
        end
        for _, path in ipairs(files("lua", "*.lua")) do
            if not content(path):match "^%-%- " then
                found[#found + 1] = path
            end
        end
        assert.same({}, found)
    end)

    -- test_FILE.c, or test_FILE_SUBJECT.c where a file has more than one test.
    it("mirrors each C test to the file that it tests", function()
        local found = {}
        for _, path in ipairs(files("tests/core", "test_*.c")) do
            local name = path:match "test_([%w_]+)%.c$"
            while name and not io.open("core/" .. name .. ".c") and not io.open("core/" .. name .. ".h") do
                name = name:match "^(.+)_[^_]+$"
            end
            if not name then
                found[#found + 1] = path
            end
        end
        assert.same({}, found)
    end)

    it("has commands that can be run", function()
        for _, path in ipairs { "scripts/setup", "scripts/demo", "tests/run", ".ci/run" } do
            assert.truthy(os.execute("test -x " .. path), path .. " is not executable")
        end
    end)

    it("names one version", function()
        local version = content("lua/wherry/version.lua"):match '\nreturn "([%d.]+)"'
        local rockspecs = files("rocks", "*.rockspec")
        assert.equal(1, #rockspecs)
        assert.equal(("rocks/wherry-%s-1.rockspec"):format(version), rockspecs[1])
        assert.equal(version .. "-1", content(rockspecs[1]):match '\nversion = "([^"]+)"')
        local said = lines_of((os.getenv "WHERRY" or "build/wherry") .. " version")[1]
        assert.equal(version, said and said:match "[%d.]+")
    end)
end)
