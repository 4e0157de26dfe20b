-- Piyasa, the chat bots: app.db into the tables that its models made in PostgreSQL.
local w = require "wherry"

-- SQLite did not enforce the foreign keys: what the models' ON DELETE would have done is done here.
local OF_A_BOT = { where = "bot_id in (select id from bots)" } -- ON DELETE CASCADE

-- Settings that were written by hand may be bare words: they become JSON strings. Any other value stays as it is.
local function as_json(value)
    if type(value) == "string" and not pcall(w.json.decode, value) then
        return w.json.encode(value)
    end
    return value
end

-- What is opaque has to be the same bytewise; it is compared by a digest, so that no output shows it.
local OPAQUE = {
    { "bots", "token" },
    { "api_users", "password_hash || password_salt || api_key_hash || api_key_salt" },
    { "api_sessions", "token_id || session_hash || session_salt", "where user_id in (select id from api_users)" },
}

local function digest(handle, name, expression, where)
    local chain = ""
    for row in handle:rows(("select id, %s as secret from %s %s order by id"):format(expression, name, where or "")) do
        chain = w.sha256(chain .. row.id .. ":" .. row.secret)
    end
    return chain
end

local JSON = {
    { "bots", "speed_profile" }, { "bots", "active_hours" }, { "bots", "persona_profile" },
    { "bots", "emotion_profile" }, { "chats", "topics" }, { "settings", "value" }, { "system_checks", "details" },
    { "messages", "msg_metadata" },
}

local function verify(check, src, dst)
    check.counts()
    check.foreign_keys()
    check.sequences()
    check.alembic(src:value "select version_num from alembic_version")
    for _, one in ipairs(OPAQUE) do
        check.equal("opaque: " .. one[1], digest(src, table.unpack(one)), digest(dst, table.unpack(one)))
    end
    for _, column in ipairs(JSON) do
        check.json(table.unpack(column))
    end
    check.query { "settings", same = "set",
        sqlite = [[select key, case when typeof(value) = 'text' and not json_valid(value) then json_quote(value)
            else value end from settings]],
        pg = "select key, value from settings" }
    -- The worker's own query, on both sides.
    check.query { "the latest messages of a chat", same = "rows", p95 = 250,
        sqlite = [[select id, text, strftime('%Y-%m-%d %H:%M:%S', created_at) from messages where chat_db_id = 1
            order by created_at desc, id desc limit 20]],
        pg = [[select id, text, to_char(created_at, 'YYYY-MM-DD HH24:MI:SS') from messages where chat_db_id = 1
            order by created_at desc, id desc limit 20]] }
end

return w.plan {
    from = w.sqlite "app.db",
    to = w.pg "$DATABASE_URL",
    schema = "existing",
    zone = "UTC", -- datetime.utcnow(): the times have no offset and are UTC, on both sides
    tables = {
        bot_stances = OF_A_BOT, bot_holdings = OF_A_BOT, bot_memories = OF_A_BOT,
        api_sessions = { where = "user_id in (select id from api_users)" },
        settings = { columns = { value = { map = as_json } } },
        messages = {
            columns = { -- ON DELETE SET NULL
                bot_id = w.sql "(select id from bots where id = bot_id)",
                chat_db_id = w.sql "(select id from chats where id = chat_db_id)",
            },
        },
    },
    verify = verify,
}
