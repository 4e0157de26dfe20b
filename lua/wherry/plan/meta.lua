-- meta.lua: the keys of a plan, and the options of w.run, w.check and w.verify, for Lua's language server. Not loaded.
---@meta wherry.plan
-- luacheck: ignore 212 241

---@class wherry.PlanFields
---@field from wherry.Sqlite|wherry.SqliteGlob|table<string, wherry.Sqlite> the file that is read, or several ones
---@field collision? "error"|"append" where several tables go into one: "error" without it
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
---@field on_null? wherry.OnNullWord whether NULL takes the default of columns that are NOT NULL: "keep" without it
---@field max_bad? integer|string how many rows may be rejected: a number, or a share such as "1%"
---@field on_conflict? wherry.OnConflict what happens to rows that the target holds already: "error" without it
---@field before_load? wherry.Step what is done once before rows are loaded, in one transaction
---@field after_load? wherry.Step the same behind keys, indexes and foreign keys
---@field only? string[] globs of the source tables to carry
---@field skip? string[] globs of source tables to leave out
---@field verify? fun(check: wherry.Checks, src: wherry.Handle, dst: wherry.Handle) what else has to be right; src
---has a handle under each name where there are several sources
---@field lookups? table<string, wherry.LookupFields> maps from key to value, read before the load
---@field tables? table<string, wherry.TableFields|wherry.Skip> by source name

---@class wherry.LookupFields one of pg, sqlite and file
---@field pg? string a SELECT of the target: key, value
---@field sqlite? string a SELECT of the source: key, value
---@field file? string a .json file (an object) or a .csv file (two columns below a header) beside the script
---@field from? wherry.Sqlite|wherry.Pg|string another database that the SELECT is for, or a source by its name

---@class wherry.SourceFields
---@field schema? string the schema of its target tables
---@field prefix? string begins the names of its target tables
---@field tag? { column: string, value: string|number } a target column, and its value in all rows
---@field offset? integer is added to integer keys, and to what refers to them

---@class wherry.GlobFields
---@field schema? string the schema of each file's target tables
---@field prefix? string begins the names of each file's target tables
---@field tag? string|{ column: string, value: string? } a target column, which gets the file's name
---@field strict? boolean a file that can't be loaded keeps all others from being loaded

---@alias wherry.Step string|string[]|fun(src: wherry.Handle, dst: wherry.Handle) SQL of PostgreSQL, or a function:
---src is the source, to read; dst the target, within the transaction

---@class wherry.TableFields
---@field into? string the target table's name
---@field columns? table<string, string|wherry.Value|wherry.ColumnFields> target column = source column
---or what fills it
---@field skip? table<string, string> source column = reason for leaving it out
---@field where? string an SQL condition over the source table
---@field merge? wherry.MergeFields rows that are one row in the target; what refers to the others refers to the one
---that is kept
---@field offset? integer what is added to the table's integer key, and to all that refers to it
---@field references? string[] columns of other tables that refer to its key without a foreign key: "table.column"
---@field triggers? "fire"|"off" goes before the plan's
---@field on_bad? wherry.OnBad goes before the plan's
---@field on_null? wherry.OnNullWord goes before the plan's
---@field on_conflict? wherry.OnConflict goes before the plan's
---@field row? wherry.RowFunction called for each row
---@field emits? string[] target tables that row makes rows for

---@class wherry.MergeFields
---@field by (string|wherry.Value)[] source columns, or w.sql: rows that are equal in all of them are one row
---@field keep? "first"|"last" which of them stays, in the order of the table's key: "first" without it

---@alias wherry.RowFunction fun(old: wherry.OldRow, new: wherry.NewRow, emit: wherry.Emit): wherry.Drop|nil reads the
---source row, assigns columns of the target row; w.drop "reason" leaves the row out
---@alias wherry.Emit fun(table: string, columns: table<string, wherry.CellValue>) makes a row for a table that `emits`
---names; a column that is not given gets its default
---@alias wherry.CellValue nil|boolean|integer|number|string|wherry.Blob

---The source row, valid inside the call: every column of the table, bytes as a string.
---@class wherry.OldRow
---@field [string] nil|integer|number|string

---The target row, valid inside the call: columns as they are about to be converted.
---@class wherry.NewRow
---@field [string] wherry.CellValue

