local words = require "wherry.report.html.words"

describe("words of the page", function()
    it("has numbers, spans and moments as people read them", function()
        assert.equal("1,234,567", words.count(1234567))
        assert.equal("300,328", words.count(300327.6))
        assert.same({ "1 row", "0 rows", "2 indexes" }, { words.of(1, "row"), words.of(0, "row"),
            words.of(2, "index", "indexes") })
        assert.same({ "0.00 s", "59.99 s", "2 min 7 s", "1 h 1 min" }, { words.span(0), words.span(59.99),
            words.span(127.4), words.span(3719) })
        assert.equal("2025-11-30 10:55:27 UTC", words.moment "2025-11-30T10:55:27Z")
        assert.equal("not known", words.moment(nil))
        assert.equal("app.db", words.name "/srv/app.db")
    end)

    it("says how each status is meant, and never that an unknown one is good", function()
        for status, tone in pairs { verified = "good", counted = "good", loaded = "warn", sampled = "warn",
            differs = "bad", refused = "bad", failed = "bad", interrupted = "warn", anything = "warn" } do
            local found, word, sentence = words.status { status = status }
            assert.equal(tone, found)
            assert.is_string(word)
            assert.is_string(sentence)
        end
        assert.matches("Nothing was written", (select(3, words.status { status = "failed" })))
        assert.matches("journal knows it", (select(3, words.status { status = "failed", run = 3 })))
        assert.matches("Nothing was written", (select(3, words.status { status = "interrupted", run = 3,
            command = "verify" })))
    end)
end)
