-- meta.lua: the public names for the Lua language server, which completes and checks scripts by them. Never loaded.
---@meta wherry
-- luacheck: ignore 212 241

---@class wherry
---@field version string
---@field hook wherry.Value fills a column that the table's function `row` assigns
---@field pg wherry.PgMaker
---@field sqlite wherry.SqliteMaker
local w = {}

---Runs a plan, as the command run does. Mistakes in the options are raised; all else is told by the result.
---@param plan wherry.Plan|string a plan, or the path of a script or a SQLite file
---@param options? wherry.RunFields
---@return wherry.RunOutcome
function w.run(plan, options) end

---A dry run of a plan, as the command check does it.
---@param plan wherry.Plan|string
---@param options? wherry.CheckFields
---@return wherry.RunOutcome
function w.check(plan, options) end

---Compares both sides, as the command verify does it. Nothing is written.
---@param plan wherry.Plan|string
---@param options? wherry.VerifyFields
---@return wherry.RunOutcome
function w.verify(plan, options) end

---@class wherry.SqliteMaker
---@overload fun(path: string): wherry.Sqlite a path, relative to the script's folder, or a sqlite: URL
---@overload fun(given: wherry.SourceFields): wherry.Sqlite { "PATH", ... }: one of several sources
local sqlite_maker = {}
w.sqlite = sqlite_maker

---All files whose paths match a pattern (* ? [a-z]), each a source of its own. In texts of the options * stands for the
---file's name: what the pattern's wildcards stand for.
---@param given string|wherry.GlobFields a pattern, or { "PATTERN", ... }
---@return wherry.SqliteGlob
function sqlite_maker.glob(given) end

---@class wherry.SqliteGlob

---@class wherry.PgMaker
---@overload fun(target: string): wherry.Pg a URL or a libpq connection string; "$NAME" stands for a variable
local pg = {}
w.pg = pg

---The private server, started when it does not run.
---@return wherry.Pg
function pg.private() end

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

---What a table's function `row` returns to leave a row out: it is counted under this reason.
---@param reason string
---@return wherry.Drop
function w.drop(reason) end

---@class wherry.Drop

---Whether a column of a row holds bytes that are no text; views show them as strings.
---@param row wherry.OldRow|wherry.NewRow `old` or `new`
---@param column string
---@return boolean
function w.is_blob(row, column) end

---The plan that a script returns. Unknown keys are errors.
---@param fields wherry.PlanFields
---@return wherry.Plan
function w.plan(fields) end

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
