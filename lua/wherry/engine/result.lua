-- result.lua: what a run says of itself, as a value: the summary and the JSON document are made from it. Only
-- engine/init.lua fills it.
local failure = require "wherry.failure"
local ledger = require "wherry.engine.ledger"
local shallow = require "wherry.shallow"
local shell_word = require "wherry.shell_word"

local result = {}

---@class wherry.Result
---@field command string
---@field status "verified"|"counted"|"loaded"|"differs"|"refused"|"failed"|"interrupted"
---@field exit integer
---@field run integer?
---@field target table?
---@field sources table[]
---@field targets table[]
---@field objects table[]
---@field findings wherry.Finding[]
---@field error table?
---@field rejects wherry.RejectGroup[]
---@field comparison wherry.Compared? of both sides, value by value
---@field but string? what of a verified target was not compared
---@field verification { state: "none"|"skipped"|"passed"|"failed", note: string? }
---@field checks wherry.CheckLine[] of the plan's verify
---@field hints string[] what to type next
---@field committed { rows: integer, tables: integer }? what stands in the target when a run stopped half-way

---@param command string
---@return wherry.Result
function result.new(command)
    return { schema = 1, command = command, status = "failed", exit = 3, sources = {}, targets = {}, objects = {},
        findings = {}, hints = {}, rejects = {}, checks = {}, verification = { state = "none" } }
end

---@param self wherry.Result
---@param info table core.snapshot info, or { files = a list of these, each with its name }
function result.source(self, info)
    for i, one in ipairs(info.files or { info }) do
        self.sources[i] = { name = one.name or "main", path = one.path, fingerprint = one.fingerprint,
            copy = one.copy, taken = one.taken, tables = {} }
    end
end

---@param self wherry.Result
---@param chosen wherry.Target
function result.target(self, chosen)
    self.target = { url = chosen.url_masked, origin = chosen.origin, database = chosen.database }
end

---@param self wherry.Result
---@param connection table core.pg connection
function result.server(self, connection)
    local place = connection:describe()
    self.target.host, self.target.database = place.host, place.dbname
    self.target.server_version = connection:parameter "server_version"
end

---@param self wherry.Result
---@param resolved wherry.Resolved
function result.plan(self, resolved)
    self.target.schema = resolved.target_schema
    self.objects = resolved.objects
    result.findings(self, resolved.findings or {})
end

