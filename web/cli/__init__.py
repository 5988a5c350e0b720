"""The command line: the same use cases as the pages.

Exit codes: 0 done, 1 unexpected, 2 the call's words, 3 something to install
first, 4 a file or value, 5 the county file, 6 not allowed, 7 the plan, 8 the
roads, 9 the server. See :mod:`fieldmap.errors`.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Sequence

import click

from fieldmap.errors import FieldmapError, language
from fieldmap.settings import load
from web.cli import accounts, county, demonstration, figures, ledgers, monthly, planning, roads, server
from web.cli.output import errors

__all__ = ["cli", "main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="fieldmap")
def cli() -> None:
    """Show who has not been seen, plan who goes today, bring the answer back to the map.

    社工站走访:谁还没见到,今天谁去,结果回到地图上。

    Settings come from the environment: FIELDMAP_DB, FIELDMAP_KEY, FIELDMAP_LANG
    (zh-CN or en) and others, listed in docs/reference.md.

    Exit codes: 2 words of the call, 4 a file or value, 5 the county file, 6 not
    allowed, 7 the plan, 8 the roads, 9 the server.
    """


for module in (county, ledgers, roads, planning, monthly, figures, server, accounts, demonstration):
    for command in module.COMMANDS:
        cli.add_command(command)


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    warnings.simplefilter("ignore", ResourceWarning)
    try:
        if os.environ.get("FIELDMAP_LANG") == "en":
            language.set("en")  # what is wrong with another setting is said in it too
        language.set(load().lang)
        cli.main(args=args, prog_name="fieldmap", standalone_mode=False)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as fault:
        fault.show()
        sys.exit(fault.exit_code)
    except FieldmapError as fault:
        errors.print(str(fault))
        sys.exit(fault.exit_code)


if __name__ == "__main__":
    main()
