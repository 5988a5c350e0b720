"""What is no part of a search and is printed apart: imports, the compiled code, reading and making."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import click

__all__ = ["Apart"]


@dataclass(slots=True)
class Apart:
    """CPU seconds beside the search; make it first of all in a program.

    Attributes
    ----------
    imports
        From the start of the process until this was made.
    compiled
        Loading the compiled code, or compiling it where this machine never did.
    reading
        Reading files, making days.
    """

    imports: float = field(default_factory=time.process_time)
    compiled: float = 0.0
    reading: float = 0.0

    def warm(self, do: Callable[[], object]) -> None:
        """Have the compiled code ready."""
        began = time.process_time()
        do()
        self.compiled += time.process_time() - began

    def read[T](self, do: Callable[[], T]) -> T:
        """Return what a table is about."""
        began = time.process_time()
        found = do()
        self.reading += time.process_time() - began
        return found

    def say(self) -> None:
        """Print them beside the table, where no document takes them for a part of it."""
        click.echo(str(self), err=True)

    def __str__(self) -> str:
        """Return them as one line."""
        return (
            f"CPU seconds beside the search: imports {self.imports:.2f}, "
            f"compiled code {self.compiled:.2f}, reading or making {self.reading:.2f}"
        )
