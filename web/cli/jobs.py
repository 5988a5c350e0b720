"""A job of the work process, waited for at the terminal: a bar, and Ctrl-C."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from fieldmap.settings import Settings
from web.cli.output import errors, progress, word
from web.i18n import gettext
from web.work import Work

__all__ = ["done"]

_TELL_S = 0.2


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
        with progress(title) as step:
            job = work.start(task, *args, owner="command line", steps=steps)
            while not job.wait(_TELL_S):
                step(job.share or 0.0, 1.0, gettext(job.step) if job.step else "")
    except KeyboardInterrupt:
        errors.print(word("已取消,什么也没有保存。", "Cancelled; nothing was kept."))
        raise click.Abort from None
    finally:
        work.close()
    if job.failure is not None:
        raise job.failure.error()
    return job.result
