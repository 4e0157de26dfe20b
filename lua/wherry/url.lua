-- url.lua: the ways in which people name a database: libpq's URLs and keyword strings, SQLAlchemy's URLs, SQLite's
-- files. Every form of a PostgreSQL target ends as something libpq takes. Passwords never leave in a message.
local conninfo = require "wherry.conninfo"
local failure = require "wherry.failure"

local url = {}

local function usage(message, hint)
    failure.raise("usage", message, hint)
end

--- Percent-decoding. The caller has checked that every % is followed by two hex digits.
---@param text string
---@return string
function url.decode(text)
    return (text:gsub("%%(%x%x)", function(digits) return string.char(tonumber(digits, 16)) end))
end

--- Percent-encoding of everything that is not unreserved (RFC 3986); `keep` names further characters that stay.
---@param text string
---@param keep string? a set of characters for a Lua pattern, e.g. "/:"
---@return string
function url.encode(text, keep)
    return (text:gsub("[^%w%-._~" .. (keep or "") .. "]", function(c) return ("%%%02X"):format(c:byte()) end))
end

-- SQLAlchemy's drivers for PostgreSQL; libpq needs none of them.
local drivers = {
    psycopg = true, psycopg_async = true, psycopg2 = true, psycopg2cffi = true, asyncpg = true, pg8000 = true,
}

-- Parameters that are the Python driver's own business and mean nothing to the server.
local driver_only = {
    prepared_statement_cache_size = true, prepared_statement_name_func = true, statement_cache_size = true,
    prepare_threshold = true, async_fallback = true, command_timeout = true, executemany_mode = true,
    use_native_unicode = true,
}

-- What other tools put into DATABASE_URL, and what to do about it here.
local foreign = {
    schema = "leave it out and use --target-schema",
    pgbouncer = "leave it out, and connect to PostgreSQL directly",
    connection_limit = "leave it out", pool_timeout = "leave it out", pool_size = "leave it out",
    max_overflow = "leave it out",
}

local ssl_words = { ["true"] = "require", ["1"] = "require", ["false"] = "disable", ["0"] = "disable" }

