"""A job of the work process, waited for at the terminal: a bar, and Ctrl-C."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from fieldmap.settings import Settings
from web.cli.output import errors, progress, word
from web.i18n import gettext
from web.work import Work

__all__ = ["done"]

_TELL_S = 0.2


@contextmanager
def _interrupts() -> Iterator[threading.Event]:
    """Turn Ctrl-C into an event: an exception could come while a thread starts or a lock is taken."""
    pressed = threading.Event()
    before = signal.signal(signal.SIGINT, lambda *_: pressed.set())
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, before)


def done(settings: Settings, title: str, task: Callable[..., Any], *args: Any, steps: tuple[str, ...]) -> Any:
    """Do a task in a work process of its own, as the pages do, and return its result.

    Parameters
    ----------
    task, steps
        As for :meth:`web.work.Work.start`.

    Raises
    ------
    FieldmapError
        The task refused, with its exit code, or went past the memory limit.
    click.Abort
        Somebody pressed Ctrl-C: the process has ended and there is no result.
    """
    work = Work(settings)
    try:
        with _interrupts() as pressed, progress(title) as step:
            job = work.start(task, *args, owner="command line", steps=steps)
            while not (pressed.is_set() or job.wait(_TELL_S)):
                step(job.share or 0.0, 1.0, gettext(job.step) if job.step else "")
    finally:
        work.close()
    if pressed.is_set():
        errors.print(word("已取消,什么也没有保存。", "Cancelled; nothing was kept."))
        raise click.Abort
    if job.failure is not None:
        raise job.failure.error()
    return job.result
