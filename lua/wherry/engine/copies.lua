-- copies.lua: the copies that runs read in the place of a source that is in use: where they lie, whose they are, when
-- they go. A copy belongs to a run of one journal; who holds that journal's lock may remove what no run of it needs.
local core = require "wherry.core"
local failure = require "wherry.failure"
local json = require "wherry.json"
local make_state_directory = require "wherry.make_state_directory"
local progress = require "wherry.progress"
local state_directory = require "wherry.state_directory"

local copies = {}

local TELL_SECONDS = 10

--- Where copies lie on this machine.
---@param getenv fun(name: string): string|nil
---@return string
function copies.directory(getenv)
    return state_directory(core, getenv, "the copy of a source that is in use", "set HOME") .. "/copies"
end

-- A sign of the journal, so that the copies of its runs are known among all others: the server (a name may lead to
-- another one tomorrow), the database, the schema. nil where the server may not be asked: then nothing is known as its
-- own, and nothing removed but by the run that made it.
local function sign_of(journal)
    local asked, rows = pcall(journal.session.query, journal.session,
        "SELECT system_identifier AS id FROM pg_control_system()")
    if not asked then
        return nil
    end
    local place = journal.session.connection:describe()
    return core.sys.hash(table.concat({ rows[1].id, place.host or "", place.port or "", place.dbname or "",
        journal.name }, "\0")):sub(1, 12)
end

-- The file's name without what a shell or a reader stumbles over.
local function stem(path)
    return (path:match "[^/]*$":gsub("%.[^.]*$", ""):gsub("[^%w_-]", "_"):sub(1, 40))
end

local function path_of(getenv, journal, run, source, name)
    -- a name that nobody has, where nothing tells whose a file of another name is
    local sign = sign_of(journal)
        or "unknown" .. core.sys.hash(("%d %d"):format(core.sys.now(), core.sys.pid())):sub(1, 6)
    return ("%s/%s%s-%s-%d.db"):format(copies.directory(getenv), stem(source), name and "-" .. stem(name) or "", sign,
        run)
end

-- The copies that runs of this journal still need: of those that may be gone on with (a key that could not be made is
-- tried again), and of those whose rejected rows can be read again.
local function needed(journal)
    local keep = {}
    if journal:exists() and journal.version >= 4 then
        for _, row in ipairs(journal:query [[SELECT r.copy FROM (SELECT id, state, copy FROM %s.run
                UNION ALL SELECT r.id, r.state, to_jsonb(s) ->> 'copy' FROM %s.run r JOIN %s.source s ON s.run = r.id) r
            WHERE copy IS NOT NULL AND (state IN ('running', 'stopped') OR state = 'done' AND (EXISTS
                (SELECT FROM %s.reject j WHERE j.run = r.id AND j.state = 'open') OR EXISTS
                (SELECT FROM %s.object o WHERE o.run = r.id AND o.state = 'failed')))]]) do
            keep[row.copy] = true
        end
    end
    return keep
end

--- Removes the copies that no run of this journal needs any more, half-made ones of killed runs among them. Only under
--- the journal's lock.
---@param journal wherry.Journal
---@param getenv fun(name: string): string|nil
---@param log fun(level: string, text: string)
function copies.sweep(journal, getenv, log)
    local directory = copies.directory(getenv)
    local sign = core.sys.stat(directory) and sign_of(journal)
    if not sign then
        return
    end
    local keep = needed(journal)
    for _, name in ipairs(core.sys.listdir(directory)) do
        local copy, run, rest = name:match("^(.*%-" .. sign .. "%-(%d+)%.db)(.*)$")
        -- beside a copy that is kept may stand what SQLite needs
        if copy and (rest:find "^%.wherry%-" or not keep[json.utf8(directory .. "/" .. copy)]) then
            core.sys.remove_tree(directory .. "/" .. name)
            log("verbose", ("removed %s, a copy for run %s that nothing needs any more"):format(name, run))
        end
    end
end

-- A line now and then while a large file is copied.
local function teller(log)
    local last = core.sys.clock()
    return function(done, total)
        local now = core.sys.clock()
        if now - last >= TELL_SECONDS then
            last = now
            log("info", ("copied %s of %s MB"):format(progress.grouped(done >> 20), progress.grouped(total >> 20)))
        end
    end
end

---@class wherry.Copy
---@field path string
---@field taken integer the moment that it shows, in seconds since 1970
---@field size integer bytes
---@field held number? seconds for which writers had to wait

local function make_directory(directory)
    local ok, fault = pcall(function()
        make_state_directory(core.sys, directory:match "^(.*)/[^/]*$")
        core.sys.mkdir(directory, tonumber("700", 8))
    end)
    if not ok then
        failure.raise("environment", fault.message, "the environment variable XDG_STATE_HOME names another place for "
            .. "copies: wherry help copies")
    end
end

--- Makes the copy that a run is going to read: all there, and on the disk.
---@param source string absolute path of the source
---@param journal wherry.Journal
---@param run integer its number
---@param options wherry.RunOptions
---@param name? string of one of several sources
---@return wherry.Copy
function copies.make(source, journal, run, options, name)
    local path = path_of(options.getenv, journal, run, source, name)
    local directory = copies.directory(options.getenv)
    if not core.sys.stat(directory) then
        make_directory(directory)
    end
    local made = core.snapshot.copy { from = source, to = path, tick = teller(options.log) }
    return { path = path, taken = made.taken // 1000000, size = made.size, held = made.held }
end

--- What is known of a copy that was made earlier; nil: it is not there.
---@param path string
---@return wherry.Copy?
function copies.of(path)
    local file = core.sys.stat(path)
    return file and { path = path, taken = file.mtime_ns // 1000000000, size = file.size } or nil
end

return copies
