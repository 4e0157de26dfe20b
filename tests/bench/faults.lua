-- Walks the points of small runs at which something can go wrong (tests/support/faults.lua), one walk after the other.
local h = require "tests.support.harness"
local faults = require "tests.support.faults"
local faults_back = require "tests.support.faults_back"
local faults_sql = require "tests.support.faults_sql"
local server = require "tests.support.server"
local values = require "tests.support.values"

-- Kinds of calls, what becomes of the n-th one, and how many are passed over where there are very many of a kind.
local WALKS = {
    { "send", "kill" }, { "recv", "kill" }, { "pread", "kill" },
    { "send", "fail" }, { "send", "cut" }, { "recv", "fail" }, { "recv", "cut" },
    { "pread", "fail" }, { "step", "fail" }, { "step", "nomem" }, { "pq", "fail" },
    { "core", "fail" }, { "libpq", "fail" }, { "sqlite", "fail", 7 }, { "lua", "fail", 101 },
    { "core", "deny", 11 }, { "sqlite", "deny", 61 }, { "lua", "deny", 997 },
}

-- Of a source that is copied first: nothing else writes files on the way there.
local WALKS_COPIED = {
    { "write", "kill" }, { "write", "fail" }, { "sync", "kill" }, { "sync", "fail" }, { "pread", "kill" },
    { "pread", "fail" }, { "core", "fail" }, { "sqlite", "fail", 7 },
}

local CASES = {
    { name = "existing", options = {} },
    { name = "created", options = { create = true } },
    { name = "rejects", options = { args = { "--on-bad=reject" }, code = 1, more = faults_sql.BAD } },
    { name = "copied", options = { args = { "--source-mode=copy" } }, walks = WALKS_COPIED },
}

-- Of the way back.
local WALKS_BACK = {
    { "write", "kill" }, { "sync", "kill" }, { "recv", "kill" }, { "write", "fail" }, { "sync", "fail" },
    { "send", "fail" }, { "recv", "cut" }, { "step", "fail" }, { "pq", "fail", 7 }, { "core", "fail" },
    { "libpq", "fail", 3 }, { "sqlite", "fail", 7 },
}

-- How a network cuts, and how many bytes of an undisturbed run lie between two cuts.
local CUTS = { { "end", 1499 }, { "shut", 1999 }, { "half", 9973 }, { "mute", 19997 } }
local BYTES = 200000

local function options_of(arguments)
    local options = { only = "", every = 1, kills = 300, jobs = nil }
    local i = 1
    while arguments[i] do
        local name = arguments[i]:match "^%-%-(%l+)$"
        assert(name == "only" or name == "every" or name == "kills" or name == "jobs",
            "usage: faults [--only WORD] [--every N] [--kills N] [--jobs N]")
        local value = assert(arguments[i + 1], arguments[i] .. " needs a value")
        options[name] = name == "only" and value or assert(math.tointeger(tonumber(value)), name .. ": no number")
        i = i + 2
    end
    return options
end

local total, wrong = 0, {}

local function say(format, ...)
    io.write(format:format(...), "\n")
    io.flush()
end

local function try(what, work, ...)
    total = total + 1
    local ok, fault = pcall(work, ...)
    if not ok then
        wrong[#wrong + 1] = what
        say("WRONG %s\n    %s", what, tostring(fault):gsub("\n", "\n    "))
    end
    return ok
end

local function walk(case, name, kind, action, every)
    local all, bad, begun = case:count(kind), #wrong, h.process.clock()
    local points = 0
    for point = 1, all, every do
        local fault = ("%s %s %d"):format(kind, action, point)
        try(("%s: %s"):format(name, fault), case.walk, case, fault)
        points = points + 1
    end
    say("%-24s %6d calls, %5d points, %3d wrong, %6.1f s", name, all, points, #wrong - bad, h.process.clock() - begun)
end

local function cuts(case, name, how, every)
    local points, bad, begun = 0, #wrong, h.process.clock()
    for byte = math.min(every, BYTES) // 2, BYTES, every do -- one at least
        try(("%s at %d"):format(name, byte), case.through, case, server.get().socket, how, byte, 0, "5s")
        points = points + 1
    end
    say("%-24s %6d bytes, %5d points, %3d wrong, %6.1f s", name, BYTES, points, #wrong - bad,
        h.process.clock() - begun)
end

-- Kills at random moments, one after the other, until the run comes through.
local function kills(case, name, wanted, random)
    local done, bad, begun = 0, #wrong, h.process.clock()
    while done < wanted do
        try(("%s after %d"):format(name, done), function()
            done = done + case:random_kills(random)
        end)
        assert(#wrong - bad < 20, "too many are wrong")
    end
    say("%-24s %6d kills, %3d wrong, %6.1f s", name, done, #wrong - bad, h.process.clock() - begun)
end

local function main(arguments)
    local options = options_of(arguments)
    local seed = os.time()
    say("seed %d", seed)
    for _, jobs in ipairs(options.jobs and { options.jobs } or { 1, 2 }) do
        for _, entry in ipairs(CASES) do
            local how = { rows = 150, args = table.move(entry.options.args or {}, 1, 9, 2, { "--jobs=" .. jobs }),
                create = entry.options.create, more = entry.options.more, code = entry.options.code }
            local case
            local function made()
                case = case or faults.case(how)
                return case
            end
            local name
            for _, it in ipairs(entry.walks or WALKS) do
                name = ("%s/%d %s %s"):format(entry.name, jobs, it[1], it[2])
                if name:find(options.only, 1, true) then
                    walk(made(), name, it[1], it[2], options.every * (it[3] or 1))
                end
            end
            for _, cut in ipairs(CUTS) do
                name = ("%s/%d cut %s"):format(entry.name, jobs, cut[1])
                if name:find(options.only, 1, true) then
                    cuts(made(), name, cut[1], options.every * cut[2])
                end
            end
            name = ("%s/%d random kill"):format(entry.name, jobs)
            if name:find(options.only, 1, true) and options.kills > 0 then
                kills(made(), name, options.kills // #CASES, values.random(seed))
            end
            h.cleanup()
        end
    end
    if ("back"):find(options.only, 1, true) or options.only:find("back", 1, true) then
        local case = faults_back.case()
        for _, it in ipairs(WALKS_BACK) do
            walk(case, ("back %s %s"):format(it[1], it[2]), it[1], it[2], options.every * (it[3] or 1))
        end
        h.cleanup()
    end
    say("%d points, %d wrong", total, #wrong)
    os.exit(#wrong == 0 and 0 or 1, true)
end

main(arg)
