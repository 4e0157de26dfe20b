-- version.lua: wherry's version. CMake reads it here too.
return "0.1.0"
