"""Facts: people, places, rules, visits, coverage. Imports neither plans nor pages."""
