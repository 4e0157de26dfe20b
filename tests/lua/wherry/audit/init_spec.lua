-- The audit: nothing is told of a target as it was left, and each thing that is taken away, changed or switched off is.
local audited = require "tests.support.audited"
local run_case = require "tests.support.run_case"
local w = require "wherry"

describe("audit", function()
    local case
    setup(function() case = run_case.start() end)
    teardown(function() case:stop() end)

    local SOURCE = [[CREATE TABLE parent(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE,
            color TEXT DEFAULT 'red', size INTEGER DEFAULT 3, made TEXT DEFAULT CURRENT_TIMESTAMP,
            none TEXT DEFAULT NULL);
        CREATE TABLE child(id INTEGER PRIMARY KEY, parent_id INTEGER NOT NULL REFERENCES parent(id), doc JSON,
            note TEXT, twice INTEGER GENERATED ALWAYS AS (id * 2) STORED, CONSTRAINT positive CHECK (id > 0));
        CREATE VIEW names AS SELECT name FROM parent;
        CREATE INDEX child_note ON child(note);
        CREATE TABLE alembic_version(version_num VARCHAR(32) NOT NULL PRIMARY KEY);
        INSERT INTO alembic_version VALUES ('head1');
        INSERT INTO parent(name) VALUES ('a'), ('b');
        INSERT INTO child(id, parent_id, doc, note)
            VALUES (1, 1, '{"a": 1}', 'x'), (2, 2, '"text"', NULL), (3, 2, 'null', 'y');]]

    local function execute(conninfo, sql)
        local db <close> = w.pg(conninfo):open()
        for statement in sql:gmatch "[^;]+" do
            db:exec(statement)
        end
    end

    local function script(file, more)
        local path = ("%s/%d.lua"):format(case.place, case.count)
        local handle = assert(io.open(path, "w"))
        handle:write(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, %s }]]):format(file, more or ""))
        handle:close()
        return path
    end

    local function loaded(more, target, source)
        local file, conninfo = case:source(source or SOURCE), case.target:database()
        if target then
            execute(conninfo, target)
        end
        local result = case:run { source = script(file, more), target = conninfo }
        assert.same({}, result.exit > 0 and { result.error, result.findings, result.comparison } or {})
        return conninfo, file
    end

    -- What fails, or (notes) is told: "kind table.name: detail".
    local function told(conninfo, file, notes)
        local list = {}
        for _, one in ipairs((audited.run(conninfo, file))) do
            if notes and one.note or not notes and not one.passed then
                list[#list + 1] = ("%s %s %s: %s"):format(one.kind, one.table or "-", one.name, one.detail)
            end
        end
        return table.concat(list, "\n")
    end

    local CREATED = [[columns = { doc = { type = "jsonb" } }]]

    it("finds nothing in a target as the run has left it", function()
        local conninfo, file = loaded(CREATED)
        local list, failed = audited.run(conninfo, file)
        assert.same({}, failed)
        local details = {}
        for _, one in ipairs(list) do
            details[#details + 1] = ("%s: %s"):format(one.name, one.detail)
        end
        assert.same({
            "parent: 6 columns with type, NOT NULL and default as planned",
            "child: 4 columns with type, NOT NULL and default as planned",
            "alembic_version: 1 column with type, NOT NULL and default as planned",
        }, table.move(details, 1, 3, 1, {}))
        assert.equal("", told(conninfo, file, true))
        assert.matches("both sides stand at the same migrations (1)", table.concat(details, "\n"), 1, true)
        assert.matches("1 foreign key, no row that refers to nothing", table.concat(details, "\n"), 1, true)
        assert.matches("2 sequences, the next values are free", table.concat(details, "\n"), 1, true)
        assert.matches("1 column of JSON: ", table.concat(details, "\n"), 1, true)
    end)

    it("finds each thing that is gone, changed or off", function()
        for _, planted in ipairs {
            { "ALTER TABLE child DROP COLUMN note", "column public.child note: the target has no such column\n"
                .. "index public.child child_note: the table has no such index" },
            { "ALTER TABLE child ALTER COLUMN doc TYPE json USING doc::json",
                "type public.child doc: its type is json, and the run filled jsonb" },
            { "ALTER TABLE parent ALTER COLUMN id TYPE integer",
                "type public.parent id: its type is integer, and the run filled bigint" },
            { "ALTER TABLE child ALTER COLUMN parent_id DROP NOT NULL",
                "not null public.child parent_id: it is NOT NULL no more, though no row has NULL there" },
            { "ALTER TABLE child ALTER COLUMN parent_id DROP NOT NULL; UPDATE child SET parent_id = NULL WHERE id > 1",
                "not null public.child parent_id: it is NOT NULL no more, and 2 rows have NULL there" },
            { "ALTER TABLE parent ALTER COLUMN color DROP DEFAULT",
                "default public.parent color: its default is gone: 'red'" },
            { "ALTER TABLE parent ALTER COLUMN size SET DEFAULT 4",
                "default public.parent size: its default is 4, and 3 was created" },
            { "ALTER TABLE parent ALTER COLUMN id DROP IDENTITY",
                "identity public.parent id: nothing gives it new values any more: its identity is gone" },
            { "ALTER TABLE child DROP CONSTRAINT child_pkey",
                "primary key public.child child_pkey: the table has no such index" },
            { "ALTER TABLE parent DROP CONSTRAINT parent_name_key",
                "unique public.parent parent_name_key: the table has no such index" },
            { "ALTER TABLE child DROP CONSTRAINT positive",
                "check public.child positive: the table has no such constraint" },
            { "ALTER TABLE child DROP COLUMN twice", "column public.child twice: the target has no such column" },
            { "ALTER TABLE child ALTER COLUMN twice DROP EXPRESSION",
                "generated column public.child twice: it is not computed any more" },
            { "DROP VIEW names", "view - public.names: the target has no such view" },
            { "DROP INDEX child_note", "index public.child child_note: the table has no such index" },
            { "ALTER TABLE child DROP CONSTRAINT child_parent_id_fkey",
                "foreign key public.child child_parent_id_fkey: the table has no such constraint" },
            { "ALTER TABLE child DROP CONSTRAINT child_parent_id_fkey; ALTER TABLE child ADD CONSTRAINT "
                .. "child_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES parent(id) NOT VALID",
                "foreign key public.child child_parent_id_fkey: it is NOT VALID: nothing says that the rows which are "
                .. "there keep it" },
            { "ALTER TABLE child DISABLE TRIGGER ALL",
                "foreign key public.child child_parent_id_fkey: it is disabled: the triggers that it works by are "
                .. "off" },
            { "SET session_replication_role = replica; UPDATE child SET parent_id = 9 WHERE id = 3",
                "orphans public.child child_parent_id_fkey: (parent_id) to public.parent: 1 row refers to nothing, the "
                    .. "first to 9" },
            { "ALTER TABLE child SET UNLOGGED",
                "table public.child public.child: it is UNLOGGED: a crash of the server empties it" },
            { "SELECT setval('parent_id_seq', 1)", "sequence public.parent id: the next value of the sequence "
                .. "public.parent_id_seq is 2, and the column holds 2" },
            { "UPDATE alembic_version SET version_num = 'other'",
                "migrations alembic_version alembic_version: the source has head1, the target has other" },
            { [[UPDATE child SET doc = 'null' WHERE id = 1]],
                "json public.child doc: 2 rows have a JSON null, where the source has 1" },
            { [[UPDATE child SET doc = to_jsonb(doc::text) WHERE id = 1]],
                "json public.child doc: 1 row has JSON that is encoded twice, where the source has 0" },
            { "DROP TABLE child CASCADE", "table public.child public.child: the target has no such table" },
        } do
            local conninfo, file = loaded(CREATED)
            execute(conninfo, planted[1])
            assert.equal(planted[2], told(conninfo, file), planted[1])
        end
    end)

    local TARGET = [[CREATE TABLE parent(id serial PRIMARY KEY, name varchar(20) NOT NULL, color text, size int,
            made timestamp, none text);
        CREATE TABLE child(id int PRIMARY KEY, parent_id int NOT NULL, doc json, note text, twice int,
            CONSTRAINT to_parent FOREIGN KEY (parent_id) REFERENCES parent NOT VALID);
        CREATE UNIQUE INDEX by_note ON child(note);
        CREATE TABLE alembic_version(version_num varchar(32)); INSERT INTO alembic_version VALUES ('head1')]]

    it("takes a target that was there as it was: the source's schema was never promised", function()
        local conninfo, file = loaded('indexes = "rebuild"', TARGET)
        assert.equal("", told(conninfo, file))
        assert.equal("", told(conninfo)) -- without the source, too
        execute(conninfo, "UPDATE alembic_version SET version_num = 'later'")
        assert.equal("migrations alembic_version alembic_version: the source has head1, the target has later",
            told(conninfo, file)) -- the run has compared them
        execute(conninfo, "UPDATE alembic_version SET version_num = 'head1'")
        execute(conninfo, "DROP INDEX by_note; ALTER TABLE parent ALTER COLUMN name TYPE text")
        assert.equal("type public.parent name: its type is text, and the run filled character varying(20)\n"
            .. "index public.child by_note: the table has no such index", told(conninfo, file))
    end)

    it("finds what stayed in place, too", function()
        local conninfo, file = loaded(nil, TARGET)
        assert.equal("", told(conninfo, file))
        execute(conninfo, "DROP INDEX by_note; UPDATE pg_index SET indisvalid = false "
            .. "WHERE indexrelid = 'parent_pkey'::regclass")
        assert.equal("index public.child by_note: the table has no such index\nprimary key public.parent parent_pkey: "
            .. "it is not valid: no query uses it, and a unique one guards nothing", told(conninfo, file))
    end)

    it("takes what after_load has done for the script's own doing", function()
        local conninfo, file = loaded('after_load = { "DROP INDEX by_note" }', TARGET)
        assert.equal("", told(conninfo, file))
        assert.equal("index public.child by_note: the table has no such index (after_load speaks of it)",
            told(conninfo, file, true):match "[^\n]*by_note[^\n]*")
    end)

    it("looks up foreign keys as these do, whatever the search path", function()
        local conninfo, file = loaded(nil, [[CREATE EXTENSION citext;
            CREATE TABLE person(name citext PRIMARY KEY); CREATE TABLE letter(to_whom citext REFERENCES person)]],
            [[CREATE TABLE person(name TEXT PRIMARY KEY); CREATE TABLE letter(to_whom TEXT REFERENCES person);
            INSERT INTO person VALUES ('Ann'); INSERT INTO letter VALUES ('ANN')]])
        assert.equal("", told(conninfo, file))
    end)

    it("finds triggers that are gone or off, by the names that they have", function()
        local conninfo, file = loaded(nil, nil, [[CREATE TABLE t(id INTEGER PRIMARY KEY); CREATE TABLE log(what TEXT);
            CREATE TRIGGER a AFTER INSERT ON t BEGIN INSERT INTO log VALUES ('a'); END;
            CREATE TRIGGER b AFTER INSERT ON t BEGIN INSERT INTO log VALUES ('b'); END;]])
        assert.equal("", told(conninfo, file))
        execute(conninfo, "ALTER TABLE t DISABLE TRIGGER USER")
        assert.equal("trigger public.t a: it is disabled\ntrigger public.t b: it is disabled", told(conninfo, file))
    end)

    it("tells who may work without triggers and foreign keys", function()
        local conninfo, file = loaded(CREATED)
        local name = conninfo:match "dbname=(%S+)"
        execute(conninfo, ("ALTER DATABASE %s SET session_replication_role = replica"):format(name))
        assert.equal(("setting - session_replication_role: it is replica for all roles in %s: no trigger fires and no "
            .. "foreign key holds in these sessions"):format(name), told(conninfo, file))
    end)

    it("notes what is off, of which the plan says nothing", function()
        local conninfo, file = loaded(nil, TARGET)
        execute(conninfo, [[CREATE TRIGGER suppress BEFORE UPDATE ON child FOR EACH ROW EXECUTE FUNCTION
            suppress_redundant_updates_trigger(); ALTER TABLE child DISABLE TRIGGER suppress;
            ALTER TABLE child ADD CONSTRAINT positive CHECK (id > 0) NOT VALID]])
        assert.equal("", told(conninfo, file))
        local notes = told(conninfo, file, true)
        assert.matches("trigger public.child suppress: it is disabled", notes, 1, true)
        assert.matches("check public.child positive: it is NOT VALID: ", notes, 1, true)
    end)

    it("leaves other migrations alone where the plan has left their table out", function()
        local conninfo, file = loaded('tables = { alembic_version = w.skip "another history" }',
            (TARGET:gsub("head1", "head2")))
        assert.equal("", told(conninfo, file))
        assert.matches("migrations alembic_version alembic_version: the source has head1, the target has head2",
            told(conninfo, file, true), 1, true)
    end)
end)