---@param self wherry.Result
---@param finding wherry.Finding
function result.finding(self, finding)
    self.findings[#self.findings + 1] = finding
end

---@param self wherry.Result
---@param findings wherry.Finding[]
function result.findings(self, findings)
    table.move(findings, 1, #findings, #self.findings + 1, self.findings)
end

-- The source of a line; that of a file which was left out later stays without lines.
local function source_named(self, name)
    for _, source in ipairs(self.sources) do
        if source.name == name then
            return source
        end
    end
    return self.sources[1]
end

local ADDED = { "passed", "emitted", "inserted", "updated", "skipped", "rejected", "seconds" }

-- One line a target table, whatever sources fill it.
local function joined(lines)
    local list, by_table = {}, {}
    for _, line in ipairs(lines) do
        local known = line.table and by_table[line.table]
        if known then
            for _, name in ipairs(ADDED) do
                known[name] = known[name] + line[name]
            end
        else
            known = shallow.copy(line)
            by_table[line.table or known], list[#list + 1] = known, known
        end
    end
    return list
end

--- Both sides of the ledger.
---@param self wherry.Result
---@param source_tables table[]
---@param targets table[]
function result.ledger(self, source_tables, targets)
    for _, source in ipairs(self.sources) do
        source.tables = {}
    end
    for _, line in ipairs(source_tables) do
        table.insert(source_named(self, line.from).tables, line)
    end
    self.targets = joined(targets)
end

--- The objects as they stand in the target.
---@param self wherry.Result
---@param receipts wherry.Object[] from journal:receipts
function result.receipts(self, receipts)
    self.objects = receipts
end

--- What else is to be told of objects: it stands in the receipt that an object has, or in one of its own.
---@param self wherry.Result
---@param receipts wherry.Object[] of outcome "changed"
function result.more_receipts(self, receipts)
    local known = {}
    for _, object in ipairs(self.objects) do
        known[object.kind .. "\0" .. object.name] = object
    end
    for _, receipt in ipairs(receipts) do
        local object = known[receipt.kind .. "\0" .. receipt.name]
        if object then
            object.note = object.note and ("%s; %s"):format(object.note, receipt.note) or receipt.note
            object.outcome = object.outcome == "exact" and "changed" or object.outcome
        else
            self.objects[#self.objects + 1] = receipt
        end
    end
end

--- The rows that are rejected and not loaded since.
---@param self wherry.Result
---@param groups wherry.RejectGroup[]
function result.rejects(self, groups)
    self.rejects = groups
end

--- What the plan's verify has found.
---@param self wherry.Result
---@param state "skipped"|"passed"|"failed"
---@param checks wherry.CheckLine[]
---@param note string?
function result.verified(self, state, checks, note)
    self.verification, self.checks = { state = state, note = note }, checks
end

--- The target could not be asked any more: of what was still to be done nobody knows.
---@param self wherry.Result
function result.unknown_objects(self)
    local objects = {}
    for index, object in ipairs(self.objects) do
        objects[index] = object.state == "receipt" and object or { kind = object.kind, name = object.name,
            table = object.table, target = object.target, state = object.state, outcome = "not_carried",
            note = "not known: the target can't be asked any more" }
    end
    self.objects = objects
end

--- Nothing was written.
---@param self wherry.Result
function result.refused(self)
    self.status, self.exit = "refused", 4
end

-- Whether every value of at least one table was compared, or there was none to compare.
local function has_compared(comparison)
    local state = comparison and comparison.state
    for _, tbl in ipairs(state == "partly" and comparison.tables or {}) do
        if tbl.state ~= "not_compared" then
            return true
        end
    end
    return state == "verified"
end

--- The run came to its end.
---@param self wherry.Result
---@param compared boolean both sides were counted
function result.finished(self, compared)
    if self.findings[1] or self.verification.state == "failed" then
        self.status, self.exit = "differs", 1
    elseif self.comparison and self.comparison.state == "differs" then
        self.status, self.exit = "differs", 1
    else
        self.status, self.exit = has_compared(self.comparison) and "verified" or compared and "counted" or "loaded", 0
    end
end

--- No statistics of the loaded tables were taken.
---@param self wherry.Result
function result.not_analyzed(self)
    self.hints[#self.hints + 1] = "ANALYZE   # in the target: no statistics were taken, and until then, or until "
        .. "autovacuum comes, queries are planned without"
end

--- The run failed or was interrupted.
---@param self wherry.Result
---@param fault table
---@param signal integer? the signal that asked to stop
---@param wrote boolean the target was changed: what was committed stays
function result.failed(self, fault, signal, wrote)
    self.error = fault
    if signal or fault.kind == "interrupted" then
        self.status, self.exit = "interrupted", 128 + (signal or 2)
    else
        self.status = "failed"
        self.exit = (wrote or fault.kind == "changed") and 5 or failure.exit_code(fault)
    end
end

--- What stands in the target although the run stopped.
---@param self wherry.Result
---@param resolved wherry.Resolved
---@param source_counts table<string, table>?
---@param target_counts table<string, table>
function result.committed(self, resolved, source_counts, target_counts)
    local rows, tables, sources, targets = 0, 0, {}, {}
    for _, tbl in ipairs(resolved.tables) do
        local target = target_counts[tbl.read.table]
        if target then
            rows, tables = rows + target.inserted, tables + 1
            targets[#targets + 1] = ledger.target_line(tbl, target)
        end
        local source = source_counts and source_counts[tbl.source]
        if source then
            sources[#sources + 1] = ledger.source_line(tbl, source, target)
        end
    end
    result.ledger(self, sources, targets) -- the finish may have filled them already
    self.committed = { rows = rows, tables = tables }
end

-- The options of a run that the next command needs, too: another journal, or other tables, would be another run.
local function same_choices(options)
    local words = {}
    for _, name in ipairs { "source", "schema", "target_schema", "triggers", "indexes", "only", "skip", "nocase",
        "on_bad", "max_bad", "rejects", "report", "journal" } do
        local value = options[name == "source" and "from" or name]
        value = type(value) == "table" and table.concat(value, ",") or value
        if value and value ~= "" and not (name == "journal" and value == "wherry") then
            words[#words + 1] = (" --%s=%s"):format(name:gsub("_", "-"), shell_word(value))
        end
    end
    return (options.idiomatic and " --idiomatic" or "") .. (options.analyze == false and " --no-analyze" or "")
        .. table.concat(words)
end

-- What a run stopped at that will be there again: going on makes sense when it was mended without touching the source.
local stays = { value = true, server = true, source = true, changed = true }

--- How to go on with the run, and how to take it back.
---@param self wherry.Result
---@param options wherry.RunOptions
---@param target wherry.Target
function result.next_commands(self, options, target)
    if not options.source then
        self.hints[#self.hints + 1] = "w.run(plan, { resume = true })    -- goes on where it stopped"
        self.hints[#self.hints + 1] = "w.run(plan, { restart = true })   -- removes exactly what this run loaded, and "
            .. "begins anew"
        return
    end
    local command = ("wherry run %s"):format(shell_word(options.source))
    if target.origin == "given" then
        command = command .. " " .. shell_word(target.url_masked)
    end
    command = command .. same_choices(options)
    local again = self.error and stays[self.error.kind]
    self.hints[#self.hints + 1] = ("%s --resume    # goes on where it stopped%s"):format(command,
        again and "; with --accept-changes, if source, script or target were mended for it" or "")
    self.hints[#self.hints + 1] = ("%s --restart   # removes exactly what this run loaded, and begins anew%s"):format(
        command, again and ", with what was mended" or "")
end

return result
