"""The work process: planning, roads and long imports run beside the pages.

The road engine and the planner's search hold Python's interpreter lock, so
that one of them in this process would stop every page. One process, started
by the first job, does one job at a time; a page asks how far it is.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import resource
import signal
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from enum import StrEnum
from multiprocessing.connection import Connection, wait
from typing import Any
from uuid import uuid4

from fieldmap.errors import FieldmapError, InputError
from fieldmap.settings import Settings

__all__ = ["Failure", "Job", "JobState", "Report", "Work"]

_KEPT_JOBS = 50
_MIB = 1024 * 1024

type Report = Callable[[str], None]
"""A task tells how far it is: a Chinese text of the catalogue."""


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


@dataclass
class Job:
    """One piece of work, as the pages see it.

    Attributes
    ----------
    owner
        Id of the account that started it: nobody else sees it.
    progress
        What the task said last, a text to be translated.
    result
        What the task returned.
    """

    id: str
    owner: str
    state: JobState = JobState.WAITING
    progress: str = ""
    result: Any = None
    failure: Failure | None = None

    @property
    def over(self) -> bool:
        """True where nothing more will come."""
        return self.state not in (JobState.WAITING, JobState.RUNNING)


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

    def start(self, task: Callable[..., Any], *args: Any, owner: str) -> Job:
        """Queue a task and return its job.

        Parameters
        ----------
        task
            A function of a module; called in the work process with a
            :data:`Report` and then ``args``, all of which cross by pickle.
        owner
            Id of the account that asked.
        """
        job = Job(str(uuid4()), owner)
        with self._lock:
            old = [key for key, kept in self._jobs.items() if kept.over]
            for key in old[: max(0, len(self._jobs) - _KEPT_JOBS)]:
                del self._jobs[key]
            self._jobs[job.id] = job
        self._foreman.submit(self._run, job, task, args)
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
            if job.state is JobState.RUNNING and self._process is not None:
                self._process.kill()
            if not job.over:
                job.state = JobState.CANCELLED
        return job

    def close(self) -> None:
        """End the process and everything that waits for it."""
        with self._lock:
            for job in self._jobs.values():
                if not job.over:
                    job.state = JobState.CANCELLED
            if self._process is not None:
                self._process.kill()
        self._foreman.shutdown(wait=True, cancel_futures=True)
        self._drop()

    def _run(self, job: Job, task: Callable[..., Any], args: tuple[Any, ...]) -> None:
        for _ in range(2):  # the process may have ended between two jobs: once more with a new one
            with self._lock:
                if job.state is JobState.CANCELLED:
                    return
                job.state = JobState.RUNNING
                process = self._process = self._process or _Process(self._memory_mb)
                process.job = job
            try:
                outcome = process.pool.submit(_call, task, args).result()
            except BrokenProcessPool:
                self._drop()
                continue
            self._settle(job, outcome)
            return
        self._settle(job, Failure("job.died"))

    def _settle(self, job: Job, outcome: Any) -> None:
        with self._lock:
            if job.state is JobState.CANCELLED:
                return
            if isinstance(outcome, Failure):
                job.failure, job.state = outcome, JobState.FAILED
            else:
                job.result, job.state = outcome, JobState.DONE

    def _drop(self) -> None:
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            process.close()


class _Process:
    """One life of the work process: its pool, and the pipe it reports through."""

    def __init__(self, memory_mb: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._reader, self._writer = context.Pipe(duplex=False)
        self.pool = ProcessPoolExecutor(
            1, mp_context=context, initializer=_prepare, initargs=(self._writer, memory_mb)
        )
        self.job: Job | None = None
        self._pid: int | None = None
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        with contextlib.suppress(EOFError, OSError):
            while True:
                kind, said = self._reader.recv()
                if kind == "pid":
                    self._pid = said
                elif self.job is not None:
                    self.job.progress = said

    def kill(self) -> None:
        """End the process at once; the pool notices."""
        if self._pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)

    def close(self) -> None:
        """Release the pool and the pipe."""
        self.pool.shutdown(wait=True, cancel_futures=True)
        self._writer.close()
        self._listener.join(timeout=5)
        self._reader.close()


_report_to: Connection | None = None  # set once in the work process, which does one job at a time


def _prepare(writer: Connection, memory_mb: int) -> None:
    """Begin the work process: limits, no Ctrl-C of its own, an end when the server ends."""
    global _report_to
    _report_to = writer
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_DATA, (memory_mb * _MIB, memory_mb * _MIB))
    threading.Thread(target=_end_with_parent, daemon=True).start()
    writer.send(("pid", os.getpid()))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _report(text: str) -> None:
    if _report_to is not None:
        _report_to.send(("progress", text))


def _call(task: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """Run a task; what a person can mend comes back as a value."""
    try:
        return task(_report, *args)
    except FieldmapError as error:
        return Failure(error.code, str(error.value), {k: str(v) for k, v in error.details.items()})
    except MemoryError:
        limit = resource.getrlimit(resource.RLIMIT_DATA)[0] // _MIB
        return Failure("job.memory", "", {"limit": limit})
