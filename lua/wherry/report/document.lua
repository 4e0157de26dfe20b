-- document.lua: the Result of a run as the document of --json: exactly the fields that are promised, each always there.
local comparison_document = require "wherry.report.comparison_document"
local json = require "wherry.json"
local moment = require "wherry.moment"
local url = require "wherry.url"

local document = {}

local each, or_null = json.each, json.or_null

local source_counts = { "total", "excluded", "rejected", "merged", "passed" }
local target_counts = { "passed", "emitted", "inserted", "updated", "skipped", "rejected" }

local function source_table(entry)
    local out = { table = entry.table, filtered = {} }
    for _, name in ipairs(source_counts) do
        out[name] = entry[name] or 0
    end
    if type(entry.filtered) == "table" then
        for reason, count in pairs(entry.filtered) do
            out.filtered[reason] = count
        end
    end
    return out
end

local function target_table(entry)
    local out = { table = entry.table, seconds = math.floor((entry.seconds or 0) * 1000 + 0.5) / 1000 }
    for _, name in ipairs(target_counts) do
        out[name] = entry[name] or 0
    end
    return out
end

local function source_of(source)
    local copy = source.copy
    return { name = source.name, path = source.path, fingerprint = source.fingerprint or json.null,
             copy = copy and { path = copy.path, taken = moment.iso(copy.taken) } or json.null,
             schema = source.schema or json.null, server_version = source.server_version or json.null,
             tables = each(source.tables, source_table) }
end

local function object_of(object)
    return { kind = object.kind, name = object.name, outcome = object.outcome, note = or_null(object.note) }
end

-- A value that came through an error of the core is fit for display already and carries its class beside it.
local function value_of(entry)
    if entry.value_class then
        return json.displayed(entry.value, entry.value_class)
    elseif entry.value == nil then
        return json.null
    end
    return json.value(entry.value)
end

local function finding_of(finding)
    return { code = finding.code, table = or_null(finding.table), key = or_null(finding.key),
             column = or_null(finding.column), value = value_of(finding), reason = finding.reason,
             hint = or_null(finding.hint) }
end

--- An error for a document.
---@param fault table
---@return table
function document.error(fault)
    return { kind = fault.kind, message = fault.message, hint = or_null(fault.hint), sqlstate = or_null(fault.sqlstate),
             table = or_null(fault.table), column = or_null(fault.column), key = or_null(fault.key),
             value = value_of(fault) }
end

local function example_of(example)
    return { key = or_null(example.key), value = or_null(example.value) }
end

local function reject_of(group)
    return { table = group.table, column = or_null(group.column), sqlstate = or_null(group.sqlstate),
             reason = group.reason, hint = or_null(group.hint), count = group.count,
             examples = each(group.examples, example_of) }
end

--- A target for a document.
---@param target table|nil
---@return table
function document.target(target)
    if not target then
        return json.null
    end
    return { url = or_null(target.url), origin = target.origin, database = or_null(target.database),
             host = or_null(target.host), schema = or_null(target.schema),
             server_version = or_null(target.server_version), file = target.file }
end

-- The error of a run: its hint also says how to go on with what stopped half-way.
local function error_of(result)
    if not result.error then
        return json.null
    end
    local fault = document.error(result.error)
    if result.hints and result.hints[1] then
        fault.hint = table.concat({ result.error.hint or "go on", table.unpack(result.hints) }, "\n")
    end
    return fault
end

local function timing_of(timing)
    local function side(one)
        return one and { median_ms = one.median, p95_ms = one.p95, runs = one.runs } or json.null
    end
    return timing and { sqlite = side(timing.sqlite), pg = side(timing.pg) } or json.null
end

local function check_of(check)
    return { kind = check.kind, name = check.name, passed = check.passed, detail = or_null(check.detail),
        differences = each(check.differences, function(text) return text end), hint = or_null(check.hint),
        seconds = math.floor(check.seconds * 1000 + 0.5) / 1000, timing = timing_of(check.timing) }
end

-- What became of the plan's verify.
local function verification_of(result)
    local one = result.verification or { state = "none" }
    return { state = one.state, note = or_null(one.note) }
end

