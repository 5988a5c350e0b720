"""People: the desk, the phone, the map, the command line."""