---@alias wherry.OnConflict "error"|"keep"|"update"|"replace"
---@alias wherry.OnBadWord "fail"|"reject"|"null"|"replace"|"strip"|"escape"|"cut"|"round"|"nearest"|"truth"
---| "empty_null"
---@alias wherry.OnBad wherry.OnBadWord|wherry.OnBadWord[]

---@alias wherry.OnNullWord "keep"|"default"

---@alias wherry.StoredForm "iso"|"unix"|"unix_ms"|"unix_us"|"unix_ns"|"julian"|"ticks"|"core_data"|"webkit"|"go"
---| "uuid"|"uuid_net"|"s"|"ms"|"us"|"ns"

---@class wherry.DeclarationFields
---@field stored? wherry.StoredForm
---@field zone? string of ISO texts without offset
---@field type? string of a column that is created, as SQL writes it: "timestamptz", "varchar(40)"
---@field map? fun(value: nil|integer|number|string): wherry.CellValue gives the value to convert in its place
---@field on_bad? wherry.OnBad goes before the table's
---@field on_null? wherry.OnNullWord goes before the table's; of nullable columns, too

---@class wherry.ColumnFields : wherry.DeclarationFields
---@field from? string|wherry.Value the source column, or what fills the column
---@field lookup? string the lookup whose value for the source's value goes into the column
---@field missing? "bad"|"null"|"keep" what becomes of a value that the lookup does not have: "bad" without it

---Options of w.check, by the names of the command line's.
---@class wherry.CheckFields
---@field target? string where to, before the plan's: a URL or a connection string
---@field schema? "existing"|"create" goes before the plan's
---@field target_schema? string goes before the plan's
---@field only? string|string[] globs of the source tables to carry; the plan's are left out
---@field skip? string|string[] globs of source tables to leave out, beside the plan's
---@field triggers? "fire"|"off" for all tables
---@field indexes? "auto"|"rebuild"|"keep" goes before the plan's
---@field on_bad? wherry.OnBad goes before the plan's, and behind those of tables and columns
---@field max_bad? integer|string goes before the plan's
---@field idiomatic? boolean goes before the plan's
---@field nocase? "fold"|"citext"|"icu" goes before the plan's
---@field no_check? boolean without SQLite's quick_check
---@field journal? string the journal's schema: "wherry" without it
---@field log? fun(level: "verbose"|"info"|"warning"|"error", text: string) told what the command line shows meanwhile

---Options of w.verify, by the names of the command line's.
---@class wherry.VerifyFields
---@field target? string the database, before the plan's: a URL or a connection string
---@field target_schema? string goes before the plan's, where no run is known
---@field only? string|string[] globs of tables, by their names on either side
---@field run? integer the run to verify; the newest one of the source without it
---@field against? "source"|"journal" what the target is compared with: "source" without it
---@field sample? number percent of the rows that are compared
---@field detailed? boolean all rows that differ are named
---@field jobs? integer threads that read the source
---@field journal? string the journal's schema: "wherry" without it
---@field log? fun(level: "verbose"|"info"|"warning"|"error", text: string) told what the command line shows meanwhile

---Options of w.run, by the names of the command line's.
---@class wherry.RunFields : wherry.CheckFields
---@field source_mode? "auto"|"frozen"|"copy" "auto" without it
---@field verify? "digest"|"count"|"none" "digest" without it
---@field rejects? string a file that gets the rejected rows
---@field report? string a folder that gets a report: a page, a text, and report.json
---@field retry? number seconds for which a lost connection is tried again: 60 without it
---@field resume? boolean|integer true, or the number of the run to go on with
---@field accept_changes? boolean with resume: although source, script or target have changed
---@field restart? boolean removes what the last run has loaded, and begins anew
---@field jobs? integer lanes: as many as there are processors without it
---@field batch_size? integer rows a step: 50000 without it
---@field no_analyze? boolean no statistics of the loaded tables

---What a run or a check gives; tostring is the text that the command prints.
---@class wherry.RunOutcome
---@field exit integer the command's exit code: 0 is done and as it should be
---@field status string "verified", "counted", "differs", "refused", "failed", ...; of a check "clean", "findings", ...
---@field run? integer the run's number in the journal
---@field findings table[]
---@field checks? wherry.CheckLine[] of a run: what the plan's verify has found
---@field error? table what stopped it: kind, message, hint, table, column, key
local outcome = {}

---The document of --json.
---@return string
function outcome:json() end

return outcome
