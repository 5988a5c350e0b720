"""``python -m web.cli`` is ``fieldmap``."""

from web.cli import main

main()
