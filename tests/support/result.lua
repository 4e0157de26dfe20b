-- A Result as the engine gives it, for specs of what is shown.
return function(changes)
    local result = {
        schema = 1, command = "run", status = "counted", exit = 0, run = 3,
        target = { url = "postgresql:///app?host=/s", origin = "private server", database = "app", host = "/s",
            schema = "public", server_version = "15.9" },
        sources = { { name = "main", path = "/x/app.db", fingerprint = "00ff", tables = {
            { table = "topics", total = 12, excluded = 2, filtered = {}, rejected = 0, merged = 0, passed = 10 },
            { table = "notes", total = 1234567, excluded = 0, filtered = {}, rejected = 0, merged = 0,
            passed = 1234567 },
        } } },
        targets = {
            { table = "public.topic", passed = 10, emitted = 0, inserted = 10, updated = 0, skipped = 0, rejected = 0,
              seconds = 0.1234 },
            { table = "public.notes", passed = 1234567, emitted = 0, inserted = 1234567, updated = 0, skipped = 0,
              rejected = 0, seconds = 12 },
        },
        objects = {
            { kind = "view", name = "v", outcome = "not_carried", note = "no views yet", state = "receipt" },
            { kind = "table", name = "notes", outcome = "exact" },
            { kind = "column", name = "notes.flag", outcome = "changed", note = "boolean" },
        },
        findings = {}, hints = {}, error = nil,
    }
    for name, value in pairs(changes or {}) do
        result[name] = value
    end
    return result
end
