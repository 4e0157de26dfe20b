-- Piyasa, the chat bots: app.db into the tables that its models made in PostgreSQL.
local w = require "wherry"

-- SQLite did not enforce the foreign keys: what the models' ON DELETE would have done is done here.
local OF_A_BOT = { where = "bot_id in (select id from bots)" } -- ON DELETE CASCADE

return w.plan {
    from = w.sqlite(os.getenv "PIYASA_DB" or "app.db"),
    to = w.pg "$DATABASE_URL",
    schema = "existing",
    zone = "UTC", -- datetime.utcnow(): the times have no offset and are UTC, on both sides
    tables = {
        bot_stances = OF_A_BOT, bot_holdings = OF_A_BOT, bot_memories = OF_A_BOT,
        api_sessions = { where = "user_id in (select id from api_users)" },
        messages = {
            columns = { -- ON DELETE SET NULL
                bot_id = w.sql "(select id from bots where id = bot_id)",
                chat_db_id = w.sql "(select id from chats where id = chat_db_id)",
            },
        },
    },
}
