-- Runs other programs for the tests: exit code, output and time; in the background where a test meets them half-way.
local process = {}

---Quotes a word for the shell.
---@param word string
---@return string
function process.quote(word)
    return "'" .. word:gsub("'", "'\\''") .. "'"
end

---@param path string
---@return string|nil content
function process.read(path)
    local file = io.open(path, "rb")
    if not file then
        return nil
    end
    local content = file:read "a"
    file:close()
    return content
end

---@param path string
---@param content string
function process.write(path, content)
    local file = assert(io.open(path, "wb"))
    file:write(content)
    file:close()
end

---Runs a shell command that must succeed; returns its output without the last newline.
---@param command string
---@return string
function process.shell(command)
    local pipe = assert(io.popen(command .. " 2>&1", "r"))
    local output = pipe:read "a"
    local ok = pipe:close()
    if not ok then
        error(("command failed: %s\n%s"):format(command, output), 2)
    end
    return (output:gsub("\n$", ""))
end

---Seconds since boot, to a hundredth.
---@return number
function process.clock()
    return tonumber((process.read "/proc/uptime"):match "^%S+")
end

---@param seconds number
function process.sleep(seconds)
    os.execute(("sleep %.3f"):format(seconds))
end

---Asks `ready` every 20 ms until it gives a true value, and returns that, or nil when `seconds` have passed.
---@param seconds number
---@param ready fun(): any
function process.wait(seconds, ready)
    local limit = process.clock() + seconds
    while true do
        local result = ready()
        if result then
            return result
        elseif process.clock() > limit then
            return nil
        end
        process.sleep(0.02)
    end
end

---Whether a process is there; one that is dead, and that nobody has waited for yet, is not.
---@param pid integer|string
---@return boolean
function process.alive(pid)
    local state = (process.read(("/proc/%s/stat"):format(pid)) or ""):match ".*%) (%a)"
    return state ~= nil and state ~= "Z"
end

-- What the directories of this process are kept in; busted reloads modules for every file, the registry outlives them.
local DIRECTORIES = "wherry.tests.directories"

local function directories()
    local registry = debug.getregistry()
    registry[DIRECTORIES] = registry[DIRECTORIES] or setmetatable({}, {
        __gc = function(list)
            for _, path in ipairs(list) do
                os.execute("rm -rf " .. process.quote(path))
            end
        end,
    })
    return registry[DIRECTORIES]
end

---A fresh directory that every user may pass through; removed when this process ends, if not before.
---@param name string
---@return string
function process.directory(name)
    local path = process.shell(("d=$(mktemp -d --tmpdir wherry-%s.XXXXXX) && chmod 0711 $d && echo $d"):format(name))
    table.insert(directories(), path)
    return path
end

---A shell word list: `env -i` with exactly these variables, then the command.
local function command_line(argv, env, background)
    -- A shell without job control starts background jobs with SIGINT ignored; a user's shell does not.
    local words = { "env", "-i" }
    if background then
        words[2] = "--default-signal=INT,QUIT"
        words[3] = "-i"
    end
    for name, value in pairs(env or {}) do
        words[#words + 1] = process.quote(name .. "=" .. value)
    end
    for _, word in ipairs(argv) do
        words[#words + 1] = process.quote(word)
    end
    return table.concat(words, " ")
end

---@class ProcessOptions
---@field directory string  where stdin, stdout and stderr are kept
---@field env table<string, string>|nil  the whole environment
---@field stdin string|nil
---@field timeout number|nil  seconds; 60
---@field cwd string|nil

---@class ProcessResult
---@field code integer  exit code; 128 + n after signal n; 124 when the timeout struck
---@field stdout string
---@field stderr string
---@field seconds number

---Runs a program to its end.
---@param argv string[]
---@param options ProcessOptions
---@return ProcessResult
function process.run(argv, options)
    local place = options.directory
    local input = "/dev/null"
    if options.stdin then
        input = place .. "/stdin"
        process.write(input, options.stdin)
    end
    local begun = process.clock()
    local _, how, code = os.execute(("cd %s && exec timeout -k 2 %d %s <%s >%s/stdout 2>%s/stderr"):format(
        process.quote(options.cwd or place), options.timeout or 60, command_line(argv, options.env), input, place,
        place))
    return {
        code = how == "signal" and 128 + code or code,
        stdout = process.read(place .. "/stdout") or "",
        stderr = process.read(place .. "/stderr") or "",
        seconds = process.clock() - begun,
    }
end

---@class Process
---@field pid integer
local Process = {}
Process.__index = Process

---Starts a program and returns while it runs.
---@param argv string[]
---@param options ProcessOptions
---@return Process
function process.start(argv, options)
    local place = options.directory
    local line = ("( cd %s && exec %s </dev/null >%s/stdout 2>%s/stderr ) & echo $! >%s/pid; wait $!; "
        .. "echo $? >%s/code.new; mv %s/code.new %s/code"):format(process.quote(options.cwd or place),
        command_line(argv, options.env, true), place, place, place, place, place, place)
    os.execute("sh -c " .. process.quote(line) .. " >/dev/null 2>&1 </dev/null &")
    local pid = process.wait(5, function()
        return tonumber(process.read(place .. "/pid") or "")
    end)
    assert(pid, "the program did not start")
    return setmetatable({ pid = pid, place = place, begun = process.clock() }, Process)
end

---@return boolean
function Process:running()
    return process.read(self.place .. "/code") == nil
end

---@param signal string  name without SIG
function Process:kill(signal)
    os.execute(("kill -%s %d 2>/dev/null"):format(signal, self.pid))
end

---Waits for the end; kills the program and fails when it takes longer than `seconds`.
---@param seconds number
---@return ProcessResult
function Process:finish(seconds)
    local code = process.wait(seconds, function()
        return tonumber(process.read(self.place .. "/code") or "")
    end)
    local took = process.clock() - self.begun
    if not code then
        self:kill "KILL"
        error(("pid %d did not end within %s s; stderr:\n%s"):format(self.pid, seconds,
            process.read(self.place .. "/stderr") or ""), 2)
    end
    return {
        code = code,
        stdout = process.read(self.place .. "/stdout") or "",
        stderr = process.read(self.place .. "/stderr") or "",
        seconds = took,
    }
end

---The largest resident memory of the process so far, in kB (its own pages, without file mappings).
---@return integer|nil
function Process:memory()
    local status = process.read(("/proc/%d/status"):format(self.pid))
    return status and tonumber(status:match "VmHWM:%s+(%d+)")
end

return process
