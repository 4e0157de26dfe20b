-- The house rules for Lua: 5.4, no globals, nothing unused, lines of 120 columns at most.
std = "lua54"
max_line_length = 120
codes = true
exclude_files = { "build*/" }
files["tests/**/*_spec.lua"] = { std = "+busted" }
files["tests/support"] = { std = "+busted" }
