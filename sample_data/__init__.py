"""A made township: people, doors, roads, grids and ledgers that are nobody's.

Everything the product needs to be shown and tested is made here from a seed:
no name, number, place or road of it exists. ``python -m sample_data --help``
says how; ``sample_data/README.md`` says what the files hold. This package
imports nothing of the product.
"""

from sample_data.handover import make
from sample_data.recipe import Recipe

__all__ = ["Recipe", "make"]
