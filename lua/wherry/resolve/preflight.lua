-- preflight.lua: what would stop or spoil the load of a target table that exists, looked up before anything is written:
-- rights, row-level security, triggers, rows that are there, foreign keys.
local conflicts = require "wherry.resolve.conflicts"
local failure = require "wherry.failure"
local names = require "wherry.names"

local statements = require "wherry.statements"

local preflight = {}

---@class wherry.PreflightChecks
---@field target_query fun(sql: string, parameters?: table): table[]
---@field role string the target's current user
---@field outcome wherry.Outcome
---@field money_digits? string how many digits the server's money has, once asked

local function qualified(target)
    return names.qualified(target.schema, target.name)
end

local function missing_right(checks, t, key, reason, hint)
    checks.outcome:finding { code = "missing_right", table = t and t.name, key = key, reason = reason, hint = hint }
end

local function check_name(checks, schema)
    if schema:find "^pg_" or schema == "information_schema" then
        checks.outcome:finding { code = "reserved_schema", key = schema,
            reason = ("the schema %s belongs to PostgreSQL itself"):format(names.quote_pg(schema)),
            hint = "choose another one with --target-schema" }
    end
end

---Raises when the target takes no changes. A database that its owner keeps read-only is not written by setting the
---session otherwise: that is how production is fenced. reset_val is what database, role and PGOPTIONS say, whatever
---this session has set.
---@param target_query fun(sql: string): table[]
function preflight.writable(target_query)
    local row = target_query([[SELECT pg_catalog.current_database() AS database,
        pg_catalog.pg_is_in_recovery() AS standby, (SELECT reset_val FROM pg_catalog.pg_settings
            WHERE name = 'default_transaction_read_only') AS read_only]])[1]
    if row.standby == "t" then
        failure.raise("environment", "the server is a standby, which is read-only",
            "name the primary server as target (of several hosts: target_session_attrs=read-write)")
    elseif row.read_only == "on" then
        failure.raise("environment", ("the database %s is kept read-only (default_transaction_read_only)"):format(
            names.quote_pg(row.database)), "if it is the right one, allow it for this command: "
            .. "PGOPTIONS='-c default_transaction_read_only=off' wherry run ...")
    end
end

---The current role, and its rights on the schema and on the journal's.
---@param checks wherry.PreflightChecks
---@param schema string
---@param journal string
---@param creates boolean tables are created in the schema
---@return boolean exists whether the schema is there
function preflight.database(checks, schema, journal, creates)
    local row = checks.target_query([[SELECT pg_catalog.current_database() AS database,
            pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') AS can_create,
            pg_catalog.has_schema_privilege(s.oid, 'USAGE') AS schema_usage,
            pg_catalog.has_schema_privilege(s.oid, 'CREATE') AS schema_create,
            pg_catalog.has_schema_privilege(j.oid, 'USAGE') AS journal_usage,
            pg_catalog.has_schema_privilege(j.oid, 'CREATE') AS journal_create
        FROM (SELECT) AS always LEFT JOIN pg_catalog.pg_namespace s ON s.nspname = $1
            LEFT JOIN pg_catalog.pg_namespace j ON j.nspname = $2]], { schema, journal })[1]
    local role, schema_name = names.quote_pg(checks.role), names.quote_pg(schema)
    check_name(checks, schema)
    if row.schema_usage == "f" then
        missing_right(checks, nil, "USAGE", ("the schema %s may not be used"):format(schema_name),
            ("GRANT USAGE ON SCHEMA %s TO %s"):format(schema_name, role))
    end
    if creates and row.schema_create == "f" then
        missing_right(checks, nil, "CREATE", ("nothing may be created in the schema %s"):format(schema_name),
            ("GRANT CREATE ON SCHEMA %s TO %s"):format(schema_name, role))
    end
    local needs_schema = creates and not row.schema_create
    if row.can_create == "f" and (not row.journal_usage or needs_schema) then
        missing_right(checks, nil, "CREATE ON DATABASE", ("the schema %s can't be created"):format(
            needs_schema and schema_name or names.quote_pg(journal)),
            ("GRANT CREATE ON DATABASE %s TO %s"):format(names.quote_pg(row.database), role))
    elseif row.journal_usage == "f" or row.journal_create == "f" then
        missing_right(checks, nil, "journal", ("the journal's schema %s may not be used"):format(
            names.quote_pg(journal)), ("GRANT USAGE, CREATE ON SCHEMA %s TO %s"):format(names.quote_pg(journal), role))
    end
    return row.schema_usage ~= nil
