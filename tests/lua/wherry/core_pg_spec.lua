local core = require "wherry.core"
local fault_of = require "tests.support.refusal"

describe("wherry.core.pg", function()
    local place, server, connection

    setup(function()
        place = core.sys.temp "wherry-test-"
        core.sys.spawn { "chmod", "711", place }
        server = core.private.start { kind = "test", directory = place .. "/pg" }
    end)
    teardown(function()
        core.private.stop(server, "test")
        core.sys.remove_tree(place)
    end)
    before_each(function() connection = core.pg.connect(server.conninfo, 10) end)
    after_each(function() connection:close() end)

    it("gives rows keyed by column, with text and nil", function()
        assert.are.same({ { a = "1", t = "t", s = "x" }, { a = "2", t = "f" } },
            connection:query "select * from (values (1, true, 'x'), (2, false, null)) as v(a, t, s)")
        assert.are.same({}, connection:query "select 1 where false")
        assert.are.same({}, connection:query "create temporary table t (i int)")
    end)

    it("takes parameters of all kinds as text", function()
        local sql = "select $1::text as s, $2::bigint as i, $3::float8 as f, $4::bool as b, $5::text as n"
        local rows = connection:query(sql, { "it's", math.maxinteger, 0.1 + 0.2, true, nil, n = 5 })
        assert.are.same({ { s = "it's", i = "9223372036854775807", f = "0.30000000000000004", b = "t" } }, rows)
        assert.are.equal("usage", fault_of(connection.query, connection, "select $1", { {} }).kind)
        assert.are.equal("usage", fault_of(connection.query, connection, "select $1", { "a\0b" }).kind)
    end)

    it("raises what the server refuses", function()
        local fault = fault_of(connection.query, connection, "select nothing")
        assert.are.equal("server", fault.kind)
        assert.are.equal("42703", fault.sqlstate)
        assert.truthy(fault.message:find("nothing", 1, true))
        assert.are.equal("environment", fault_of(core.pg.connect, server.conninfo .. " dbname=nowhere", 5).kind)
        assert.are.equal("connection", fault_of(core.pg.connect, "host=/nowhere user=u", 5).kind)
    end)

    it("carries a step out once", function()
        connection:query "create table public.step (id int primary key, done bool not null)"
        connection:query "create table public.work (n int)"
        connection:query "insert into public.step values (1, false)"
        local function step(...)
            return connection:step("select 1 from public.step where id = $1 and not done for update", { 1 }, { ... })
        end
        local fault = fault_of(step, { "insert into public.work values ($1)", 7 }, { "selekt" })
        assert.are.equal("server", fault.kind)
        assert.are.same({}, connection:query "select n from public.work")
        assert.is_true(step({ "insert into public.work values ($1), ($2)", 7, nil, n = 3 },
            { "update public.step set done = true where id = 1" }))
        assert.is_false(step({ "insert into public.work values (8)" }))
        assert.are.same({ { n = "2" } }, connection:query "select count(*) as n from public.work")
        assert.are.equal("usage", fault_of(step, {}).kind)
    end)

    it("describes the connection", function()
        local about = connection:describe()
        assert.are.equal("postgres", about.dbname)
        assert.are.equal(place .. "/pg/socket", about.host)
        assert.are.equal("UTF8", connection:parameter "server_encoding")
        assert.is_nil(connection:parameter "no_such_parameter")
        assert.is_true(connection:alive())
    end)

    it("relies on no setting of the server, the role or the environment", function()
        local settings = { client_encoding = "UTF8", TimeZone = "UTC", DateStyle = "ISO, MDY",
            IntervalStyle = "postgres", extra_float_digits = "3", bytea_output = "hex",
            standard_conforming_strings = "on", search_path = "pg_catalog", jit = "off" }
        for name, other in pairs { TimeZone = "'Asia/Tokyo'", DateStyle = "'German, DMY'", extra_float_digits = "-15",
            IntervalStyle = "sql_standard", bytea_output = "escape", standard_conforming_strings = "off",
            search_path = "public", client_encoding = "LATIN1", jit = "on" } do
            connection:query(("alter role current_user set %s = %s"):format(name, other))
        end
        local fresh <close> = core.pg.connect(server.conninfo .. " client_encoding=LATIN1", 10)
        for name, wanted in pairs(settings) do
            assert.equal(wanted, fresh:query("select current_setting($1) as v", { name })[1].v, name)
        end
        connection:query "alter role current_user reset all"
    end)

    it("closes a handle once and for all", function()
        connection:close()
        connection:close()
        assert.are.equal("usage", fault_of(connection.query, connection, "select 1").kind)
        do
            local inner <close> = core.pg.connect(server.conninfo)
            assert.is_true(inner:alive())
        end
    end)

    it("knows what is lost without waiting", function()
        local lost <close> = core.pg.connect(server.conninfo)
        local other <close> = core.pg.connect(server.conninfo)
        lost:keep(60)
        assert.is_false(lost:lost())
        other:query("select pg_terminate_backend($1::int, 5000)",
            { lost:query("select pg_backend_pid() as pid")[1].pid })
        assert.is_true(lost:lost())
    end)

    it("masks the password", function()
        local other = core.pg.connect(server.conninfo .. " password=s3cret", 5)
        assert.are.equal("no **** here", other:mask "no s3cret here")
        assert.are.equal("", other:mask "")
        other:close()
    end)

    it("parses connection strings without telling the password", function()
        assert.are.same({ user = "u", password = "p@ss", host = "h", port = "5433", dbname = "d", sslmode = "require" },
            core.pg.parse "postgresql://u:p%40ss@h:5433/d?sslmode=require")
        local fault = fault_of(core.pg.parse, "postgresql://u:p@ss@h/d")
        assert.are.equal("usage", fault.kind)
        assert.is_nil(fault.message:find("ss@", 1, true))
    end)

    it("quotes literals so that the server reads them back", function()
        for _, text in ipairs { "", "it's", [[a\b]], "'; drop table x; --", "ü\n" } do
            local rows = connection:query("select " .. core.pg.quote_literal(text) .. "::text as t")
            assert.are.same({ { t = text } }, rows)
        end
        assert.are.equal("usage", fault_of(core.pg.quote_literal, "a\0b").kind)
    end)
end)
