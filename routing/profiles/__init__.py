"""Lua profiles of the three travel modes, over those of the OSRM wheel."""
