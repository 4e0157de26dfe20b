-- meta.lua: the tools of scripts for the Lua language server, as wherry.meta has all other public names. Never loaded.
---@meta wherry.tools
-- luacheck: ignore 212 241

---They give nil for nil, which is SQL's NULL, and refuse text that is not valid UTF-8, with the place.
---See wherry help tools.
---@class wherry
---@field hex wherry.Hex
---@field base64 wherry.Base64
---@field uuid wherry.Uuid
---@field json wherry.Json
---@field time wherry.Time
local w = {}

---The value of a key in one of the plan's lookups: in row and map, for which they are filled. nil: NULL, or the key is
---not there.
---@param name string
---@param key any
---@return any
function w.lookup(name, key) end

---Without white space on both sides, as Unicode has it.
---@param text string|nil
---@return string|nil
function w.trim(text) end

---In lower case: of İ i and U+0307, of Σ at the end of a word ς.
---@param text string|nil
---@return string|nil
function w.lower(text) end

---In upper case: of ß SS.
---@param text string|nil
---@return string|nil
function w.upper(text) end

---As string.sub, by characters.
---@param text string|nil
---@param first? integer 1 without it; below 0 from the end
---@param last? integer the last character without it
---@return string|nil
function w.sub(text, first, last) end

---How many characters it has.
---@param text string|nil
---@return integer|nil
function w.length(text) end

---@param text string|nil
---@param form? "NFC"|"NFD"|"NFKC"|"NFKD" NFC without it
---@return string|nil
function w.normalize(text, form) end

---64 hexadecimal digits.
---@param bytes string|wherry.Blob|nil
---@return string|nil
function w.sha256(bytes) end

---@class wherry.Hex
local hex = {}
w.hex = hex

---Two digits a byte, in lower case.
---@param bytes string|wherry.Blob|nil
---@return string|nil
function hex.encode(bytes) end

---@param digits string|nil of either case
---@return string|nil bytes
function hex.decode(digits) end

---@class wherry.Base64
local base64 = {}
w.base64 = base64

---@param bytes string|wherry.Blob|nil
---@param alphabet? "url" that of URLs, without padding
---@return string|nil
function base64.encode(bytes, alphabet) end

---@param text string|nil of either alphabet, padded or not, with or without line breaks
---@return string|nil bytes
function base64.decode(text) end

---@class wherry.Uuid
---@overload fun(): string a random one, version 4
local uuid = {}
w.uuid = uuid

---The UUID of a name, always the same (version 5).
---@param namespace string|"dns"|"url"|"oid"|"x500" a UUID, or one of these
---@param name string|nil
---@return string|nil
function uuid.v5(namespace, name) end

---Its usual text, in lower case: of a text in any form that PostgreSQL takes, or of its 16 bytes.
---@param value string|wherry.Blob|nil
---@return string|nil
function uuid.parse(value) end

---Its 16 bytes.
---@param value string|wherry.Blob|nil
---@return string|nil
function uuid.bytes(value) end

---@class wherry.Json
---@overload fun(column: string|wherry.Value): wherry.Value a source column, or w.sql, whose texts are JSON
---@field null userdata JSON's null, where nil is none at all
local json = {}
w.json = json

---Objects and arrays as tables, integers of 64 bits as integers, other numbers as floats where these say the same.
---@param text string|wherry.Blob|nil
---@return any
function json.decode(text) end

---Without spaces, keys in the order of their bytes.
---@param value any
---@return string|nil
function json.encode(value) end

---Marks a table as an array also when it is empty; a table without elements is an object.
---@param list? table a new one without it
---@return table
function json.array(list) end

---Whether a table was marked, or decoded from an array.
---@param value any
---@return boolean
function json.is_array(value) end

---A number of any size, written as it is.
---@param text string|nil
---@return wherry.JsonNumber|nil
function json.number(text) end

---@class wherry.JsonNumber
---@field text string

---@class wherry.Time
local time = {}
w.time = time

---Microseconds since 1970, of the years 0001 to 9999.
---@param value string|number|nil
---@param form? wherry.StoredForm "iso" without it
---@param zone? string of ISO texts without offset: "UTC" without it, or an offset such as "+02:00"
---@return integer|nil
function time.parse(value, form, zone) end

---A moment as text, in UTC.
---@param moment integer|nil microseconds since 1970
---@param form? "iso"|"rfc3339"|"javascript"|"python"|"python_utc"|"sqlalchemy"|"sqlite"|"postgres"|"date"|string
---"iso" without it; or a pattern of strftime, with %f for microseconds
---@return string|nil
function time.format(moment, form) end

---The system's clock; not repeatable.
---@return integer microseconds since 1970
function time.now() end

return w