--- The form in which a text names a database.
---@param text string
---@return string form "postgresql", "keywords", "sqlite", "dump", "foreign" (another database's URL) or "path"
function url.form(text)
    local scheme = text:match "^([%a][%w+._-]*):"
    local base = scheme and scheme:lower():match "^[^+]*"
    if base == "postgresql" or base == "postgres" then
        return "postgresql"
    elseif base == "sqlite" then
        return "sqlite"
    elseif scheme and text:match "^[%a][%w+._-]*://" then
        return "foreign"
    elseif text:match "^%s*[%a_]+%s*=" then
        return "keywords"
    elseif text == "-" or text:match "%.sql$" or text:match "%.dump$" then
        return "dump"
    elseif text:match "%.db$" or text:match "%.sqlite3?$" then
        return "sqlite"
    end
    return "path"
end

--- The path that a SQLite URL or a plain path names.
---@param text string
---@return string
function url.sqlite_path(text)
    local rest = text:match "^sqlite[+%w]*:(.*)$"
    if not rest then
        return text
    end
    local path = rest:match "^///(.*)$"
    if not path then
        usage(("%s has no file in it"):format(text), "sqlite:///relative.db or sqlite:////absolute.db")
    end
    path = url.decode((path:gsub("?.*$", "")))
    if path == "" or path == ":memory:" then
        usage("a database in memory cannot be read by another program", "name a file")
    end
    return path
end

local function check_percent(part, what)
    if part:gsub("%%%x%x", ""):find("%", 1, true) then
        usage("the " .. what .. " in the URL holds a % that is not part of an escape", "write %25 for a percent sign")
    end
end

-- Splits userinfo and hosts. libpq and we differ on purpose where a password holds a raw @ or /: libpq would take a
-- piece of the password for a host and print it.
local function split_authority(rest)
    local authority, tail = rest:match "^([^/]*)(.*)$"
    local before_query, query = authority:match "^([^?]*)(%?.*)$"
    if before_query and (tail == "" or not query:find("@", 1, true)) then
        authority, tail = before_query, query .. tail
    end
    local path = tail:match "^[^?]*"
    local userinfo, hosts = authority:match "^(.*)@(.*)$"
    if userinfo and userinfo:find("@", 1, true) then
        usage("the password in the URL holds an @ that is not escaped", "write %40 for each @ of the password")
    elseif path:find("@", 1, true) then
        usage("the user name or password in the URL holds a / that is not escaped", "write %2F for /, and %40 for @")
    end
    return userinfo, hosts or authority, tail
end

local function parse_query(query, driver, parsed)
    for pair in query:gmatch "[^&]+" do
        local name, value = pair:match "^([^=]*)=(.*)$"
        if not name then
            usage(("the URL's parameter %q has no value"):format(pair:match "^[%w_]*"))
        end
        check_percent(value, "parameter " .. name)
        name, value = url.decode(name), url.decode(value)
        if name == "ssl" then
            name, value = "sslmode", ssl_words[value:lower()] or value
        elseif name == "unix_sock" then
            name, value = "host", value:gsub("/%.s%.PGSQL%.%d+$", "")
        end
        if name == "password" then
            parsed.password = value
        elseif foreign[name] then
            usage(("libpq does not know the URL's parameter %q"):format(name), foreign[name])
        elseif driver and driver_only[name] then
            table.insert(parsed.notes, ("the URL's parameter %q is the Python driver's and is left out"):format(name))
        else
            table.insert(parsed.settings, { name, value })
        end
    end
end

local function parse_url(text)
    local scheme, rest = text:match "^([%a][%w+._-]*)://(.*)$"
    if not scheme then
        usage("a PostgreSQL URL begins with postgresql://")
    end
    local driver = scheme:match "%+(.*)$"
    if driver and not drivers[driver:lower()] then
        usage(("the driver %q in the URL is not known"):format(driver), "postgresql:// is enough")
    end
    local parsed = { settings = {}, notes = {} }
    local userinfo, hosts, tail = split_authority(rest)
    if userinfo then
        local user, password = userinfo:match "^([^:]*):(.*)$"
        user = user or userinfo
        check_percent(user, "user name")
        check_percent(password or "", "password")
        parsed.user = url.decode(user)
        parsed.password = password and password ~= "" and url.decode(password) or nil
    end
    for host in hosts:gmatch "[^,]+" do
        local port = host:match "^%[[^%]]*%]:(.*)$" or host:match "^[^%[:]*:(.*)$"
        if port and not port:match "^%d*$" then
            usage("the port in the URL is not a number",
                "special characters of a password are escaped: %40 for @, %2F for /, %3A for :")
        end
    end
    check_percent(hosts, "host")
    parsed.hosts = hosts
    local path, query = tail:match "^/?([^?]*)%??(.*)$"
    check_percent(path, "database name")
    parsed.database = path ~= "" and url.decode(path) or nil
    parse_query(query, driver, parsed)
    return parsed
end

-- password: nil leaves every password out; "****" stands for one without encoding.
local function build_url(parsed, password, sslpassword)
    local userinfo = parsed.user and url.encode(parsed.user) or ""
    if password then
        userinfo = userinfo .. ":" .. (password == "****" and password or url.encode(password))
    end
    local pairs_of_query = {}
    for _, setting in ipairs(parsed.settings) do
        local name, value = setting[1], setting[2]
        if name == "sslpassword" then
            value = sslpassword and sslpassword(value)
        end
        if value then
            table.insert(pairs_of_query, url.encode(name) .. "=" .. url.encode(value, "/:,*"))
        end
    end
    return "postgresql://" .. (userinfo ~= "" and userinfo .. "@" or "") .. parsed.hosts
        .. "/" .. url.encode(parsed.database or "")
        .. (#pairs_of_query > 0 and "?" .. table.concat(pairs_of_query, "&") or "")
end

local function stars() return "****" end
local function same(value) return value end

---@class wherry.ParsedTarget
---@field conninfo string what libpq takes, password included
---@field masked string fit for display
---@field bare string what libpq takes, without any password
---@field secrets string[] what must never be shown
---@field notes string[] what was left out, for the log
---@field database string?

--- Parses a PostgreSQL target in any of the accepted forms; raises kind "usage" for everything else.
---@param text string
---@return wherry.ParsedTarget
function url.parse(text)
    local form = url.form(text)
    local secrets = {}
    if form == "keywords" then
        local settings, database = conninfo.parse(text), nil
        for _, setting in ipairs(settings) do
            if setting[1] == "password" or setting[1] == "sslpassword" then
                secrets[#secrets + 1] = setting[2]
            elseif setting[1] == "dbname" then
                database = setting[2]
            end
        end
        return { conninfo = text, masked = conninfo.write(settings, "****"), bare = conninfo.write(settings),
                 secrets = secrets, notes = {}, database = database }
    elseif form == "postgresql" then
        local parsed = parse_url(text)
        secrets[1] = parsed.password
        for _, setting in ipairs(parsed.settings) do
            if setting[1] == "sslpassword" then
                secrets[#secrets + 1] = setting[2]
            end
        end
        return { conninfo = build_url(parsed, parsed.password, same),
                 masked = build_url(parsed, parsed.password and "****", stars), bare = build_url(parsed),
                 secrets = secrets, notes = parsed.notes, database = parsed.database }
    elseif form == "foreign" then
        usage(("%s:// is not a PostgreSQL URL"):format(text:match "^[^:]*"), "wherry help urls")
    end
    usage(("%q is neither a PostgreSQL URL nor a connection string"):format(url.mask(text)), "wherry help urls")
end

--- A keyword string (without password) as a URL, which reads better and which every driver takes.
---@param keywords string
---@param database string? another database than the string's
---@return string
function url.from_keywords(keywords, database)
    local parsed = { hosts = "", settings = {} }
    for _, setting in ipairs(conninfo.parse(keywords)) do
        if setting[1] == "dbname" then
            parsed.database = setting[2]
        else
            table.insert(parsed.settings, setting)
        end
    end
    parsed.database = database or parsed.database
    return build_url(parsed)
end

-- Every text of which the pattern's magic characters are escaped matches itself.
local function literally(text)
    return (text:gsub("%p", "%%%0"))
end

-- How a secret may stand in a text: as it is, in a URL, escaped for display by the core, as the digits of a blob.
local function forms_of(secret)
    local escaped, digits = secret:gsub("[\\'\"]", "\\%0"), secret:gsub(".", function(c)
        return ("%02x"):format(c:byte())
    end)
    return { secret, url.encode(secret), escaped, #secret >= 6 and digits or nil }
end

--- Takes passwords out of a text: inside anything that looks like a URL or a connection string, and each of `secrets`
--- wherever it stands (a short one only as a whole word, since it may be a part of ordinary words).
---@param text string
---@param secrets string[]?
---@return string
function url.mask(text, secrets)
    for _, secret in ipairs(secrets or {}) do
        for _, form in ipairs(forms_of(secret)) do
            if #form >= 6 then
                text = text:gsub(literally(form), "****")
            elseif form ~= "" then
                text = text:gsub("%f[%w]" .. literally(form) .. "%f[%W]", "****")
            end
        end
    end
    -- Greedy up to the last @ of the word: a raw @ in a password must not leave a piece of it. Only where a run of such
    -- characters begins: looking from each letter of a long one takes hours.
    text = text:gsub("(%f[%w+._-][%w+._-]+://[^%s:/@]*):[^%s\"]*@", "%1:****@")
    text = text:gsub("(%f[%w]%a*password%s*=%s*)'[^']*'", "%1****")
    return (text:gsub("(%f[%w]%a*password%s*=%s*)[^%s&'\"]+", "%1****"))
end

return url
