"""The work process: planning, roads and long imports run beside the pages.

The road engine and the planner's search hold Python's interpreter lock, so
that one of them in this process would stop every page. One process, started
by the first job, does one job at a time; a page asks how far it is. A job that
is cancelled is ended with its process, at once.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import resource
import signal
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

from fieldmap import errors
from fieldmap.errors import FieldmapError, InputError, PlanError
from fieldmap.settings import Settings

__all__ = ["Failure", "Job", "JobState", "Report", "Work"]

_log = logging.getLogger("fieldmap.work")

_KEPT_JOBS = 50
_MIB = 1024 * 1024
_CLOSE_MIB = 48  # a few stacks of threads


class Report(Protocol):
    """A task tells how far it is."""

    def __call__(self, step: str, share: float | None = None) -> None:
        """Say what is done now, a Chinese text of the catalogue, and the share of the whole, 0 to 1."""


class JobState(StrEnum):
    """How far a job has come."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Failure:
    """A problem of the catalogue, in a form that crosses between processes."""

    code: str
    value: str = ""
    details: Mapping[str, object] = field(default_factory=dict)
    kind: type[FieldmapError] = PlanError

    @classmethod
    def of(cls, error: FieldmapError) -> Failure:
        """Return an error as a value."""
        kind = next(k for k in type(error).__mro__ if k.__module__ == errors.__name__)
        details = {name: str(value) for name, value in error.details.items()}
        return cls(error.code, str(error.value), details, kind)

    def error(self) -> FieldmapError:
        """Return it as an error that can be raised again, with the exit code it had."""
        return self.kind(self.code, self.value, **self.details)


