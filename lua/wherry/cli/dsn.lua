-- dsn: a target in the form that psql and every other program of libpq takes.
local failure = require "wherry.failure"
local json = require "wherry.json"
local url = require "wherry.url"

local dsn = { name = "dsn", group = "help", summary = "Print a database URL in the form that psql takes" }

dsn.description = "Prints a URL in the form that psql takes: SQLAlchemy's drivers and parameters are translated, "
    .. "escapes are made right. The password is left out (psql takes it from PGPASSWORD or ~/.pgpass, or asks), unless "
    .. "--with-password asks for it."

function dsn.define(command)
    command:argument("URL", "A URL or a connection string; without one, DATABASE_URL."):args "?":target "url"
    command:flag("--with-password", "Print the password, too.")
end

function dsn.run(values, context)
    local text = values.url or context.getenv "DATABASE_URL"
    if not text or text == "" then
        failure.raise("usage", "no URL: none was given and DATABASE_URL is not set", "wherry dsn URL")
    end
    local parsed = url.parse(text)
    for _, note in ipairs(parsed.notes) do
        context.console:log("info", note)
    end
    if values.with_password then
        context.console.secrets = {}
        local answer = { schema = 1, command = "dsn", dsn = parsed.conninfo, error = json.null }
        context.console:raw((context.json and json.encode(answer) or parsed.conninfo) .. "\n")
        return 0
    end
    if #parsed.secrets > 0 then
        context.console:log("info", "the password is left out (--with-password prints it)")
    end
    context.respond({ schema = 1, command = "dsn", dsn = parsed.bare, error = json.null }, parsed.bare .. "\n")
    return 0
end

return dsn
