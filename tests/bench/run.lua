-- The bench of whole runs, called by tests/bench/run: both directions, against floors and other tools.
local process = require "tests.support.process"
local bench_server = require "tests.bench.server"
local contents = require "tests.bench.contents"
local measure = require "tests.bench.measure"
local output = require "tests.bench.output"
local schema = require "tests.bench.schema"
local source = require "tests.bench.source"

local directions = {
    { name = "forward", runs = require "tests.bench.forward", letter = "F", wherry = "wherry",
        title = "SQLite to PostgreSQL" },
    { name = "back", runs = require "tests.bench.back", letter = "R", wherry = "back-wherry",
        title = "PostgreSQL to SQLite" },
}

local function usage(fault)
    io.stderr:write(fault, "\nusage: tests/bench/run [--scale S] [--turns N] [--only NAMES] [--cache DIR] ",
        "[--format text|markdown|json] [--list]\n")
    os.exit(2, true)
end

local function options_of(words)
    local options = { scale = "0.1", turns = "3", format = "text" }
    local i = 1
    while words[i] do
        local name, value = words[i]:match "^%-%-(%a+)=?(.*)$"
        if name == "list" then
            options.list = true
        elseif name == "scale" or name == "turns" or name == "only" or name == "cache" or name == "format" then
            if not words[i]:find("=", 1, true) then
                i = i + 1
                value = words[i] or usage(("--%s wants a value"):format(name))
            end
            options[name] = value
        else
            usage("there is no option " .. words[i])
        end
        i = i + 1
    end
    options.scale, options.turns = tonumber(options.scale), math.tointeger(tonumber(options.turns))
    if not options.scale or options.scale <= 0 or not options.turns or options.turns < 1 then
        usage "--scale wants a number above 0, --turns a whole one"
    elseif options.format ~= "text" and options.format ~= "markdown" and options.format ~= "json" then
        usage("there is no format " .. options.format)
    end
    return options
end

local function tell(...)
    io.stderr:write(string.format(...), "\n")
end

