-- tests/run, on a small tree of its own: what it counts and shows, side by side, and what it leaves when it is stopped.
local process = require "tests.support.process"

describe("tests/run", function()
    local place

    -- A copy of the script in a tree whose set-up and build do nothing; tests are programs that speak TAP.
    before_each(function()
        place = process.directory "command"
        process.shell(([[d=%s; mkdir -p $d/tests/core $d/tests/e2e $d/tests/lua $d/tests/support $d/scripts $d/bin
            cp tests/run $d/tests/run; cp tests/support/initdb $d/tests/support/initdb]]):format(place))
        for name, body in pairs {
            ["scripts/setup"] = "exit 0",
            ["bin/cmake"] = 'case $1 in -S) mkdir -p "$4/tests" ;; esac',
            ["bin/busted"] = "exit 0",
            -- Called as lua5.4 BUSTED -o TAP SPEC; a spec is a script of the shell.
            ["bin/lua5.4"] = 'exec sh "$4"',
        } do
            process.write(place .. "/" .. name, "#!/bin/sh\n" .. body .. "\n")
            process.shell(("chmod +x %s/%s"):format(place, name))
        end
    end)

    after_each(function()
        os.execute("rm -rf " .. process.quote(place))
    end)

    local function test(name, body)
        process.write(("%s/tests/e2e/%s_spec.lua"):format(place, name), body .. "\n")
    end

    local function environment()
        return { PATH = place .. "/bin:" .. os.getenv "PATH", HOME = place }
    end

    -- The exit code and what was printed; the closing line has to be there.
    local function run(...)
        local result = process.run({ place .. "/tests/run", ... }, { directory = place, env = environment() })
        assert.equal("", result.stderr)
        assert.matches("\n%d+ passed, %d+ failed\n$", result.stdout)
        return result.code, result.stdout
    end

    local function contains(text, part)
        assert.truthy(text:find(part, 1, true), ("%q is not in:\n%s"):format(part, text))
    end

    it("adds up what passed, and shows nothing of it", function()
        for index = 1, 7 do
            test("good" .. index, ("echo 1..%d; for n in $(seq %d); do echo ok $n - word$n; done"):format(index, index))
        end
        for _, jobs in ipairs { "1", "2", "5", "20" } do
            local code, output = run("--jobs", jobs)
            assert.equal(0, code)
            contains(output, "\n28 passed, 0 failed\n")
            contains(output, "ok     tests/e2e/good7_spec.lua: 7\n")
            assert.is_nil(output:find("word", 1, true))
            local _, lines = output:gsub("\nok     tests/e2e/good", "")
            assert.equal(7, lines)
        end
    end)

    it("lets initdb make a server's files once, and for each server whose files have to get to the disk", function()
        process.shell(("mkdir %s/pg"):format(place))
        for path, body in pairs {
            ["pg/initdb"] = ([[echo "$@" >>%s/made; mkdir -p "$2" && echo "$3" >"$2/PG_VERSION"]]):format(place),
            ["bin/pg_config"] = "echo " .. place .. "/pg",
        } do
            process.write(place .. "/" .. path, "#!/bin/sh\n" .. body .. "\n")
            process.shell(("chmod +x %s/%s"):format(place, path))
        end
        for index = 1, 3 do
            test("server" .. index, [[echo 1..1; i=$(pg_config --bindir)/initdb; cd $TMPDIR
                $i -D a -x --no-sync; $i -D b -y --no-sync; mkdir c; $i -D c -x --no-sync; $i -D d -x
                [ "$(cat a/PG_VERSION b/PG_VERSION c/PG_VERSION d/PG_VERSION | tr '\n' ' ')" = '-x -y -x -x ' ] &&
                    echo ok 1]])
        end
        local code, output = run("--jobs", "1")
        assert.equal(0, code, output)
        assert.equal("-D a -x --no-sync\n-D b -y --no-sync\n" .. ("-D d -x\n"):rep(3), process.read(place .. "/made"))
    end)

    it("shows the whole output of a file that failed, apart from that of its neighbours", function()
        for index = 1, 4 do
            test("slow" .. index, ("echo 1..2; echo ok 1 - a; sleep 0.1; for n in 1 2 3; do echo said by %d; sleep 0.1;"
                .. " done; echo not ok 2 - b"):format(index))
        end
        local code, output = run("--jobs", "4")
        assert.equal(1, code)
        contains(output, "\n4 passed, 4 failed\n")
        for index = 1, 4 do
            contains(output, ("FAILED tests/e2e/slow%d_spec.lua: 1 of 2\n    1..2\n%s    not ok 2 - b\n"):format(index,
                ("    said by %d\n"):format(index):rep(3)))
        end
    end)

    it("counts a crash, a wrong exit code, an early end and a file without tests as failed", function()
        test("crash", "echo 1..2; echo ok 1 - a; kill -SEGV $$")
        test("code", "echo 1..1; echo ok 1 - a; exit 99")
        test("early", "echo 1..3; echo ok 1 - a; echo ok 2 - b")
        test("empty", "echo 1..0")
        test("silent", "true")
        test("good", "echo 1..1; echo ok 1 - a")
        local code, output = run("--jobs", "3")
        assert.equal(1, code)
        contains(output, "\n5 passed, 5 failed\n")
        contains(output, "FAILED tests/e2e/crash_spec.lua: 1 of 2 (ended early, exit code 139)\n")
        contains(output, "FAILED tests/e2e/code_spec.lua: 1 of 2 (exit code 99)\n")
        contains(output, "FAILED tests/e2e/early_spec.lua: 1 of 3 (ended early, exit code 0)\n")
        contains(output, "FAILED tests/e2e/empty_spec.lua: 1 of 1 (holds no test)\n")
        contains(output, "FAILED tests/e2e/silent_spec.lua: 1 of 1 (holds no test)\n")
    end)

    it("counts skipped tests for themselves, and names them", function()
        test("skip", "echo 1..3; echo ok 1 - a; echo 'ok 2 # SKIP for busted'; echo 'not ok 3 # SKIP for cmocka'")
        local code, output = run()
        assert.equal(0, code)
        contains(output, "skipped: for busted\n       skipped: for cmocka\n")
        contains(output, ", 2 skipped\n1 passed, 0 failed\n")
    end)

    it("stops a file that does not end", function()
        process.shell(("sed -i s/^limit=.*/limit=1/ %s/tests/run"):format(place))
        test("long", "echo 1..1; sleep 30; echo ok 1 - a")
        test("good", "echo 1..1; echo ok 1 - a")
        local code, output = run()
        assert.equal(1, code)
        contains(output, "FAILED tests/e2e/long_spec.lua: 1 of 1 (did not end within 1 s)\n")
        contains(output, "\n1 passed, 1 failed\n")
    end)

    it("runs what was chosen, and fails where that is nothing", function()
        test("one", "echo 1..1; echo ok 1 - a")
        test("two", "echo 1..1; echo ok 1 - a")
        local _, output = run("--only", "t[vw]o")
        contains(output, "\n1 passed, 0 failed\n")
        local code, nothing = run("--only", "three")
        assert.equal(1, code)
        contains(nothing, "no test was run\n")
        for _, wrong in ipairs { { "--jobs" }, { "--jobs", "0" }, { "--jobs", "x" }, { "--other" } } do
            local refused = process.run({ place .. "/tests/run", table.unpack(wrong) },
                { directory = place, env = environment() })
            assert.equal(2, refused.code)
        end
    end)

    it("gives each file a directory of its own for what it makes, and removes it", function()
        for index = 1, 3 do
            test("place" .. index, ("echo 1..1; { ls -A $TMPDIR; echo $TMPDIR; } >%s/seen%d; mkdir $TMPDIR/left; "
                .. "echo ok 1 - a"):format(place, index))
        end
        assert.equal(0, (run()))
        local seen = {}
        for index = 1, 3 do
            local directory = process.read(("%s/seen%d"):format(place, index)):match "^(/%S+)\n$"
            assert.is_nil(seen[directory])
            seen[directory] = true
            assert.equal("gone", process.shell(("[ -e %s ] || echo gone"):format(directory:match "^(.+)/")))
        end
    end)

    for signal, expected in pairs { INT = 130, TERM = 143, HUP = 129 } do
        it(("ends what it started at SIG%s, and leaves nothing"):format(signal), function()
            for index = 1, 3 do
                test("long" .. index, ("echo $$ $TMPDIR >%s/pid%d; mkdir $TMPDIR/x; sleep 30"):format(place, index))
            end
            local running = process.start({ place .. "/tests/run", "--jobs", "2" },
                { directory = place, env = environment() })
            local first = process.wait(10, function()
                return (process.read(place .. "/pid1") or ""):match "^(%d+)" and (process.read(place .. "/pid2") or "")
                    :match "^%d+ (%S+)/"
            end)
            assert.truthy(first, "the tests did not start")
            running:kill(signal)
            local result = running:finish(10)
            assert.equal(expected, result.code)
            assert.is_nil(process.read(place .. "/pid3"))
            for index = 1, 2 do
                local pid = process.read(("%s/pid%d"):format(place, index)):match "^%d+"
                assert.truthy(process.wait(5, function()
                    return (process.read(("/proc/%s/stat"):format(pid)) or ") Z"):match "%) Z"
                end), "a test goes on")
            end
            assert.equal("gone", process.shell(("[ -e %s ] || echo gone"):format(first)))
        end)
    end
end)
