-- meta.lua: the public names for the Lua language server, which completes and checks scripts by them. Never loaded.
---@meta wherry
-- luacheck: ignore 212 241

---@class wherry
---@field version string
---@field pg wherry.PgMaker
local w = {}

---@class wherry.PgMaker
---@overload fun(target: string): wherry.Pg a URL or a libpq connection string; "$NAME" stands for a variable
local pg = {}
w.pg = pg

---The private server, started when it does not run.
---@return wherry.Pg
function pg.private() end

---A SQLite file: a path, relative to the script's folder, or a sqlite: URL.
---@param path string
---@return wherry.Sqlite
function w.sqlite(path) end

---Leaves a table out, with the reason for its receipt.
---@param reason string
---@return wherry.Skip
function w.skip(reason) end

---A blob: bytes that are no text. A string is a text. `#` gives its length, tostring its bytes, == compares them.
---@param bytes string|wherry.Blob
---@return wherry.Blob
function w.blob(bytes) end

---@class wherry.Blob

---A column that is computed in the reading SELECT: an expression of SQLite over the source table, without aggregates;
---`:started` stands for the run's begin, an ISO text in UTC.
---@param expression string
---@return wherry.Value
function w.sql(expression) end

---A column that has the same value in each row. A boolean is 1 or 0, as SQLite has it.
---@param value nil|boolean|integer|number|string
---@return wherry.Value
function w.constant(value) end

---Several values as one JSON document of type json or jsonb, keys in the order of their bytes; NULL is null in it. A
---bare text is a source column, a table a document inside.
---@param members table<string, string|wherry.Value|table>
---@return wherry.Value
function w.fold(members) end

---The plan that a script returns. Unknown keys are errors.
---@param fields wherry.PlanFields
---@return wherry.Plan
function w.plan(fields) end

---@class wherry.PlanFields
---@field from wherry.Sqlite the file that is read
---@field to? wherry.Pg the database that is loaded, unless the command line names one
---@field schema? "existing"|"create" load into tables that are there, or create them after the file's schema
---@field target_schema? string "public" without it
---@field idiomatic? boolean for created tables: jsonb, uuid, timestamptz and date where all values allow it
---@field nocase? "fold"|"citext"|"icu" for created tables: how COLLATE NOCASE is kept
---@field columns? table<string, wherry.DeclarationFields> how values are stored and which type a created
---column gets, by globs of target columns
---@field zone? string of times without offset: "UTC" or an offset such as "+02:00"
---@field order? string[] source tables that are loaded first; the rest follows by foreign keys
---@field triggers? "fire"|"off" user triggers of target tables that fire on INSERT
---@field indexes? "auto"|"rebuild"|"keep" keys and indexes of tables that are there and empty: "auto" without it
---@field analyze? boolean whether statistics of the loaded tables are taken: true without it
---@field on_bad? wherry.OnBad what happens to a value or a row that does not fit: "fail" without it
---@field max_bad? integer|string how many rows may be rejected: a number, or a share such as "1%"
---@field on_conflict? wherry.OnConflict what happens to rows that the target holds already: "error" without it
---@field before_load? wherry.Step what is done once before rows are loaded, in one transaction
---@field after_load? wherry.Step the same behind keys, indexes and foreign keys
---@field only? string[] globs of the source tables to carry
---@field skip? string[] globs of source tables to leave out
---@field verify? fun(check: wherry.Checks, src: wherry.Handle, dst: wherry.Handle) what else has to be right; src
---has a handle under each name where there are several sources
---@field tables? table<string, wherry.TableFields|wherry.Skip> by source name

---@alias wherry.Step string|string[]|fun(src: wherry.Handle, dst: wherry.Handle) SQL of PostgreSQL, or a function:
---src is the source, to read; dst the target, within the transaction

---@class wherry.TableFields
---@field into? string the target table's name
---@field columns? table<string, string|wherry.Value|wherry.ColumnFields> target column = source column
---or what fills it
---@field skip? table<string, string> source column = reason for leaving it out
---@field where? string an SQL condition over the source table
---@field triggers? "fire"|"off" goes before the plan's
---@field on_bad? wherry.OnBad goes before the plan's
---@field on_conflict? wherry.OnConflict goes before the plan's

