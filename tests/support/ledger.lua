-- The document of `run --json`, held against promise 1: its shape, and the equations of both sides.
local cjson = require "cjson"

local ledger = {}

local STATUS = { verified = true, counted = true, loaded = true, differs = true, refused = true, failed = true,
    interrupted = true }
local OUTCOME = { exact = true, changed = true, not_carried = true }
local SOURCE_COUNTS = { "total", "excluded", "rejected", "merged", "passed" }
local TARGET_COUNTS = { "passed", "emitted", "inserted", "updated", "skipped", "rejected", "seconds" }

local function sum(object)
    local total = 0
    for _, n in pairs(object) do
        total = total + n
    end
    return total
end

local function counts_fault(row, names, what)
    for _, name in ipairs(names) do
        if type(row[name]) ~= "number" or row[name] < 0 then
            return ("%s: %s is %s"):format(what, name, tostring(row[name]))
        end
    end
end

local function sources_fault(document, complete)
    for _, source in ipairs(document.sources) do
        -- A source that could not be read to its end, or copied, has no fingerprint.
        local known = type(source.fingerprint) == "string" or not complete and #source.tables == 0
        if type(source.name) ~= "string" or type(source.path) ~= "string" or not known then
            return "a source lacks name, path or fingerprint"
        end
        for _, row in ipairs(source.tables) do
            local what = "source table " .. tostring(row.table)
            local fault = counts_fault(row, SOURCE_COUNTS, what)
            if fault then
                return fault
            elseif type(row.filtered) ~= "table" then
                return what .. ": filtered is no object"
            end
            local told = row.excluded + sum(row.filtered) + row.rejected + row.merged + row.passed
            if told > row.total or (complete and told ~= row.total) then
                return ("%s: total %d, but %d rows told"):format(what, row.total, told)
            end
        end
    end
end

-- What passed on one side passed on the other.
local function passed_fault(document)
    local here, there = 0, 0
    for _, source in ipairs(document.sources) do
        for _, row in ipairs(source.tables) do
            here = here + row.passed
        end
    end
    for _, row in ipairs(document.targets) do
        there = there + row.passed
    end
    return here ~= there and ("%d rows passed in the source, %d in the target"):format(here, there) or nil
end

local function targets_fault(document)
    for _, row in ipairs(document.targets) do
        local what = "target table " .. tostring(row.table)
        local fault = counts_fault(row, TARGET_COUNTS, what)
        if fault then
            return fault
        elseif row.passed + row.emitted ~= row.inserted + row.updated + row.skipped + row.rejected then
            return what .. ": the equation does not hold"
        elseif not row.table:find(".", 1, true) then
            return what .. ": no schema in the name"
        end
    end
end

-- Every reject is told in a group, and counted in the source's line.
local function rejects_fault(document)
    local told, counted = {}, {}
    for _, group in ipairs(document.rejects or {}) do
        if type(group.reason) ~= "string" or group.reason == "" or #group.examples == 0
            or #group.examples > group.count then
            return ("rejects of %s: no reason, no example, or more of these than rows"):format(tostring(group.table))
        end
        told[group.table] = (told[group.table] or 0) + group.count
    end
    for _, source in ipairs(document.sources) do
        for _, row in ipairs(source.tables) do
            counted[row.table] = row.rejected
            if row.rejected ~= (told[row.table] or 0) then
                return ("source table %s: %d rows rejected, %d told"):format(row.table, row.rejected,
                    told[row.table] or 0)
            end
        end
    end
    for name in pairs(told) do
        if not counted[name] then
            return ("rejects of %s, which is not loaded"):format(name)
        end
    end
end

local function lists_fault(document)
    for _, object in ipairs(document.objects) do
        if type(object.kind) ~= "string" or type(object.name) ~= "string" or not OUTCOME[object.outcome] then
            return ("object %s %s: outcome %s"):format(tostring(object.kind), tostring(object.name),
                tostring(object.outcome))
        elseif object.outcome ~= "exact" and (type(object.note) ~= "string" or object.note == "") then
            return ("object %s %s is %s, but no note says how"):format(object.kind, object.name, object.outcome)
        end
    end
    for _, finding in ipairs(document.findings) do
        if type(finding.code) ~= "string" or type(finding.reason) ~= "string" or finding.reason == "" then
            return "a finding without code or reason"
        end
    end
