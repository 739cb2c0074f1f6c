"""How much the service costs over hand-written SQL that does the same, measured on data of its own."""
