-- The neutral schema model: what both catalogs are read into and what both printers start from.

---@class wherry.Model
---@field dialect "sqlite"|"pg"
---@field tables wherry.Table[] in catalog order
---@field views {name: string, sql: string?, kind: string?}[]
---@field triggers {name: string, table: string, sql: string?}[]
---@field virtuals wherry.Virtual[]
---@field sequences table<string, integer> SQLite: last value that sqlite_sequence holds, by table

---@class wherry.Table
---@field name string
---@field schema string? PostgreSQL only
---@field columns wherry.Column[]
---@field primary_key wherry.Key?
---@field rowid_alias string? the INTEGER PRIMARY KEY column
---@field rowid_name string? the first spelling of the rowid that no column shadows; nil: there is none
---@field autoincrement boolean
---@field without_rowid boolean
---@field strict boolean
---@field uniques wherry.Key[]
---@field foreign_keys wherry.ForeignKey[]
---@field indexes wherry.Index[]
---@field checks wherry.Check[]
---@field sql string?
---@field module string? "rtree", "rtree_i32": a virtual table that is carried as a plain table
---@field original_name string? a derived table's name in the source, by which expressions call it
---@field original table<string, string>? a derived table's columns: by name in the source the created name; those that
---are left out are not there
---@field left_out string[]? a derived table's columns in the source that are left out
---@field comment string? what a comment in the DDL says of it
---@field problem string? its CREATE TABLE was not understood, so that names and clauses may be missing here
---@field oid string? PostgreSQL only, like all below
---@field kind string? relkind: 'r', 'p', 'f'
---@field owned boolean? the current role may ALTER it
---@field can_insert boolean?
---@field can_select boolean?
---@field rls_in_force boolean?
---@field extension string? the extension it belongs to
---@field insert_triggers {name: string, enabled: string, definition: string}[]?
---@field update_triggers {name: string, enabled: string, definition: string}[]?

---@class wherry.Key
---@field name string? the constraint's name where one was given
---@field columns string[]
---@field desc boolean[]?
---@field collations string[]? per column, upper case; SQLite only
---@field conflict string? the ON CONFLICT action where one was given

---@class wherry.ForeignKey
---@field name string?
---@field columns string[]
---@field parent string
---@field parent_columns string[] an implicit parent key is resolved
---@field parent_missing boolean no such table, or no unique key on these columns
---@field parent_reason string? what is missing
---@field on_delete string
---@field on_update string
---@field deferrable boolean
---@field initially_deferred boolean
---@field match string?
---@field definition string? PostgreSQL only, like all below
---@field valid boolean?
---@field parent_schema string?
---@field references_ok boolean?
---@field oid string?
---@field comment string?
---@field aside boolean? it is put aside during a load

---@class wherry.Index
---@field name string
---@field unique boolean
---@field columns {name: string?, desc: boolean, collation: string?}[] name is nil for an expression
---@field partial boolean
---@field expression boolean
---@field sql string?

---@class wherry.Check
---@field name string?
---@field sql string the condition without its parentheses (PostgreSQL: the definition)
---@field column string? the column it stands at

---@class wherry.Column
---@field name string
---@field declared string the declared type, "" when there is none
---@field affinity "integer"|"real"|"text"|"blob"|"numeric"|nil SQLite only
---@field not_null boolean
---@field default string? SQL text of an expression that stands by itself
---@field generated "stored"|"virtual"|boolean|nil
---@field expression string? of a generated column
---@field collation string? upper case, nil for BINARY
---@field conflict string? the ON CONFLICT action of NOT NULL
---@field comment string? what a comment in the DDL says of it
---@field type wherry.Type? PostgreSQL only, like all below
---@field has_default boolean?
---@field identity "a"|"d"|nil
---@field sequence {schema: string, name: string, can_update: boolean}?

---@class wherry.Type
---@field oid integer of the base type
---@field name string pg_type.typname of the base type
---@field typmod integer
---@field display string as format_type prints it
---@field domain string? the domain's name
---@field typtype string?
---@field as_text boolean? on the way back: it has no codec, and comes as the server's text

---@class wherry.Virtual
---@field name string
---@field module string lower case, "" when its statement was not understood
---@field arguments string[]
---@field owns_rows boolean rows are lost when it is left out
---@field carried_as_table boolean
---@field shadows string[] the shadow tables that really exist
---@field content string? the external content table
---@field reason string why it is (not) carried
---@field sql string

local model = {}

---@param dialect "sqlite"|"pg"
---@return wherry.Model
function model.new(dialect)
    return { dialect = dialect, tables = {}, views = {}, triggers = {}, virtuals = {}, sequences = {} }
end

---@param fields table at least `name`
---@return wherry.Table
function model.new_table(fields)
    local defaults = {
        columns = {}, uniques = {}, foreign_keys = {}, indexes = {}, checks = {},
        autoincrement = false, without_rowid = false, strict = false,
    }
    for key, value in pairs(defaults) do
        if fields[key] == nil then
            fields[key] = value
        end
    end
    return fields
end

---SQLite's folding of names: ASCII letters only.
---@param name string
---@return string
function model.fold(name)
    return (name:gsub("%u+", string.lower))
end

---Finds an entry by its exact name.
---@generic T
---@param list T[]
---@param name string
---@return T?
function model.named(list, name)
    for _, entry in ipairs(list) do
        if entry.name == name then
            return entry
        end
    end
    return nil
end

---Finds an entry as SQLite finds it: without regard to ASCII case.
---@generic T
---@param list T[]
---@param name string
---@return T?
function model.folded(list, name)
    local wanted = model.fold(name)
    for _, entry in ipairs(list) do
        if model.fold(entry.name) == wanted then
            return entry
        end
    end
    return nil
end

---The names of entries, in their order.
---@param list {name: string}[]
---@return string[]
function model.names(list)
    local names = {}
    for i, entry in ipairs(list) do
        names[i] = entry.name
    end
    return names
end

---@param m wherry.Model
---@param name string
---@return wherry.Table?
function model.table(m, name)
    return model.named(m.tables, name)
end

---@param t wherry.Table
---@param name string
---@return wherry.Column?
function model.column(t, name)
    return model.named(t.columns, name)
end

return model
