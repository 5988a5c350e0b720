"""Programs of the makefile: set-up of a fresh machine, generated documents."""
