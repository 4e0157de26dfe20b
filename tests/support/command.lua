-- The wherry command in the tests: each run is followed by what must hold after any run: the source's bytes unchanged,
-- nothing left beside it, no process left over, no secret in any output, a ledger that closes.
local cjson = require "cjson"
local process = require "tests.support.process"
local ledger = require "tests.support.ledger"

---Adds the command to the harness.
---@param harness table
---@param state table  sources, secrets and names of the running test
return function(harness, state)
    local function command()
        return state.command or os.getenv "WHERRY" or (process.shell "pwd" .. "/build/wherry")
    end

    ---Takes another program for wherry, until the test ends.
    ---@param path string
    function harness.command(path)
        state.command = path
    end

    local function source_state()
        local words = {}
        for file in pairs(state.sources) do
            words[#words + 1] = process.quote(file)
        end
        if #words == 0 then
            return ""
        end
        table.sort(words)
        -- The -shm file of a database with a -wal is shared memory between readers, not data.
        return process.shell(([[for f in %s; do
            sha256sum "$f" "$f-wal" "$f-journal" 2>/dev/null
            d=${f%%/*}
            for n in "$d"/* "$d"/.*; do
                case $n in
                    */. | */..) ;;
                    *-shm) [ -e "${n%%-shm}-wal" ] || echo "beside: $n";;
                    *) echo "beside: $n";;
                esac
            done
        done; true]]):format(table.concat(words, " ")))
    end

    local function environment(mark, more)
        local env = {
            PATH = os.getenv "PATH", HOME = harness.path "home", LANG = "C.UTF-8", TMPDIR = harness.path "temp",
            XDG_STATE_HOME = harness.path "home", WHERRY_TEST_MARK = mark,
        }
        for _, name in ipairs { "LD_PRELOAD", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS" } do
            env[name] = os.getenv(name)
        end
        for name, value in pairs(more or {}) do
            env[name] = value
        end
        return env
    end

    local function check_after(result, before, mark, argv, options)
        local said = ("\n$ wherry %s\nexit %d\nstdout: %s\nstderr: %s"):format(table.concat(argv, " ", 2), result.code,
            result.stdout:sub(1, 6000), result.stderr:sub(1, 6000))
        for _, secret in ipairs(state.secrets) do
            for _, form in ipairs { secret, harness.escape(secret) } do
                if (result.stdout .. result.stderr):find(form, 1, true) then
                    error("a secret was printed: " .. form .. said, 3)
                end
            end
        end
        if not options.changing then
            local after = source_state()
            if after ~= before then
                error(("the source or its directory changed:\n%s\nafter:\n%s%s"):format(before, after, said), 3)
            end
        end
        if not options.keeps then
            local left = process.wait(2, function()
                local found = process.shell(("grep -lsz WHERRY_TEST_MARK=%s$ /proc/[0-9]*/environ; true"):format(mark))
                return found == "" and "none"
            end)
            if not left then
                error("a process was left behind" .. said, 3)
            end
            local temporary = process.shell("ls -A " .. harness.path "temp")
            if temporary ~= "" then
                error("temporary files were left behind: " .. temporary .. said, 3)
            end
        end
        if options.json then
            local ok, document = pcall(cjson.decode, result.stdout)
            if not ok or type(document) ~= "table" then
                error("stdout is not one JSON document: " .. tostring(document) .. said, 3)
            end
            result.json = document
            if document.command == "run" then
                local fault = ledger.check(document, result.code)
                if fault then
                    error(fault .. said, 3)
                end
            end
        end
        result.said = said
        return result
    end

    ---@class WherryOptions
    ---@field env table<string, string>|nil
    ---@field stdin string|nil
    ---@field timeout number|nil
    ---@field cwd string|nil
    ---@field changing boolean|nil  the test changes the source meanwhile
    ---@field keeps boolean|nil     a server or a file may stay behind

    local function prepare(args, options)
        local mark = state.fresh "mark"
        local argv = { command() }
        for _, word in ipairs(args) do
            argv[#argv + 1] = word
            options.json = options.json or word == "--json"
        end
        local place = harness.subdirectory(mark)
        return argv, mark, {
            directory = place,
            env = environment(mark, options.env),
            stdin = options.stdin,
            timeout = options.timeout or 60,
            cwd = options.cwd or harness.path "home",
        }
    end

    ---Runs wherry and checks what must hold after every run. With --json, `json` is the document, its ledger checked.
    ---@param args string[]
    ---@param options WherryOptions|nil
    ---@return ProcessResult|{ json: table, said: string }
    function harness.wherry(args, options)
        options = options or {}
        local argv, mark, how = prepare(args, options)
        local before = source_state()
        return check_after(process.run(argv, how), before, mark, argv, options)
    end

    ---Runs `wherry run ... --json`; fails unless it ends with `code`.
    ---@param code integer
    ---@param args string[]
    ---@param options WherryOptions|nil
    ---@return ProcessResult|{ json: table, said: string }
    function harness.run(code, args, options)
        local argv = { "run", table.unpack(args) }
        argv[#argv + 1] = "--json"
        local result = harness.wherry(argv, options)
        if result.code ~= code then
            error(("expected exit %d%s"):format(code, result.said), 2)
        end
        return result
    end

    ---Starts wherry in the background; `finish(seconds)` of the result checks what `wherry` checks.
    ---@param args string[]
    ---@param options WherryOptions|nil
    ---@return Process
    function harness.start(args, options)
        options = options or {}
        local argv, mark, how = prepare(args, options)
        local before = source_state()
        local running = process.start(argv, how)
        local finish = running.finish
        function running:finish(seconds)
            return check_after(finish(self, seconds), before, mark, argv, options)
        end
        return running
    end
end