--- The document of a run.
---@param result table
---@return table
function document.of(result)
    return {
        schema = 1, command = result.command or "run", status = result.status, run = or_null(result.run),
        target = document.target(result.target), sources = each(result.sources, source_of),
        targets = each(result.targets, target_table), objects = each(result.objects, object_of),
        findings = each(result.findings, finding_of), rejects = each(result.rejects, reject_of),
        verification = verification_of(result), checks = each(result.checks, check_of),
        comparison = comparison_document.of(result.comparison), error = error_of(result),
    }
end

local function column_of(column)
    return { source = not column.expression and column.source or nil, expression = column.expression,
        target = column.target, type = column.type.display, stored = column.type.stored,
        zone = column.type.zone, on_bad = column.on_bad,
        on_null = column.on_null and { default = column.on_null.default, text = column.on_null.text } }
end

local function planned_table(tbl)
    return { source = tbl.source, target = tbl.target_sql, where = or_null(tbl.where), binary = tbl.binary,
             columns = each(tbl.columns, column_of) }
end

local function planned_object(object)
    local out = object_of(object)
    out.table, out.sql = or_null(object.table), or_null(object.state ~= "receipt" and object.sql or nil)
    return out
end

local function planned_step(step)
    return { name = step.name, statements = step.statements and each(step.statements, function(sql) return sql end)
        or json.null }
end

--- The moment that is shown of a source which is in use; null where it is at rest.
---@param taken integer|nil microseconds since 1970
---@return any
function document.as_of(taken)
    return taken and moment.iso(taken // 1000000) or json.null
end

--- The document of a preview: what a run would do.
---@param result wherry.Preview
---@return table
function document.of_preview(result)
    local resolved = result.resolved
    local source = result.sources[1]
    return {
        schema = 1, command = "plan", status = result.status, mode = or_null(resolved and resolved.mode),
        source = source and { path = source.path, fingerprint = source.fingerprint,
            as_of = document.as_of(source.taken) } or json.null,
        sources = each(result.sources, function(one)
            return { name = one.name, path = one.path, fingerprint = or_null(one.fingerprint),
                as_of = document.as_of(one.taken) }
        end),
        target = document.target(result.target), target_schema = or_null(resolved and resolved.target_schema),
        statements = each(resolved and resolved.create or result.statements, function(sql) return sql end),
        tables = each(resolved and resolved.tables, planned_table), objects = each(result.objects, planned_object),
        steps = each(resolved and resolved.hooks, planned_step),
        findings = each(result.findings, finding_of), error = error_of(result),
    }
end

--- The document of a command that ended with an error before it had anything else to say.
---@param command string|nil
---@param fault table
---@return table
function document.of_error(command, fault)
    if command == "run" or command == "verify" then
        return document.of { command = command, status = "refused", error = fault }
    elseif command == "plan" then
        return document.of_preview { status = "refused", sources = {}, objects = {}, findings = {}, error = fault }
    elseif command == "check" then
        return require "wherry.check.answer".document { status = "refused", sources = {}, findings = {}, error = fault }
    end
    local status = fault.kind == "interrupted" and "interrupted" or "failed"
    if command == "status" then
        return require "wherry.status.document".of { status = status, runs = {}, error = fault }
    elseif command == "forget" then
        return require "wherry.status.document".of_forget { status = status, error = fault }
    end
    return { schema = 1, command = or_null(command), error = document.error(fault) }
end

-- Fields that hold words of wherry's own: a password that happens to be one of them must not change it.
local own_words = { status = true, origin = true, outcome = true, kind = true, code = true,
    class = true, action = true, state = true, phase = true }

--- Takes the passwords out of every text of a document; stored values are the user's, and stay exact.
---@param value any
---@param secrets string[]
---@return any
function document.mask(value, secrets)
    if type(value) == "string" then
        return url.mask(value, secrets)
    elseif type(value) ~= "table" or value == json.null or json.is_raw(value) then
        return value
    end
    local out = setmetatable({}, getmetatable(value))
    for key, inner in pairs(value) do
        local own = own_words[key] or key == "command" and tostring(inner):find "^%a+$"
        out[key] = own and inner or document.mask(inner, secrets)
    end
    return out
end

return document
