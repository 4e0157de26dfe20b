-- wherry plan: the same input gives the same bytes, psql takes them, nothing is written or started.
local h = require "tests.support.harness"

local SCHEMA = [[
    CREATE TABLE customers ( -- people who buy
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        email TEXT COLLATE NOCASE NOT NULL UNIQUE, -- as typed
        age INTEGER CHECK (age BETWEEN 0 AND 150),
        created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')));
    CREATE TABLE orders (
        id INTEGER PRIMARY KEY, customer INTEGER NOT NULL REFERENCES customers(id), price REAL, pieces INTEGER,
        state TEXT DEFAULT 'open' CHECK (state IN ('open', 'paid')),
        label TEXT GENERATED ALWAYS AS (upper(state) || '-' || id) VIRTUAL);
    CREATE INDEX orders_open ON orders(customer DESC) WHERE state = 'open';
    CREATE UNIQUE INDEX customers_name ON customers(lower(trim(email)));
    CREATE VIEW open_orders AS SELECT o.id, c.email FROM orders o JOIN customers c ON c.id = o.customer
        WHERE o.state = 'open';
    CREATE TRIGGER no_negative BEFORE INSERT ON orders WHEN NEW.price < 0
        BEGIN SELECT RAISE(ABORT, 'negative price'); END;
    INSERT INTO customers (email, age) VALUES ('a@x', 20), ('B@x', NULL);
    INSERT INTO orders (customer, price, pieces) VALUES (1, 2.5, 1), (2, NULL, NULL);]]

describe("wherry plan", function()
    after_each(h.cleanup)

    local function plan(arguments, code)
        table.insert(arguments, 1, "plan")
        local result = h.wherry(arguments)
        assert.equal(code or 0, result.code, result.said)
        return result
    end

    it("prints the same bytes for the same input, and starts no server", function()
        local file = h.source(SCHEMA)
        local first = plan { file }
        assert.equal(first.stdout, plan { file }.stdout)
        for _, part in ipairs { "CREATE TABLE public.customers (", "CREATE VIEW public.open_orders",
            "-- check customers_age_check: exact", "-- trigger no_negative: " } do
            assert.is_truthy(first.stdout:find(part, 1, true), part)
        end
    end)

    it("prints what a run makes: psql takes the statements, and the catalogs are equal", function()
        local file, by_run, by_plan = h.source(SCHEMA), h.database(), h.database()
        h.run(0, { file, h.url(by_run) })
        h.sql(by_plan, plan { "--sql", file }.stdout)
        local function catalog(database)
            return h.sql(database, [[
                SELECT 'column', attrelid::regclass, attname, format_type(atttypid, atttypmod),
                    attnotnull, pg_get_expr(adbin, adrelid) FROM pg_attribute
                    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum WHERE attnum > 0
                    AND attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
                    ORDER BY attrelid::regclass::text, attname;
                SELECT 'constraint', conname, pg_get_constraintdef(oid) FROM pg_constraint
                    WHERE connamespace = 'public'::regnamespace ORDER BY 2;
                SELECT 'index', indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 2;
                SELECT 'view', viewname, definition FROM pg_views WHERE schemaname = 'public' ORDER BY 2;
                SELECT 'trigger', pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 2;
                SELECT 'function', proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace
                    ORDER BY 2, 3;]])
        end
        assert.equal(catalog(by_run), catalog(by_plan))
        assert.matches("customers_age_check", catalog(by_plan))
    end)

    it("writes nothing into a target that it looks at", function()
        local file, database = h.source(SCHEMA), h.database()
        assert.matches("tables are created", plan { file, h.url(database) }.stdout)
        assert.equal("", h.objects(database))
    end)

    it("shows how rows go into tables that are there, and what stands in the way", function()
        local database = h.database()
        local file = h.source "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT); INSERT INTO t VALUES (1, 'x');"
        h.sql(database, "CREATE TABLE t(id bigint PRIMARY KEY, a varchar(5))")
        assert.matches("%-%-     a character varying%(5%) <%- a", plan { file, h.url(database) }.stdout)
        h.sql(database, "ALTER TABLE t ADD b int NOT NULL")
        assert.matches("a run would write nothing", plan({ file, h.url(database) }, 4).stdout)
        assert.equal("t", h.sql(database, "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = "
            .. "'public'::regnamespace"))
    end)

    it("is one document with --json", function()
        local document = plan({ h.source(SCHEMA), "--json" }).json
        assert.same({ "plan", "planned", "create" }, { document.command, document.status, document.mode })
        local sql = {}
        for _, object in ipairs(document.objects) do
            sql[object.kind .. " " .. object.name] = object.sql
        end
        assert.matches("^CREATE INDEX orders_open ON public.orders %(customer DESC%) WHERE", sql["index orders_open"])
        document = plan({ h.path "none.db", "--json" }, 3).json
        assert.same({ "plan", "failed", "environment" }, { document.command, document.status, document.error.kind })
    end)

    it("prints the SQLite tables of a PostgreSQL schema", function()
        local file, database = h.source(SCHEMA), h.database()
        h.run(0, { file, h.url(database) })
        local text = plan { h.url(database), "--sql" }.stdout
        local copy = h.source(text, "back.db")
        assert.equal("customers\norders", h.sqlite(copy, "SELECT name FROM sqlite_schema WHERE type = 'table' "
            .. "AND name NOT LIKE 'sqlite_%' ORDER BY 1"))
    end)
end)
