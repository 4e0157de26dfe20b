-- installed.lua: which runtime functions the target schema has already, from an earlier run into it. A function of the
-- same name that is not ours is never replaced.
local installed = {}

local FUNCTIONS = [[SELECT p.proname AS name, p.prosrc AS body, p.prokind AS kind FROM pg_catalog.pg_proc p
    JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = $1]]

local function body_of(sql)
    return sql:match "%$wherry%$(.*)%$wherry%$"
end

-- The bodies of the schema's functions by name; an aggregate has none.
local function there(schema, target_query)
    local by_name = {}
    for _, row in ipairs(target_query(FUNCTIONS, { schema })) do
        by_name[row.name] = by_name[row.name] or {}
        by_name[row.name][row.kind == "a" and "aggregate" or row.body] = true
    end
    return by_name
end

---The functions that are still to be created; one whose name is another function's is a finding.
---@param wanted wherry.RuntimeStatement[]
---@param schema string
---@param target_query? fun(sql: string, parameters: table): table[] nil: an empty database
---@param outcome wherry.Outcome
---@return wherry.RuntimeStatement[]
function installed.missing(wanted, schema, target_query, outcome)
    local missing, by_name = {}, {}
    if wanted[1] and target_query then
        by_name = there(schema, target_query)
    end
    for _, one in ipairs(wanted) do
        local bodies = by_name[one.name]
        if not bodies then
            missing[#missing + 1] = one
        elseif not bodies[body_of(one.sql) or "aggregate"] then
            outcome:finding { code = "target_exists", key = one.name,
                reason = ("%s.%s is there already, and is another function than the one that translated expressions "
                    .. "need"):format(schema, one.name),
                hint = "use another schema with --target-schema, or rename that function" }
        end
    end
    return missing
end

return installed