-- The runs that were asked for; the first of a direction is its floor, and goes along with any other.
local function chosen(runs, only)
    if not only then
        return runs
    end
    local found = {}
    for i, run in ipairs(runs) do
        for pattern in only:gmatch "[^,]+" do
            local lua_pattern = "^" .. pattern:gsub("[%-%.]", "%%%0"):gsub("%*", ".*") .. "$"
            if run.name:find(lua_pattern) then
                if i > 1 and #found == 0 then
                    found[1] = runs[1]
                end
                found[#found + 1] = run
                break
            end
        end
    end
    return found
end

-- What all runs are given.
---@class Bench
---@field server BenchServer
---@field source BenchSource
---@field helper string
---@field wherry string
---@field python string|nil     a Python that has psycopg2
---@field top string
---@field place string          where commands run
---@field limit integer         seconds after which a command is ended
---@field reference table<string, string>  hashes of the tables
local bench = {}

local function exists(command)
    return process.shell(command .. " >/dev/null 2>&1 && echo yes || echo no") == "yes"
end

-- Why a run can't be done, or nil.
local function absence(run, scale)
    if run.needs == "psycopg2" then
        for _, name in ipairs { "python3", "/usr/bin/python3" } do
            if exists(name .. " -c 'import psycopg2'") then
                bench.python = name
            end
        end
    end
    if run.needs and not (run.needs == "psycopg2" and bench.python or exists("command -v " .. run.needs)) then
        return ("not run: %s is not installed"):format(run.needs)
    elseif run.option and not bench.help:find(run.option, 1, true) then
        return ("not run: this wherry has no %s"):format(run.option)
    elseif run.limit and scale > run.limit then
        return ("not run: above scale %g it takes too long"):format(run.limit)
    end
end

local function prepare_templates()
    for _, name in ipairs { "bare", "keyed", "empty" } do
        bench.server:create(name)
    end
    local tables = table.concat(schema.pg_tables(bench.source.tables), "; ")
    bench.server:ask("bare", tables)
    bench.server:ask("keyed", tables)
    for _, statements in ipairs { schema.primary_keys(bench.source.tables), schema.indexes(), schema.foreign_keys() } do
        bench.server:ask("keyed", table.concat(statements, "; "))
    end
end

-- The line that says what was wrong: one with such a word, else the last that is not blank.
local function fault_in(text)
    local last = ""
    for line in text:gmatch "[^\n]+" do
        local small = line:lower()
        if small:find "error" or small:find "fatal" or small:find "failed" or small:find "exhausted" then
            return line
        end
        last = line:find "%S" and line or last
    end
    return last
end

local function run_once(direction, line, turn)
    local run = line.run
    if direction.name == "forward" then
        bench.server:create("bench", run.template)
    else
        process.shell(("rm -f %s/out.db*"):format(bench.place))
    end
    local result = measure(bench, run.command(bench))
    line.results[turn] = result
    tell("%s, turn %d: %.2f s", run.name, turn, result.wall)
    if result.code == 124 then
        line.failed = ("ended after %d s"):format(bench.limit)
    elseif result.code ~= 0 then
        line.failed = ("failed: exit code %d: %s"):format(result.code, fault_in(result.output))
    elseif turn == 1 and direction.name == "forward" then
        line.contents = contents.check(bench, run)
    elseif turn == 1 and process.read(bench.place .. "/out.db") then
        line.contents = contents.check_back(bench, bench.place .. "/out.db")
    end
    result.output = nil
end

local function measure_all(direction, options, fault)
    local lines = {}
    for i, run in ipairs(direction.chosen) do
        local unfit = (direction.name == "back" or run.template == "loaded") and fault
        lines[i] = { run = run, results = {}, absent = unfit or absence(run, options.scale), contents = "" }
    end
    for turn = 1, options.turns do
        for _, line in ipairs(lines) do
            if not line.absent and not line.failed then
                run_once(direction, line, turn)
            end
        end
    end
    bench.server:drop "bench"
    output.summarize(lines, direction.wherry)
    return { name = direction.name, title = direction.title, letter = direction.letter, lines = lines }
end

-- The database that the ways back begin with, and what verifies alone: wherry's journal in it says how the values were
-- stored. Returns what was wrong.
local function load_by_wherry()
    bench.server:create("loaded", "keyed")
    local command = ("%s run %s %s --schema=existing --quiet"):format(process.quote(bench.wherry), bench.source.file,
        process.quote(bench.server:url "loaded"))
    local loaded, fault = pcall(process.shell, command)
    return not loaded and "not run: wherry did not load the database: " .. fault_in(fault) or nil
end

local function describe(options)
    local model = process.read "/proc/cpuinfo":match "model name%s*: ([^\n]+)" or "unknown processor"
    local memory = process.read "/proc/meminfo":match "MemTotal: *(%d+)" / 1048576
    return {
        ("scale %g: %d rows, SQLite file of %.0f MB; each run %d times, in turn; medians"):format(options.scale,
            bench.source.rows, bench.source.bytes / 1e6, options.turns),
        ("%s processors (%s), %.0f GB of memory, load before %s"):format(process.shell "nproc", model, memory,
            process.read "/proc/loadavg":match "^%S+"),
        bench.server:describe(),
        ("SQLite %s, %s; all input in memory"):format(process.shell "sqlite3 --version":match "^%S+",
            process.shell(process.quote(bench.wherry) .. " version"):match "^[^\n]+"),
        "CPU: processor time, of the command's own processes, of the whole server, of everything else on the machine; "
            .. "the ratio is of own and server; peak: of the largest process",
    }
end

local options = options_of(arg)
for _, direction in ipairs(directions) do
    direction.chosen = chosen(direction.runs, options.only)
    if options.list then
        for _, run in ipairs(direction.runs) do
            print(("%-18s  %s"):format(run.name, run.what))
        end
    end
end
if options.list then
    os.exit(0, true)
elseif #directions[1].chosen + #directions[2].chosen == 0 then
    usage(("no run is called %s; --list shows them"):format(options.only))
end

bench.top, bench.place, bench.wherry = process.shell "pwd", process.directory "bench-run", os.getenv "WHERRY"
bench.helper = (os.getenv "WHERRY_BUILD" or bench.top .. "/build") .. "/bench/helper"
bench.help = process.shell(process.quote(bench.wherry) .. " run --help")
bench.limit = math.max(600, math.floor(3600 * options.scale))
local cache = options.cache or bench.place
if not cache:find "^/" then
    cache = os.getenv "BENCH_FROM" .. "/" .. cache
end
bench.source = source.get(cache, options.scale, bench.helper)
bench.server = bench_server.start()
prepare_templates()
if #directions[1].chosen > 0 then
    contents.make_reference(bench)
end

local head, tables = describe(options), {}
local loaded, fault
for _, direction in ipairs(directions) do
    for _, run in ipairs(direction.chosen) do
        if not loaded and (direction.name == "back" or run.template == "loaded") then
            loaded, fault = true, load_by_wherry()
        end
    end
    if direction.name == "back" then
        bench.server:drop "reference"
    end
    if #direction.chosen > 0 then
        tables[#tables + 1] = measure_all(direction, options, fault)
    end
end
io.stdout:write(output.render(options.format, head, tables))
