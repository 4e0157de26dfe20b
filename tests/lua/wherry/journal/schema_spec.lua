-- The journal's schema: which names it may have, whether it is there, who may work with it.
local journal_of = require "wherry.journal"
local journal_schema = require "wherry.journal.schema"
local Target = require "tests.support.target"

describe("the journal's schema", function()
    local target
    setup(function() target = Target.start() end)
    teardown(function() target:stop() end)

    it("may have any name but those that can't be", function()
        for _, name in ipairs { "wherry", 'My "own" journal', "ünïcode", ("j"):rep(63) } do
            journal_schema.check_name(name, "public")
        end
        for _, name in ipairs { "", ("j"):rep(64), "pg_x", "information_schema", "public", "a\xff" } do
            assert.equal("usage", Target.fault(journal_schema.check_name, name, "public").kind)
        end
    end)

    it("is made with the first run, together with it or not at all", function()
        local session = target:session { schema = "J'ö\"x" }
        local journal = journal_of.open(session, "J'ö\"x")
        assert.is_false(journal:exists())
        local broken = Target.resolved({}, nil, { create = { "CREATE NONSENSE" } })
        assert.equal("server", Target.fault(Target.begin, journal, broken).kind)
        assert.same({}, session:query("SELECT 1 FROM pg_namespace WHERE nspname = $1", { "J'ö\"x" }))
        assert.equal(1, Target.begin(journal, Target.resolved {}))
        assert.equal(2, Target.begin(journal, Target.resolved {}))
        assert.is_true(journal:exists())
    end)

    it("takes an empty schema that is there, and no other", function()
        local session = target:session()
        session:query "CREATE SCHEMA wherry"
        assert.equal(1, Target.begin(journal_of.open(session, "wherry"), Target.resolved {}))
        session:query "CREATE SCHEMA taken"
        session:query "CREATE TABLE taken.run (i int)"
        local other = journal_of.open(session, "taken")
        local fault = Target.fault(other.exists, other)
        assert.equal("environment", fault.kind)
        assert.matches("%-%-journal", fault.hint)
    end)

    it("prints the GRANTs that suffice where it is another role's", function()
        local conninfo = target:database()
        local session = target:session { conninfo = conninfo }
        Target.begin(journal_of.open(session, "wherry"), Target.resolved {})
        session:query 'CREATE ROLE "the clerk"'
        local clerk = target:session { conninfo = conninfo }
        clerk:query 'SET ROLE "the clerk"'
        local journal = journal_of.open(clerk, "wherry")
        local fault = Target.fault(journal.find, journal, "/x/app.db")
        assert.equal("environment", fault.kind)
        for grant in fault.hint:gmatch "GRANT[^;]*;" do
            session:query(grant)
        end
        assert.equal(2, Target.begin(journal_of.open(clerk, "wherry"), Target.resolved {}))
        assert.equal(2, journal_of.open(clerk, "wherry"):find("/x/app.db").id)
    end)

    it("prints the GRANTs that suffice to read it", function()
        local conninfo = target:database()
        local session = target:session { conninfo = conninfo }
        Target.begin(journal_of.open(session, "wherry"), Target.resolved {})
        session:query 'CREATE ROLE "the reader"'
        local reader = target:session { conninfo = conninfo }
        reader:query 'SET ROLE "the reader"'
        local journal = journal_of.open(reader, "wherry")
        local fault = Target.fault(journal_schema.check_readable, journal)
        assert.equal("environment", fault.kind)
        for grant in fault.hint:gmatch "GRANT[^;]*" do
            session:query(grant)
        end
        journal_schema.check_readable(journal)
        assert.equal("environment", Target.fault(journal_schema.check_rights, journal).kind)
        journal_schema.check_readable(journal_of.open(target:session(), "wherry")) -- there is none
    end)

    -- what version 5 had not
    local function as_version_5(session)
        session:query "DROP TABLE wherry.slice_digest, wherry.target_digest"
        session:query "ALTER TABLE wherry.run DROP COLUMN report"
        session:query "COMMENT ON SCHEMA wherry IS 'wherry journal, version 5'"
    end

    -- and version 4
    local function as_version_4(session)
        as_version_5(session)
        session:query "ALTER TABLE wherry.source DROP COLUMN copy"
        session:query "DROP TABLE wherry.slice_filtered, wherry.hook_target"
        session:query "ALTER TABLE wherry.slice_column DROP COLUMN defaulted, DROP COLUMN missed, DROP COLUMN mapped"
        session:query "ALTER TABLE wherry.slice DROP COLUMN merged"
        session:query "COMMENT ON SCHEMA wherry IS 'wherry journal, version 4'"
    end

    -- and version 3
    local function as_version_3(session)
        as_version_4(session)
        session:query "DROP TABLE wherry.source_table"
        session:query "ALTER TABLE wherry.run DROP COLUMN copy, DROP COLUMN accepted, DROP COLUMN jobs"
        session:query "ALTER TABLE wherry.object DROP COLUMN started"
        session:query "COMMENT ON SCHEMA wherry IS 'wherry journal, version 3'"
    end

    -- and version 2
    local function as_version_2(session)
        as_version_3(session)
        session:query "DROP TABLE wherry.reject, wherry.slice_column"
        session:query "ALTER TABLE wherry.slice DROP COLUMN sub_xids, DROP COLUMN kind"
        session:query "COMMENT ON SCHEMA wherry IS 'wherry journal, version 2'"
    end

    local function relations(session)
        return session:query [[SELECT c.relname AS t, a.attname AS c, format_type(a.atttypid, a.atttypmod) AS f,
                a.attnotnull AS n, (SELECT string_agg(pg_get_constraintdef(o.oid), ' ' ORDER BY o.conname)
                    FROM pg_constraint o WHERE o.conrelid = c.oid) AS k
            FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            WHERE c.relnamespace = 'wherry'::regnamespace ORDER BY 1, 2]]
    end

    for version, age in pairs { [2] = as_version_2, [3] = as_version_3, [4] = as_version_4,
        [5] = as_version_5 } do
        it("is brought up from version " .. version .. " with what it holds", function()
            local session = target:session { conninfo = target:database() }
            Target.begin(journal_of.open(session, "wherry"), Target.resolved { { source = "t" } })
            local wanted = relations(session)
            age(session)
            local journal = journal_of.open(session, "wherry")
            assert.is_true(journal:exists())
            journal:upgrade()
            assert.same(wanted, relations(session))
            assert.equal("load", session:query("SELECT kind FROM wherry.slice")[1].kind)
            assert.equal(2, Target.begin(journal, Target.resolved {}))
            journal:upgrade()
            journal_of.open(session, "wherry"):upgrade()
            assert.same({ "1", "2" }, { journal:find("/x/app.db", 1).id .. "", journal:find("/x/app.db").id .. "" })
        end)
    end

    it("is brought up for those who were let to it, too", function()
        local conninfo = target:database()
        local session = target:session { conninfo = conninfo }
        Target.begin(journal_of.open(session, "wherry"), Target.resolved {})
        as_version_5(session)
        session:query 'CREATE ROLE "the auditor"'
        session:query "CREATE ROLE colleague"
        session:query 'GRANT USAGE ON SCHEMA wherry TO "the auditor", colleague'
        session:query 'GRANT SELECT ON ALL TABLES IN SCHEMA wherry TO "the auditor", colleague'
        session:query "GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA wherry TO colleague"
        session:query "GRANT USAGE ON ALL SEQUENCES IN SCHEMA wherry TO colleague"
        journal_of.open(session, "wherry"):upgrade()
        local auditor = target:session { conninfo = conninfo }
        auditor:query 'SET ROLE "the auditor"'
        local journal = journal_of.open(auditor, "wherry")
        journal_schema.check_readable(journal)
        assert.same({}, auditor:query "SELECT 1 FROM wherry.target_digest")
        assert.equal("environment", Target.fault(journal_schema.check_rights, journal).kind)
        local colleague = target:session { conninfo = conninfo }
        colleague:query "SET ROLE colleague"
        journal_schema.check_rights(journal_of.open(colleague, "wherry"))
    end)

    it("says who may bring it up to this version", function()
        local conninfo = target:database()
        local session = target:session { conninfo = conninfo }
        Target.begin(journal_of.open(session, "wherry"), Target.resolved {})
        as_version_2(session)
        session:query "CREATE ROLE guest"
        session:query "GRANT USAGE, CREATE ON SCHEMA wherry TO guest"
        session:query "GRANT ALL ON ALL TABLES IN SCHEMA wherry TO guest"
        session:query "GRANT ALL ON ALL SEQUENCES IN SCHEMA wherry TO guest"
        local guest = target:session { conninfo = conninfo }
        guest:query "SET ROLE guest"
        local journal = journal_of.open(guest, "wherry")
        local fault = Target.fault(journal.upgrade, journal)
        assert.equal("environment", fault.kind)
        assert.matches("owner", fault.hint)
    end)
end)