---@alias wherry.OnConflict "error"|"keep"|"update"|"replace"
---@alias wherry.OnBadWord "fail"|"reject"|"null"|"replace"|"strip"|"escape"|"cut"|"round"|"nearest"|"truth"
---| "empty_null"
---@alias wherry.OnBad wherry.OnBadWord|wherry.OnBadWord[]

---@alias wherry.StoredForm "iso"|"unix"|"unix_ms"|"unix_us"|"unix_ns"|"julian"|"ticks"|"core_data"|"webkit"|"go"
---| "uuid"|"uuid_net"|"s"|"ms"|"us"|"ns"

---@class wherry.DeclarationFields
---@field stored? wherry.StoredForm
---@field zone? string of ISO texts without offset
---@field type? string of a column that is created, as SQL writes it: "timestamptz", "varchar(40)"

---@class wherry.ColumnFields : wherry.DeclarationFields
---@field from? string|wherry.Value the source column, or what fills the column
---@field on_bad? wherry.OnBad goes before the table's

---@class wherry.Skip
---@field reason string

---@class wherry.Value what fills a column: made by w.sql, w.constant, w.json or w.fold
---@field kind string

---@class wherry.Sqlite
local sqlite = {}

---Opens the file for a script's own reading and writing; a relative path counts from the current directory.
---@param options? { write: boolean?, create: boolean? } nothing: to read; create: made where it is missing
---@return wherry.Handle
function sqlite:open(options) end

---@class wherry.Pg
local pg_end = {}

---Connects for a script's own reading and writing.
---@param options? { write: boolean? } write = false: to read alone
---@return wherry.Handle
function pg_end:open(options) end

---An open database. It is closed at the end of its block when it is declared `<close>`.
---@class wherry.Handle
---@field kind "sqlite"|"pg"
---@field is_writable boolean
local handle = {}

---Closes the connection; a second time does nothing.
function handle:close() end

---The first column of the first row; nil: NULL, or there is no row.
---@param sql string
---@param ... nil|boolean|number|string|wherry.Blob parameters
---@return any
function handle:value(sql, ...) end

---`for row in h:rows(sql) do print(row.name) end`
---@param sql string
---@param ... nil|boolean|number|string|wherry.Blob parameters
---@return fun(): table|nil
function handle:rows(sql, ...) end

---`for batch in h:batches(sql, { size = 5000 }) do for row in batch:rows() do ... end end`
---@param sql string
---@param options? { size: integer? } rows of a batch, 1000 without it; fewer where their values reach 16 MiB
---@param ... nil|boolean|number|string|wherry.Blob parameters
---@return fun(): wherry.Batch|nil
function handle:batches(sql, options, ...) end

---A list of rows.
---@class wherry.Batch
local batch = {}

---Its rows, one after the other.
---@return fun(): table|nil
function batch:rows() end

---Runs one statement.
---@param sql string
---@param ... nil|boolean|number|string|wherry.Blob parameters
---@return integer affected rows
function handle:exec(sql, ...) end

---Calls the function and commits; rolls back when it raises, and raises that again.
---@param work fun(handle: wherry.Handle): ...
---@return any ... what the function gives
function handle:transaction(work) end

---Writes rows into one table, in a transaction that stores all of them or none: by COPY on PostgreSQL, by a prepared
---INSERT on SQLite. One at a time.
---@param table_name string "table", "schema.table", or with the quotes of SQL
---@param columns string[]
---@return wherry.Writer
function handle:writer(table_name, columns) end

---Takes its rows back at the end of its block when it is declared `<close>`, unless it has committed.
---@class wherry.Writer
local writer = {}

---Writes a row. A value that does not fit raises, with row, column and value; that row is not written.
---@param ... nil|boolean|number|string|wherry.Blob a value for each column, in their order
function writer:write(...) end

---Writes a row by names; what is not named is NULL.
---@param values table<string, boolean|number|string|wherry.Blob>
function writer:row(values) end

---Stores the rows, and ends the writer. When it raises, none of them is stored, unless the error says that this is not
---known.
---@return integer rows as the database counted them
function writer:commit() end

---Takes back what was written, and ends the writer.
function writer:rollback() end

---As rollback, where the writer has not ended.
function writer:close() end

return w
