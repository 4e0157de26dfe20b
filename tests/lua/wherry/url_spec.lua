local url = require "wherry.url"

local function refused(text)
    local ok, fault = pcall(url.parse, text)
    assert.is_false(ok)
    assert.are.equal("usage", fault.kind)
    return fault
end

describe("url.form", function()
    for text, form in pairs {
        ["postgresql://h/d"] = "postgresql", ["POSTGRES://h/d"] = "postgresql",
        ["postgresql+asyncpg://h/d"] = "postgresql",
        ["host=h dbname=d"] = "keywords", ["service=prod"] = "keywords", ["sqlite:///a.db"] = "sqlite",
        ["a.sqlite3"] = "sqlite", ["out.sql"] = "dump", ["out.dump"] = "dump", ["-"] = "dump",
        ["mysql://h/d"] = "foreign", ["./data"] = "path",
    } do
        it(("of %s is %s"):format(text, form), function()
            assert.are.equal(form, url.form(text))
        end)
    end
end)

describe("url.parse", function()
    for text, conninfo in pairs {
        ["postgres://u@h:5433/d"] = "postgresql://u@h:5433/d",
        ["postgresql+psycopg://u:p%40ss@h/d"] = "postgresql://u:p%40ss@h/d",
        ["postgresql+psycopg_async://h/d"] = "postgresql://h/d",
        ["postgresql+psycopg2://h/d?sslmode=verify-full"] = "postgresql://h/d?sslmode=verify-full",
        ["postgresql+asyncpg://h/d?ssl=verify-ca"] = "postgresql://h/d?sslmode=verify-ca",
        ["postgresql+asyncpg://h/d?ssl=true&statement_cache_size=0"] = "postgresql://h/d?sslmode=require",
        ["postgresql+pg8000://u@/d?unix_sock=/run/pg/.s.PGSQL.5432"] = "postgresql://u@/d?host=/run/pg",
        ["postgresql:///d?host=/var/run/postgresql"] = "postgresql:///d?host=/var/run/postgresql",
        ["postgresql://[::1]:5432/d"] = "postgresql://[::1]:5432/d",
        ["postgresql://a:1,b:2/d?target_session_attrs=any"] = "postgresql://a:1,b:2/d?target_session_attrs=any",
        ["postgresql://u:a?b#c d:e@h/d"] = "postgresql://u:a%3Fb%23c%20d%3Ae@h/d",
        ["postgresql://%2Frun%2Fpg/d"] = "postgresql://%2Frun%2Fpg/d",
        ["postgresql://h"] = "postgresql://h/",
    } do
        it("understands " .. text, function()
            assert.are.equal(conninfo, url.parse(text).conninfo)
        end)
    end

    it("keeps what was typed of a connection string, and masks its password", function()
        local parsed = url.parse [[host=h password='it\'s a' dbname=d]]
        assert.are.equal([[host=h password='it\'s a' dbname=d]], parsed.conninfo)
        assert.are.equal("host=h password=**** dbname=d", parsed.masked)
        assert.are.equal("host=h dbname=d", parsed.bare)
        assert.are.same({ "it's a" }, parsed.secrets)
        assert.are.equal("d", parsed.database)
    end)

    it("takes a password from the query, too", function()
        local parsed = url.parse "postgresql://u@h/d?password=geheim&sslpassword=tief"
        assert.are.same({ "geheim", "tief" }, parsed.secrets)
        assert.are.equal("postgresql://u:****@h/d?sslpassword=****", (parsed.masked:gsub("%%2A", "*")))
        assert.are.equal("postgresql://u@h/d", parsed.bare)
    end)

    it("says which parameters are left out", function()
        assert.are.equal(1, #url.parse("postgresql+asyncpg://h/d?prepared_statement_cache_size=0").notes)
    end)

    it("refuses an @ in a password without showing any of it", function()
        local fault = refused "postgresql://user:se@cret@host/d"
        assert.matches("%%40", fault.hint)
        assert.is_nil((fault.message .. fault.hint):find("cret", 1, true))
    end)

    for text, wanted in pairs {
        ["postgresql://u:pa/ss@h/d"] = "%2F", ["postgresql://u:pa/s@s@h/d"] = "%2F",
        ["postgresql://u:100%@h/d"] = "%25",
        ["postgresql://u:a@b/c@h/d"] = "%2F",
    } do
        it("says how to write " .. text, function()
            local fault = refused(text)
            assert.is_truthy(fault.hint:find(wanted, 1, true))
            assert.is_nil(fault.message:find(text:match "u:(.*)$", 1, true))
        end)
    end

    it("refuses what is no PostgreSQL", function()
        assert.matches("mysql", refused("mysql://root:geheim@h/d").message)
        assert.matches("java", refused("postgresql+java://h/d").message)
        assert.matches("schema", refused("postgresql://h/d?schema=public").message)
        assert.matches("not a number", refused("postgresql://h:port/d").message)
        refused "host='unclosed"
        refused "just a name"
    end)
end)

describe("url.sqlite_path", function()
    for text, path in pairs {
        ["sqlite:///a/b.db"] = "a/b.db", ["sqlite:////a/b.db"] = "/a/b.db",
        ["sqlite+aiosqlite:///x.db?mode=ro"] = "x.db",
        ["plain.db"] = "plain.db",
    } do
        it("of " .. text, function()
            assert.are.equal(path, url.sqlite_path(text))
        end)
    end

    it("refuses a database in memory", function()
        assert.has_error(function() url.sqlite_path "sqlite:///:memory:" end)
        assert.has_error(function() url.sqlite_path "sqlite://" end)
    end)
end)

describe("url.mask", function()
    it("takes passwords out of URLs and connection strings", function()
        assert.are.equal("to postgresql://u:****@h/d now", url.mask "to postgresql://u:p@ss@h/d now")
        assert.are.equal("password=**** dbname=d", url.mask "password='a b' dbname=d")
        assert.are.equal("sslpassword = **** x", url.mask "sslpassword = abc x")
        assert.are.equal("nothing to hide: a@b:c", url.mask "nothing to hide: a@b:c")
    end)

    it("takes known secrets out wherever they stand, encoded as well", function()
        assert.are.equal("[****] ****", url.mask("[p%@ss.word] p%25%40ss.word", { "p%@ss.word" }))
    end)

    it("takes no longer for long words, and finds schemes behind whatever stands there", function()
        local long = ("A"):rep(60000)
        local begun = os.clock()
        assert.are.equal(long .. " x=7pg://u:****@h", url.mask(long .. " x=7pg://u:p@h"))
        assert.is_true(os.clock() - begun < 1)
    end)

    it("takes secrets out as the core shows texts and blobs, too", function()
        assert.are.equal("name='****', x'****'", url.mask([[name='it\'s \\ a \"', x'69742773205c206120]] .. "22'",
            { [[it's \ a "]] }))
    end)

    it("takes a short secret out as a word only", function()
        assert.are.equal("app.db is not ****", url.mask("app.db is not pw", { "pw" }))
        assert.are.equal("spwan", url.mask("spwan", { "pw" }))
    end)
end)

describe("url.from_keywords", function()
    it("makes a URL of a socket directory", function()
        assert.are.equal("postgresql:///app?host=/run/my%20pg&user=w",
            url.from_keywords("host='/run/my pg' user=w dbname=postgres", "app"))
    end)
end)
