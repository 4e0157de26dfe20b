-- scripts/piyasa: its migration from end to end, compared by each side's own SQL, and what it says of what is broken.
local h = require "tests.support.harness"
local compare = require "tests.support.compare"
local fill = require "tests.support.fill"
local ledger = require "tests.support.ledger"
local piyasa = require "tests.support.projects.piyasa"

describe("Piyasa's script", function()
    after_each(h.cleanup)

    local SCRIPT = h.process.shell "pwd" .. "/scripts/piyasa/migrate.lua"

    local function source(sql)
        local file = h.track(h.subdirectory "source" .. "/app.db")
        piyasa.make(file, { rows = 30 })
        return sql and h.sqlite(file, sql) and file or file
    end

    local function target()
        local database = h.database()
        h.sql(database, fill.schema "piyasa.pg" .. "INSERT INTO alembic_version VALUES ('c0f071ac6aaa');")
        return database
    end

    local function options(file, database)
        return { cwd = file:match "^(.*)/", env = {
            DATABASE_URL = (h.url(database):gsub("^postgresql", "postgresql+psycopg")) } }
    end

    local WHERE = { bot_stances = "bot_id IN (SELECT id FROM bots)", bot_holdings = "bot_id IN (SELECT id FROM bots)",
        bot_memories = "bot_id IN (SELECT id FROM bots)" }

    it("carries every value, and what the models' ON DELETE leaves of orphans", function()
        local file, database = source(), target()
        local checked = h.wherry({ "run", SCRIPT, "--source=app.db", "--dry-run", "--json" }, options(file, database))
        assert.equal(0, checked.code, checked.said)
        assert.equal("0", h.sql(database, "SELECT count(*) FROM bots"))
        local result = h.run(0, { SCRIPT, "--source=app.db" }, options(file, database))
        for _, name in ipairs(compare.tables(file)) do
            if name == "messages" then
                compare.table(database, file, name, name, { skip = { bot_id = true, chat_db_id = true } })
            elseif name ~= "settings" and name ~= "alembic_version" then
                compare.table(database, file, name, name, { where = WHERE[name] })
            end
        end
        assert.equal(2, ledger.source(result.json, "bot_stances").excluded)
        assert.equal(0, ledger.source(result.json, "messages").excluded)
        assert.equal(h.sqlite(file, [[SELECT count(*) FROM messages WHERE bot_id = 2 OR bot_id IS NULL;]]),
            h.sql(database, "SELECT count(*) FROM messages WHERE bot_id IS NULL"))
        local chats = "SELECT group_concat(id || ':' || chat_db_id) FROM (SELECT * FROM messages %s ORDER BY id);"
        assert.equal(h.sqlite(file, chats:format "WHERE chat_db_id <> 3"), h.sql(database, [[SELECT string_agg(id || ':'
            || chat_db_id, ',' ORDER BY id) FROM messages WHERE chat_db_id IS NOT NULL]]))
        assert.equal("0", h.sql(database, "SELECT count(*) FROM pg_constraint WHERE NOT convalidated"))
        assert.equal("151", h.sql(database, "INSERT INTO messages (created_at) VALUES (now()) RETURNING id"))
    end)

    it("carries JSON out of columns of numeric affinity as the values that it is", function()
        local file, database = source(), target()
        h.run(0, { SCRIPT, "--source=app.db" }, options(file, database))
        assert.equal("integer,real,text", h.sqlite(file,
            "SELECT group_concat(DISTINCT typeof(value)) FROM (SELECT value FROM settings ORDER BY typeof(value));"))
        assert.equal(table.concat({ [[beyond_doubles|9007199254740993]], [[cleared|null]], [[empty_list|[]=]],
            [[greeting|"G\u00fcnayd\u0131n \"reis\""]], [[max_msgs_per_min|6]],
            [[message_length_profile|{"short": 0.55, "medium": 0.35, "long": 0.10}]], [[news_language|"tr"]],
            [[prime_hours|["09:30-12:00", "14:00-18:00"]=]], [[quoted_number|"007"]], [[reply_probability|0.65]],
            [[scale_factor|1]], [[simulation_active|false]], [[telegram_chat|-1001234567890123]], [[tiny|1e-07]],
            [[typing_enabled|true]], [[typing_speed_wpm|{"min": 2.5, "max": 4.5}]] }, "\n"):gsub("%]=", "]"),
            h.sql(database, "SELECT key, value FROM settings ORDER BY key"))
        assert.equal(h.sqlite(file, "SELECT count(speed_profile), count(*) FROM bots;"),
            h.sql(database, "SELECT count(speed_profile), count(*) FROM bots"))
    end)

    it("says which value does not fit, and loads the rest with --on-bad reject", function()
        local file, database = source [[UPDATE messages SET msg_metadata = '{"a": 1' WHERE id = 50;
            UPDATE bots SET token = token || hex(zeroblob(64)) WHERE id = 4;]], target()
        local checked = h.wherry({ "check", SCRIPT, "--source=app.db", "--json" }, options(file, database))
        assert.equal(1, checked.code, checked.said)
        local told = {}
        for i, problem in ipairs(checked.json.problems) do
            told[i] = ("%s.%s %s %s"):format(problem.table, problem.column, problem.examples[1].key, problem.outcome)
        end
        assert.same({ "bots.token id=4 stops", "messages.msg_metadata id=50 stops" }, told)
        local stopped = h.run(5, { SCRIPT, "--source=app.db" }, options(file, database))
        assert.equal("bots", stopped.json.error.table, stopped.said)
        assert.equal("token", stopped.json.error.column)
        local result = h.run(1, { SCRIPT, "--source=app.db", "--restart", "--on-bad=reject" }, options(file, database))
        assert.equal(tonumber(h.sqlite(file, "SELECT count(*) FROM messages WHERE id = 50 OR bot_id = 4;")),
            ledger.source(result.json, "messages").rejected)
        assert.equal(1, ledger.source(result.json, "bots").rejected)
        assert.equal("0", h.sql(database, "SELECT count(*) FROM messages WHERE id = 50"))
    end)

    it("makes JSON of settings that were written by hand", function()
        local file, database = source [[UPDATE settings SET value = 'peak "hours"' WHERE key = 'cleared';
            UPDATE settings SET value = '' WHERE key = 'empty_list']], target()
        h.run(0, { SCRIPT, "--source=app.db" }, options(file, database))
        assert.equal([["peak \"hours\""|""|"007"]], h.sql(database, [[SELECT string_agg(value::text, '|' ORDER BY key)
            FROM settings WHERE key IN ('cleared', 'empty_list', 'quoted_number')]]))
    end)

    it("takes times with an offset as the moments that they are", function()
        local file, database = source [[UPDATE bots SET created_at = '2025-11-01 02:30:00.25+03:00' WHERE id = 1]],
            target()
        h.run(0, { SCRIPT, "--source=app.db" }, options(file, database))
        assert.equal("2025-10-31 23:30:00.25", h.sql(database, "SELECT created_at FROM bots WHERE id = 1"))
    end)

    local function verdicts(document)
        local failed = {}
        for _, one in ipairs(document.checks) do
            failed[#failed + 1] = not one.passed and one.name or nil
        end
        return #document.checks, failed
    end

    it("verifies itself, and sees what changed on the way, without showing what is secret", function()
        local file, database = source(), target()
        local secret = h.sqlite(file, "SELECT token FROM bots WHERE id = 6;")
        h.secret(secret)
        local result = h.run(0, { SCRIPT, "--source=app.db" }, options(file, database))
        local count, failed = verdicts(result.json)
        assert.same({ 17, {} }, { count, failed })
        local other = target()
        h.sql(other, [[CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF tg_table_name = 'bots' THEN new.token := rtrim(new.token);
                ELSIF new.key = 'news_language' THEN new.value := to_json(new.value::text); END IF;
                RETURN new; END $$;
            CREATE TRIGGER spoil BEFORE INSERT ON bots FOR EACH ROW EXECUTE FUNCTION spoil();
            CREATE TRIGGER spoil BEFORE INSERT ON settings FOR EACH ROW EXECUTE FUNCTION spoil()]])
        local spoiled = h.run(1, { SCRIPT, "--source=app.db", "--triggers=fire" }, options(file, other))
        count, failed = verdicts(spoiled.json)
        assert.same({ 17, { "opaque: bots", "json: settings.value", "settings" } }, { count, failed })
    end)
end)