@dataclass
class Job:
    """One piece of work, as the pages see it.

    Attributes
    ----------
    owner
        Id of the account that started it: nobody else sees it.
    steps
        What it will say of itself, in this order; texts to be translated.
    again
        Where it can be asked for once more.
    step
        What the task said last, the first of its steps until then; empty
        while it waits.
    share
        How much of the whole is done, 0 to 1; None where the task has not
        said.
    result
        What the task returned, or what it became when it was kept.
    """

    id: str
    owner: str
    steps: tuple[str, ...] = ()
    again: str = ""
    state: JobState = JobState.WAITING
    step: str = ""
    share: float | None = None
    result: Any = None
    failure: Failure | None = None
    _began: float = field(default_factory=time.monotonic, init=False)
    _ended: float | None = field(default=None, init=False)
    _end: threading.Event = field(default_factory=threading.Event, init=False)

    @property
    def over(self) -> bool:
        """True where nothing more will come."""
        return self.state not in (JobState.WAITING, JobState.RUNNING)

    @property
    def elapsed_s(self) -> float:
        """Seconds since it was asked for, until it was over."""
        return (time.monotonic() if self._ended is None else self._ended) - self._began

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it is over, or so many seconds; return whether it is."""
        return self._end.wait(seconds)

    def finish(self, state: JobState) -> None:
        """End it in a state that does not change any more."""
        self._ended = time.monotonic()
        self.state = state
        self._end.set()


class Work:
    """The one work process of an app, and its jobs.

    Parameters
    ----------
    settings
        ``memory_mb`` limits the process.
    """

    def __init__(self, settings: Settings) -> None:
        self._memory_mb = settings.memory_mb
        self._foreman = ThreadPoolExecutor(1, thread_name_prefix="work")
        self._process: _Process | None = None
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()

    def start(
        self,
        task: Callable[..., Any],
        *args: Any,
        owner: str,
        steps: tuple[str, ...] = (),
        again: str = "",
        keep: Callable[[Any], Any] | None = None,
    ) -> Job:
        """Queue a task and return its job.

        Parameters
        ----------
        task
            A function of a module; called in the work process with a
            :class:`Report` and then ``args``, all of which cross by pickle.
        owner
            Id of the account that asked.
        steps, again
            See :class:`Job`.
        keep
            Called here with what the task returned, unless the job was
            cancelled before; what it returns is the result.
        """
        job = Job(str(uuid4()), owner, steps, again)
        with self._lock:
            old = [key for key, kept in self._jobs.items() if kept.over]
            for key in old[: max(0, len(self._jobs) - _KEPT_JOBS)]:
                del self._jobs[key]
            self._jobs[job.id] = job
        self._foreman.submit(self._run, job, task, args, keep)
        return job

    def job(self, job_id: str, owner: str) -> Job:
        """Return a job of an account.

        Raises
        ------
        InputError
            There is no such job, or it is somebody else's.
        """
        job = self._jobs.get(job_id)
        if job is None or job.owner != owner:
            raise InputError("job.unknown", job_id)
        return job

    def cancel(self, job_id: str, owner: str) -> Job:
        """Stop a job: a waiting one never starts, a running one is ended with its process."""
        job = self.job(job_id, owner)
        with self._lock:
            self._stop(job)
        return job

    def close(self) -> None:
        """End the process and everything that waits for it."""
        with self._lock:
            for job in self._jobs.values():
                self._stop(job)
        self._foreman.shutdown(wait=True, cancel_futures=True)
        if self._process is not None:
            self._process.end()

    def _stop(self, job: Job) -> None:
        if job.state is JobState.RUNNING and self._process is not None:
            self._process.kill()
        if not job.over:
            job.finish(JobState.CANCELLED)

    def _run(
        self, job: Job, task: Callable[..., Any], args: tuple[Any, ...], keep: Callable[[Any], Any] | None
    ) -> None:
        with self._lock:
            if job.over:
                return
            job.state = JobState.RUNNING
            job.step = next(iter(job.steps), "")  # the process takes a moment to begin
            if self._process is None or not self._process.alive:
                self._process = _Process(self._memory_mb)
            process = self._process
        outcome = process.run(job, task, args)
        with self._lock:
            if not job.over:
                _settle(job, outcome, keep)
            spent = job.failure is not None and job.failure.code in ("job.memory", "job.died")
            if spent or not process.alive:
                self._process = None
        if self._process is None:
            process.end()


def _settle(job: Job, outcome: Any, keep: Callable[[Any], Any] | None) -> None:
    if keep is not None and not isinstance(outcome, Failure):
        outcome = _guarded(keep, outcome)
    if isinstance(outcome, Failure):
        job.failure = outcome
        job.finish(JobState.FAILED)
    else:
        job.result = outcome
        job.finish(JobState.DONE)


class _Process:
    """One life of the work process, and the pipe to it."""

    def __init__(self, memory_mb: int) -> None:
        self._memory_mb = memory_mb
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, memory_mb), daemon=True)
        # a Ctrl-C at the terminal reaches every process there: ours decides what ends; the mask is inherited,
        # but for the tracker of resources, which unblocks it where it has to be started first
        resource_tracker.ensure_running()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        self._process.start()
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        theirs.close()
        self._killed = False

    @property
    def alive(self) -> bool:
        """False where it has ended, or is about to."""
        return not self._killed and self._process.is_alive()

    def run(self, job: Job, task: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """Do a task, telling its job how far it is; return its result or a failure."""
        try:
            self._pipe.send((task, args))
            while True:
                step, share, outcome = self._pipe.recv()
                if step is None:
                    return outcome
                job.step, job.share = step, share
        except (EOFError, OSError):
            self._process.join()
            return Failure("job.died", _signal(self._process.exitcode), {"limit": self._memory_mb})

    def kill(self) -> None:
        """End it at once, whatever it does; its pipe closes."""
        self._killed = True
        self._process.kill()

    def end(self) -> None:
        """End it and release what it holds."""
        self.kill()
        self._process.join()
        self._process.close()
        self._pipe.close()


def _signal(exit_code: int | None) -> str:
    """Return what ended a process: the name of a signal, or the exit code."""
    if exit_code is None or exit_code >= 0:
        return f"exit {exit_code}"
    return signal.Signals(-exit_code).name


def _serve(pipe: Connection, memory_mb: int) -> None:
    """Live as the work process: do one task after the other until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_DATA, (memory_mb * _MIB, memory_mb * _MIB))
    threading.Thread(target=_end_with_parent, daemon=True).start()

    def report(step: str, share: float | None = None) -> None:
        pipe.send((step, share, None))

    while True:
        try:
            task, args = pipe.recv()
        except EOFError:
            return
        outcome = _guarded(task, report, *args)
        try:
            pipe.send((None, None, outcome))
        except Exception:  # not to be pickled
            _log.exception("the result of a job cannot be sent")
            pipe.send((None, None, Failure("job.broken", type(outcome).__name__, kind=FieldmapError)))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _guarded(function: Callable[..., Any], *args: Any) -> Any:
    """Call a function; whatever goes wrong comes back as a failure."""
    try:
        return function(*args)
    except FieldmapError as error:
        return Failure.of(error)
    except Exception as error:
        if isinstance(error, MemoryError) or _short_of_memory():
            limit, _ = resource.getrlimit(resource.RLIMIT_DATA)
            return Failure("job.memory", "", {"limit": limit // _MIB})
        _log.exception("a job failed")
        return Failure("job.broken", type(error).__name__, kind=FieldmapError)


def _short_of_memory() -> bool:
    """Return whether this process is close to its limit: then a thread or a library fails in its own way."""
    limit, _ = resource.getrlimit(resource.RLIMIT_DATA)
    status = Path("/proc/self/status")
    if limit == resource.RLIM_INFINITY or not status.is_file():
        return False
    used = next(line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmData"))
    return limit - int(used) * 1024 < _CLOSE_MIB * _MIB
