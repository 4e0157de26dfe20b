-- piyasa.lua: a database like that of the Piyasa chat bots: JSON in columns of numeric affinity, encrypted and plain
-- tokens, times that are naive UTC, ids of Telegram beyond 32 bits, children of bots that were deleted.
local rows = require "tests.support.projects.rows"

local piyasa = {}

local START = 1761955200 -- 2025-11-01
local TOPICS = { "BIST", "FX", "Kripto", "Makro", "Bankacılık", "Emtia" }
local ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
local TEXTS = {
    "AKBNK bugün iyi toparladı 🚀", "İstanbul'da hava nasıl?", "%5 stop, 0.85'ten al", "tab\there\nsatır sonu ",
    "\\N", "", "{not json", "e\u{301} ve é", "1.0", "ığüşöç İĞÜŞÖÇ",
}
-- What SQLAlchemy's JSON type writes; SQLite's numeric affinity makes numbers of what looks like one.
local SETTINGS = {
    { "max_msgs_per_min", "6" }, { "typing_enabled", "true" }, { "prime_hours", '["09:30-12:00", "14:00-18:00"]' },
    { "reply_probability", "0.65" }, { "scale_factor", "1.0" }, { "simulation_active", "false" },
    { "message_length_profile", '{"short": 0.55, "medium": 0.35, "long": 0.10}' }, { "cleared", "null" },
    { "typing_speed_wpm", '{"min": 2.5, "max": 4.5}' }, { "news_language", '"tr"' },
    { "telegram_chat", "-1001234567890123" }, { "beyond_doubles", "9007199254740993" }, { "tiny", "1e-7" },
    { "greeting", '"G\\u00fcnayd\\u0131n \\"reis\\""' }, { "empty_list", "[]" }, { "quoted_number", '"007"' },
}
local JSON = {
    "{}", "[]", "null", '{"n": 1.0, "list": [null, true, "x"]}', '{"b": 1, "a": 2, "b": 3}', "{ \"spaces\" :  1 }",
    '{"big": 9007199254740993, "e": 1e2, "text": "\\u0131\\ud83d\\ude80"}', "3", "0.5", '"text"',
}

-- A naive time, as SQLAlchemy writes datetime.utcnow().
local function time(of, n)
    local micro = of.random(4) == 1 and 0 or of.random(999999)
    return os.date("!%Y-%m-%d %H:%M:%S", START + n * 3607) .. (".%06d"):format(micro)
end

local function letters(of, count)
    local out = {}
    for i = 1, count do
        local n = of.random(#ALPHABET)
        out[i] = ALPHABET:sub(n, n)
    end
    return table.concat(out)
end

-- A Fernet token (URL-safe base64 with padding), a plain one of an old installation, one that looks like a number.
local function token(of, n)
    if n % 7 == 3 then
        return ("%d:AA%s "):format(6000000000 + n, letters(of, 33))
    elseif n % 7 == 5 then
        return ("00%d.50"):format(n)
    end
    return "gAAAAA" .. letters(of, 132) .. "=="
end

local function json(of)
    return not of:once(6) and of:pick(JSON) or nil
end

local function bots(of, count)
    for n = 1, count do
        of:insert("bots", { id = n, name = "Bot " .. n .. (n % 5 == 0 and " Ağaoğlu" or ""), token = token(of, n),
            username = not of:once(5) and "bot_" .. n or nil, is_enabled = n % 4 == 0 and 0 or 1,
            speed_profile = json(of), active_hours = json(of), persona_hint = of:pick(TEXTS),
            persona_profile = json(of), emotion_profile = json(of), created_at = time(of, n) })
        for i = 1, 2 do
            of:insert("bot_stances", { bot_id = n, topic = TOPICS[(n + i) % #TOPICS + 1], stance_text = of:pick(TEXTS),
                confidence = of:pick { 0.1, 0.30000000000000004, 1.0 }, updated_at = time(of, n),
                cooldown_until = of:once(2) and time(of, n + 5) or nil })
            of:insert("bot_memories", { bot_id = n, memory_type = of:pick { "fact", "event" }, content = of:pick(TEXTS),
                relevance_score = of.random(100) / 7, created_at = time(of, n), last_used_at = time(of, n + i),
                usage_count = of.random(9) })
        end
        of:insert("bot_holdings", { bot_id = n, symbol = of:pick { "XAUUSD", "BIST:AKBNK" }, avg_price = 2345.67,
            size = n / 3, note = of:pick(TEXTS), updated_at = time(of, n) })
    end
end

local function users(of)
    for n = 1, 3 do
        of:insert("api_users", { id = n, username = "admin" .. n, role = "admin", password_hash = letters(of, 88),
            password_salt = letters(of, 24), mfa_secret = n > 1 and letters(of, 32) or nil,
            api_key_hash = letters(of, 88), api_key_salt = letters(of, 24), api_key_last_rotated = time(of, n),
            is_active = 1, created_at = time(of, n) })
        of:insert("api_sessions", { user_id = n, token_id = letters(of, 22), session_hash = letters(of, 88),
            session_salt = letters(of, 24), user_agent = "Mozilla/5.0 (X11; Linux) \"x\"", created_at = time(of, n),
            last_seen_at = time(of, n + 1), expires_at = time(of, n + 24), is_active = n % 2 })
    end
end

local function messages(of, count, bot_count)
    for n = 1, count do
        of:insert("messages", { bot_id = of.random(bot_count), chat_db_id = not of:once(9) and of.random(3) or nil,
            telegram_message_id = 4294967296 + n, text = not of:once(8) and of:pick(TEXTS) or nil,
            reply_to_message_id = of:once(3) and 9007199254740993 + n or nil, created_at = time(of, n),
            msg_metadata = json(of) })
    end
end

---Makes the file.
---@param file string
---@param options { rows: integer?, seed: integer? }|nil  rows: bots; there are five times as many messages
function piyasa.make(file, options)
    local of = rows.new("piyasa", options)
    local count = options and options.rows or 40
    bots(of, count)
    for n = 1, 3 do
        of:insert("chats", { id = n, chat_id = tostring(-1001234567890 - n), title = TEXTS[n], is_enabled = 1,
            topics = of:pick { '["BIST","FX"]', "[]", "null" }, created_at = time(of, n) })
    end
    for n, setting in ipairs(SETTINGS) do
        of:insert("settings", { key = setting[1], value = setting[2], updated_at = time(of, n) })
    end
    for n = 1, 6 do
        of:insert("system_checks", { status = of:pick { "passed", "failed" }, total_steps = 5, passed_steps = n % 6,
            failed_steps = 5 - n % 6, duration = n > 1 and n * 1.1 or nil, triggered_by = "admin1",
            created_at = time(of, n), details = json(of) })
    end
    users(of)
    messages(of, count * 5, count)
    of:insert("alembic_version", { version_num = "c0f071ac6aaa" })
    -- SQLite has not enforced its foreign keys: a bot was deleted, what refers to it stayed.
    of:write(file, "PRAGMA foreign_keys = OFF; DELETE FROM bots WHERE id = 2; DELETE FROM chats WHERE id = 3;")
end

return piyasa
