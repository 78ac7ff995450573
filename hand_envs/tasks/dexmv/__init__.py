"""DexMV's tasks: everyday objects relocated, poured from and put into each other by the Adroit hand."""