end

-- What the plan's verify has found: its state is that of its lines.
local function checks_fault(document)
    local state, failed = document.verification.state, false
    for _, check in ipairs(document.checks) do
        if type(check.kind) ~= "string" or type(check.name) ~= "string" or type(check.passed) ~= "boolean" then
            return "a check without kind, name or outcome"
        elseif not check.passed and type(check.detail) ~= "string" and check.kind ~= "ok" then
            return ("check %s has failed, and nothing says why"):format(check.name)
        end
        failed = failed or not check.passed
    end
    if failed ~= (state == "failed") or #document.checks > 0 and state ~= "failed" and state ~= "passed" then
        return ("%d checks, and the verification is %s"):format(#document.checks, state)
    end
end

---Checks a document of `run` against its exit code; returns what is wrong with it, or nil.
---@param document table  as cjson decodes it
---@param code integer
---@return string|nil
function ledger.check(document, code)
    if document.schema ~= 1 or not STATUS[document.status] then
        return ("schema %s, status %s"):format(tostring(document.schema), tostring(document.status))
    end
    for _, name in ipairs { "sources", "targets", "objects", "findings", "checks", "verification" } do
        if type(document[name]) ~= "table" then
            return name .. " is missing"
        end
    end
    if document.error == nil or (type(document.error) == "table" and type(document.error.message) ~= "string") then
        return "error is neither null nor an object with a message"
    end
    if code == 0 then
        if document.status ~= "counted" and document.status ~= "verified" and document.status ~= "loaded" then
            return "exit 0 with status " .. document.status
        elseif document.error ~= cjson.null or #document.findings > 0 or document.verification.state == "failed" then
            return "exit 0 with an error, findings or failed checks"
        end
    elseif document.error == cjson.null and #document.findings == 0 and document.verification.state ~= "failed"
        and (document.comparison == cjson.null or document.comparison.state ~= "differs") then
        return ("exit %d without an error, a finding or a failed check"):format(code)
    elseif code == 5 and document.run == cjson.null and document.error.kind ~= "changed" then
        return "exit 5 promises a run that can go on, but there is none"
    elseif document.status == "refused" and (code == 1 or code == 5) then
        return ("exit %d with status %s"):format(code, document.status)
    elseif (code == 130 or code == 143) ~= (document.status == "interrupted") then
        return ("exit %d with status %s"):format(code, document.status)
    end
    return sources_fault(document, code == 0) or targets_fault(document) or rejects_fault(document)
        or lists_fault(document) or checks_fault(document)
        or (code == 0 or code == 1) and passed_fault(document) or nil
end

---The counts of one source table.
---@param document table
---@param name string
---@return table|nil
function ledger.source(document, name)
    for _, source in ipairs(document.sources) do
        for _, row in ipairs(source.tables) do
            if row.table == name then
                return row
            end
        end
    end
end

---The counts of one target table.
---@param document table
---@param name string  schema.name
---@return table|nil
function ledger.target(document, name)
    for _, row in ipairs(document.targets) do
        if row.table == name then
            return row
        end
    end
end

---The receipts whose name contains a word; at most those of one kind.
---@param document table
---@param word string
---@param kind string|nil
---@return table[]
function ledger.objects(document, word, kind)
    local found = {}
    for _, object in ipairs(document.objects) do
        if object.name:find(word, 1, true) and (not kind or object.kind == kind) then
            found[#found + 1] = object
        end
    end
    return found
end

---The first finding about a table (and column), or nil.
---@param document table
---@param name string
---@param column string|nil
---@return table|nil
function ledger.finding(document, name, column)
    for _, finding in ipairs(document.findings) do
        local about = finding.table ~= cjson.null and finding.table or ""
        local where = finding.column ~= cjson.null and finding.column or nil
        -- A target's name may come with its schema.
        if (about == name or about:match "[^.]+$" == name) and (not column or where == column) then
            return finding
        end
    end
end

return ledger