end

local KINDS = { v = "a view", m = "a materialized view", f = "a foreign table" }

---Whether the target is a table that rows can be copied into.
---@param checks wherry.PreflightChecks
---@param t wherry.Table of the source
---@param target wherry.Table
---@return boolean
function preflight.kind(checks, t, target)
    local kind = KINDS[target.kind]
    if kind then
        checks.outcome:finding { code = "target_not_a_table", table = t.name,
            reason = ("%s is %s"):format(qualified(target), kind),
            hint = "name a table with `into`, or leave it out with --skip" }
    end
    return not kind
end

local function check_rights(checks, t, target)
    local needed = {}
    for _, right in ipairs { { "INSERT", target.can_insert }, { "SELECT", target.can_select } } do
        if right[2] == false then
            needed[#needed + 1] = right[1]
        end
    end
    if #needed > 0 then
        local list = table.concat(needed, ", ")
        missing_right(checks, t, list, ("%s on %s is not granted"):format(list, qualified(target)),
            ("GRANT %s ON TABLE %s TO %s"):format(list, qualified(target), names.quote_pg(checks.role)))
    end
    for _, column in ipairs(target.columns) do
        local sequence = column.sequence
        if sequence and sequence.can_update == false then
            local name = names.qualified(sequence.schema, sequence.name)
            missing_right(checks, t, "UPDATE " .. name, ("UPDATE on the sequence %s is not granted"):format(name),
                ("GRANT USAGE, SELECT, UPDATE ON SEQUENCE %s TO %s"):format(name, names.quote_pg(checks.role)))
        end
    end
end

local function check_empty(checks, t, target, on_conflict)
    if target.can_select == false or target.rls_in_force or (on_conflict or "error") ~= "error" then
        return
    end
    if #checks.target_query(("SELECT 1 AS n FROM %s LIMIT 1"):format(names.own_rows(target))) > 0 then
        checks.outcome:finding { code = "target_not_empty", table = t.name,
            reason = ("%s already has rows"):format(qualified(target)),
            hint = ('on_conflict = "keep", "update" or "replace"; or leave the table out with --skip %s; what an '
                .. "unfinished run loaded is removed by --restart"):format(checks.outcome:label(t.name)) }
    end
end

local function check_triggers(checks, t, target, decision, on_conflict)
    for _, trigger in ipairs(conflicts.triggers(target, on_conflict)) do
        local enabled = trigger.enabled == "O" or trigger.enabled == "A"
        if enabled and not decision then
            checks.outcome:finding { code = "trigger_fires", table = t.name, key = trigger.name,
                reason = ("the trigger %s of %s would fire for each row"):format(names.quote_pg(trigger.name),
                    qualified(target)),
                hint = 'decide: triggers = "fire" or "off" (--triggers=fire|off)' }
        elseif enabled and decision == "off" and not target.owned then
            missing_right(checks, t, "trigger " .. trigger.name,
                ("only the owner of %s can disable the trigger %s"):format(qualified(target), trigger.name),
                ('run as the owner, or set triggers = "fire"'))
        elseif enabled and decision == "off" then
            local name = names.quote_pg(trigger.name)
            checks.outcome:object { kind = "trigger", name = trigger.name, table = t.name, target = qualified(target),
                state = "aside", outcome = "exact", note = "off during the load",
                aside_sql = ("ALTER TABLE %s DISABLE TRIGGER %s"):format(qualified(target), name),
                sql = ("ALTER TABLE %s ENABLE %sTRIGGER %s"):format(qualified(target),
                    trigger.enabled == "A" and "ALWAYS " or "", name) }
        elseif enabled then
            checks.outcome:receipt("trigger", trigger.name, "exact", "fires for each row that is loaded",
                { table = t.name, target = qualified(target) })
        end
    end
end

---All checks of one target table but its foreign keys.
---@param checks wherry.PreflightChecks
---@param t wherry.Table of the source
---@param target wherry.Table
---@param decision "fire"|"off"|nil what the plan says about triggers
---@param on_conflict "error"|"keep"|"update"|"replace"|nil what the plan says about rows that are there
function preflight.table(checks, t, target, decision, on_conflict)
    check_rights(checks, t, target)
    if target.rls_in_force then
        checks.outcome:finding { code = "row_level_security", table = t.name,
            reason = ("row-level security is in force on %s for this role; COPY is not allowed there, and rows could "
                .. "be hidden from counts"):format(qualified(target)),
            hint = "run as a role with BYPASSRLS, or as the owner without FORCE ROW LEVEL SECURITY" }
    end
    check_empty(checks, t, target, on_conflict)
    check_triggers(checks, t, target, decision, on_conflict)
end

local MONEY = 790

-- Whether values of a type are money, or hold some.
local function has_money(type)
    for _, field in ipairs(type.fields or {}) do
        if field.type and has_money(field.type) then
            return true
        end
    end
    return type.oid == MONEY or type.element ~= nil and has_money(type.element)
end

---Money travels in the smallest unit of the server's currency, and the codec takes that for a hundredth.
---@param checks { target_query: function, outcome: wherry.Outcome, money_digits: string? } PostgreSQL's side
---@param t wherry.Table of the source
---@param columns { target: string, type: wherry.Type }[] target: the name in PostgreSQL
function preflight.money(checks, t, columns)
    for _, column in ipairs(columns) do
        if has_money(column.type) then
            checks.money_digits = checks.money_digits or checks.target_query(
                "SELECT pg_catalog.scale('0'::pg_catalog.money::pg_catalog.numeric) AS digits")[1].digits
            if checks.money_digits ~= "2" then
                checks.outcome:finding { code = "money_digits", table = t.name, column = column.target,
                    reason = ("the server's lc_monetary gives money %s digits behind the point, not 2"):format(
                        checks.money_digits),
                    hint = "make the column numeric: money is another value under each lc_monetary" }
            end
        end
    end
end

---Puts the foreign keys of a loaded table aside. One that has to stay in place is no harm while parents come first, but
---rows of a cycle, or of a table that refers to itself, come in no such order.
---@param checks wherry.PreflightChecks
---@param t wherry.Table of the source
---@param target wherry.Table
---@param backward table<wherry.ForeignKey, string> why a key's parent rows do not come first
---@param stays boolean|nil rows that it refuses have to be rejected when they come: it stays where parents come first
function preflight.foreign_keys(checks, t, target, backward, stays)
    for _, key in ipairs(target.foreign_keys) do
        local name = names.quote_pg(key.name)
        if stays and not backward[key] then
            checks.outcome:receipt("foreign key", key.name, "exact", "stays in place during the load: rows that it "
                .. "refuses are rejected with what is emitted", { table = t.name, target = qualified(target) })
        elseif target.owned and key.references_ok ~= false then
            key.aside = true
            checks.outcome:object { kind = "foreign key", name = key.name, table = t.name, target = qualified(target),
                state = "aside", outcome = "exact", note = "off during the load, validated after it",
                made = math.tointeger(tonumber(key.oid)),
                key = { columns = key.columns, parent = key.parent, parent_schema = key.parent_schema,
                    parent_columns = key.parent_columns },
                aside_sql = ("ALTER TABLE %s DROP CONSTRAINT %s"):format(qualified(target), name),
                sql = statements.join { ("ALTER TABLE %s ADD CONSTRAINT %s %s"):format(qualified(target), name,
                    key.definition), key.comment and ("COMMENT ON CONSTRAINT %s ON %s IS %s"):format(name,
                    qualified(target), names.literal_pg(key.comment)) } }
        elseif backward[key] then
            local parent = names.qualified(key.parent_schema or target.schema, key.parent)
            local grant = target.owned and ("GRANT REFERENCES ON TABLE %s TO %s"):format(parent,
                names.quote_pg(checks.role)) or ("run as the owner of %s"):format(qualified(target))
            missing_right(checks, t, "foreign key " .. key.name,
                ("the foreign key %s has to be put aside during the load (%s), and this role may not"):format(name,
                    backward[key]), grant)
        end
    end
end

return preflight
