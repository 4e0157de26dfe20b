-- A SQLite schema there and back: what PostgreSQL's catalog gives back is the schema that was, and what is not the same
-- is listed with the reason.
local h = require "tests.support.harness"
local model = require "wherry.schema.model"
local pg_query = require "tests.support.pg_query"
local sqlite = require "wherry.schema.sqlite"
local sqlite_query = require "tests.support.sqlite_query"
local translate_back = require "wherry.schema.translate_back"

describe("a schema there and back", function()
    after_each(h.cleanup)

    -- What a table is, without names of constraints and their order.
    local function shape(t)
        local lines = {}
        for _, column in ipairs(t.columns) do
            lines[#lines + 1] = ("column %s %s%s%s"):format(column.name, column.affinity,
                column.not_null and " not null" or "",
                column.generated and " generated " .. column.generated or "")
        end
        local rest = {}
        for _, key in ipairs(t.uniques) do
            rest[#rest + 1] = ("unique %s"):format(table.concat(key.columns, ", "))
        end
        for _, index in ipairs(t.indexes) do
            local parts = {}
            for i, part in ipairs(index.columns) do
                parts[i] = (part.name or "expression") .. (part.desc and " desc" or "")
            end
            rest[#rest + 1] = ("index %s%s on %s%s"):format(index.unique and "unique " or "", index.name,
                table.concat(parts, ", "), index.partial and " partial" or "")
        end
        for _, key in ipairs(t.foreign_keys) do
            rest[#rest + 1] = ("foreign key %s to %s (%s) %s %s%s"):format(table.concat(key.columns, ", "), key.parent,
                table.concat(key.parent_columns, ", "), key.on_delete, key.on_update,
                key.initially_deferred and " deferred" or "")
        end
        for _, check in ipairs(t.checks) do
            rest[#rest + 1] = "check " .. check.sql
        end
        for _, column in ipairs(t.columns) do
            rest[#rest + 1] = column.collation and ("%s collates %s"):format(column.name, column.collation) or nil
        end
        table.insert(lines, "key " .. table.concat(t.primary_key and t.primary_key.columns or {}, ", "))
        return lines, rest
    end

    local function sorted(list)
        table.sort(list)
        return table.concat(list, "\n")
    end

    -- `except`: what a line of a table's shape becomes (false: it goes), `gained`: lines that a table had not before.
    local function there_and_back(sql, except, gained)
        local file, database = h.source(sql), h.database()
        h.run(0, { file, h.url(database) })
        local found = translate_back.plan(pg_query.open(database), "public")
        local before = sqlite.read(sqlite_query.open(file))
        local again = h.source(table.concat(found.statements, ";\n") .. ";")
        local after = sqlite.read(sqlite_query.open(again))
        assert.equal(#before.tables, #after.tables)
        for _, t in ipairs(before.tables) do
            local back = assert(model.table(after, t.name), t.name)
            local columns, rest = shape(t)
            local back_columns, back_rest = shape(back)
            local function explained(list)
                local made = {}
                for _, line in ipairs(list) do
                    if except[line] ~= false then
                        made[#made + 1] = except[line] or line
                    end
                end
                return sorted(made)
            end
            table.move(gained[t.name] or {}, 1, #(gained[t.name] or {}), #rest + 1, rest)
            assert.equal(explained(columns), sorted(back_columns), t.name)
            assert.equal(explained(rest), sorted(back_rest), t.name)
        end
        return after, found, before
    end

    it("comes back as it was, there and back", function()
        local after, found = there_and_back([[
            CREATE TABLE users (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                email TEXT NOT NULL UNIQUE, -- where mail goes
                name TEXT DEFAULT 'x', age INTEGER, active BOOLEAN NOT NULL DEFAULT 1,
                created TEXT DEFAULT CURRENT_TIMESTAMP, token TEXT DEFAULT (lower(hex(randomblob(16)))),
                epoch INTEGER DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)), score REAL DEFAULT 0.5, data BLOB,
                label TEXT GENERATED ALWAYS AS (name || '!') STORED, kind TEXT, meta TEXT,
                UNIQUE (name, age), CHECK (length(name) > 0), CHECK (kind IN ('a', 'b', 'c')),
                CHECK (age IS NULL OR age >= 0 AND age <= 150));
            CREATE TABLE posts (id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER NOT NULL, title TEXT, at TEXT,
                FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE ON UPDATE SET NULL);
            CREATE TABLE tags (post_id INTEGER NOT NULL, tag TEXT NOT NULL, PRIMARY KEY (post_id, tag),
                FOREIGN KEY (post_id) REFERENCES posts (id) DEFERRABLE INITIALLY DEFERRED);
            CREATE TABLE codes (code TEXT NOT NULL PRIMARY KEY, note TEXT);
            CREATE INDEX posts_at ON posts (at DESC, user_id);
            CREATE INDEX posts_lower ON posts (lower(title));
            CREATE UNIQUE INDEX one_active ON users (name) WHERE active;
            CREATE INDEX users_part ON users (substr(name, 1, 3), age) WHERE age > 10 AND kind IS NOT 'a';
            INSERT INTO users (email, name, age, active) VALUES ('a@b', 'Ann', 30, 1), ('c@d', 'Bob', NULL, 0);
            INSERT INTO posts (user_id, title) VALUES (1, 'T');
            INSERT INTO tags VALUES (1, 'x');]], {}, { users = { "check active IN (0, 1)" } })
        local users = model.table(after, "users")
        local defaults = {}
        for i, name in ipairs { "name", "created", "token", "epoch", "score" } do
            defaults[i] = model.column(users, name).default
        end
        assert.same({ "'x'", "CURRENT_TIMESTAMP", "lower(hex(randomblob(16)))",
            "CAST(strftime('%s', 'now') AS INTEGER)", "0.5" }, defaults)
        assert.is_true(users.autoincrement)
        assert.equal("name || '!'", users.columns[11].expression)
        assert.equal("where mail goes", model.column(users, "email").comment)
        assert.same({ table = "users", last = 2 }, found.sequences[2])
    end)

    -- What is no longer the same, and why.
    it("comes back with what PostgreSQL does not hold changed", function()
        there_and_back([[
            CREATE TABLE t (
                id INTEGER PRIMARY KEY, nocase TEXT COLLATE NOCASE UNIQUE, price DECIMAL, odd, at DATETIME,
                virtual TEXT AS (nocase || '!') VIRTUAL);
            CREATE TABLE keyed (code TEXT PRIMARY KEY, n INTEGER) WITHOUT ROWID;
            INSERT INTO t (nocase, price, odd, at) VALUES ('A', 1.5, 'x', '2024-01-01');]], {
            -- Its values may be decimals of any length, which only text keeps.
            ["column price numeric"] = "column price text",
            -- They hold text, and are text there.
            ["column odd blob"] = "column odd text", ["column at numeric"] = "column at text",
            -- The uniqueness without regard to case stands on an expression there.
            ["unique nocase"] = "index unique t_nocase_key on expression",
            ["nocase collates NOCASE"] = false,
            -- PostgreSQL 15 stores what it generates.
            ["column virtual text generated virtual"] = "column virtual text generated stored",
        }, {})
    end)
end)
