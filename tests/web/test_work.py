"""The work process: results, problems, progress, cancelling, limits."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fieldmap.errors import FieldmapError, InputError, PlanError, RoadError, StoreError
from fieldmap.settings import Settings
from web.work import Failure, Job, JobState, Report, Work


def double(report: Report, number: int) -> int:
    report("读取县库")
    return 2 * number


def refuse(report: Report) -> int:
    raise PlanError("store.unknown", "x", noun="plan")


def sleep(report: Report) -> None:
    report("排路线")
    time.sleep(600)


def die(report: Report) -> None:
    os._exit(3)


def hoard(report: Report) -> int:
    return len(bytearray(3 * 1024**3))


def whose(report: Report) -> int:
    return os.getpid()


def halfway(report: Report) -> None:
    report("排路线", 0.5)
    time.sleep(600)


def stumble(report: Report) -> int:
    return 1 // 0


def secretive(report: Report) -> object:
    return lambda: 0


def die_counted(report: Report, path: str) -> None:
    with open(path, "a") as file:
        file.write("x")
    os.abort()


def refuse_to_keep(made: object) -> object:
    raise StoreError("store.missing", "county.db")


@pytest.fixture
def work() -> Iterator[Work]:
    made = Work(Settings(memory_mb=1024))
    yield made
    made.close()


def _finished(job: Job, *, until: str = "") -> Job:
    end = time.monotonic() + 60
    while not job.over and not (until and job.step == until):
        assert time.monotonic() < end, f"still {job.state}"
        time.sleep(0.02)
    return job


def test_a_task_runs_in_another_process_and_gives_its_result(work: Work) -> None:
    """The result comes back, with what the task said on the way; the process is not this one."""
    job = _finished(work.start(double, 21, owner="a"))
    assert (job.state, job.result) == (JobState.DONE, 42)
    assert _finished(job, until="读取县库").step == "读取县库"
    assert _finished(work.start(whose, owner="a")).result != os.getpid()


def test_a_problem_of_the_catalogue_crosses_with_its_details(work: Work) -> None:
    """A refusal in the work process is a failure with its code, value and details."""
    job = _finished(work.start(refuse, owner="a"))
    assert job.state is JobState.FAILED
    assert job.failure is not None
    assert (job.failure.code, job.failure.value, job.failure.details) == (
        "store.unknown",
        "x",
        {"noun": "plan"},
    )


@pytest.mark.parametrize(
    "error",
    [
        InputError("dispatch.not-on-duty", "w9", day="2026-03-20"),
        PlanError("plan.too-many", 10_000, most=2000),
        RoadError("road.none", "network"),
    ],
)
def test_a_failure_becomes_the_error_it_was(error: FieldmapError) -> None:
    """The same kind, the same exit code, the same words."""
    again = Failure.of(error).error()
    assert (type(again), again.exit_code, str(again)) == (type(error), error.exit_code, str(error))


@pytest.mark.parametrize(("task", "value"), [(stumble, "ZeroDivisionError"), (secretive, "function")])
def test_a_mistake_of_ours_is_a_failure_and_not_silence(work: Work, task: Any, value: str) -> None:
    """An exception nobody foresaw, or a result that cannot cross, ends the job with a message."""
    job = _finished(work.start(task, owner="a"))
    assert job.failure is not None
    assert (job.failure.code, job.failure.value) == ("job.broken", value)
    assert _finished(work.start(double, 3, owner="a")).result == 6


def test_a_job_says_how_far_it_is(work: Work) -> None:
    """Step and share are the task's; the time runs until the job is over, then stands."""
    job = _finished(work.start(halfway, owner="a", steps=("读取县库", "排路线")), until="排路线")
    assert (job.state, job.share) == (JobState.RUNNING, 0.5)
    waiting = work.start(double, 1, owner="a", steps=("读取县库",))
    assert (waiting.state, waiting.step, waiting.share) == (JobState.WAITING, "", None)
    before = job.elapsed_s
    assert not job.wait(0.05)
    assert job.elapsed_s > before
    work.cancel(job.id, "a")
    assert job.wait(0)
    stood = job.elapsed_s
    time.sleep(0.02)
    assert job.elapsed_s == stood


def test_what_a_job_made_is_kept_here_once_it_is_done(work: Work) -> None:
    """The result is what keeping it gave; where keeping is refused the job has failed."""
    kept: list[int] = []

    def keep(made: int) -> str:
        kept.append(made)
        return f"/plans/{made}"

    assert _finished(work.start(double, 21, owner="a", keep=keep)).result == "/plans/42"
    assert kept == [42]
    failed = _finished(work.start(double, 21, owner="a", keep=refuse_to_keep))
    assert failed.failure is not None
    assert (failed.failure.code, failed.failure.kind) == ("store.missing", StoreError)


def test_a_job_that_is_cancelled_keeps_nothing(work: Work) -> None:
    """Neither where it ran nor where it waited."""
    kept: list[object] = []
    running = work.start(sleep, owner="a", keep=kept.append)
    waiting = work.start(double, 1, owner="a", keep=kept.append)
    _finished(running, until="排路线")
    work.cancel(waiting.id, "a")
    work.cancel(running.id, "a")
    assert _finished(work.start(double, 2, owner="a")).result == 4
    assert kept == []


def test_a_job_that_crashes_is_not_tried_again(work: Work, tmp_path: Path) -> None:
    """It ran once; the failure names the signal and the memory limit."""
    job = _finished(work.start(die_counted, str(tmp_path / "ran"), owner="a"))
    assert (tmp_path / "ran").read_text() == "x"
    assert job.failure is not None
    assert (job.failure.value, job.failure.details) == ("SIGABRT", {"limit": 1024})


def test_a_running_job_is_stopped_and_the_next_one_runs(work: Work) -> None:
    """Cancelling ends the process at once; a waiting job starts in a new one."""
    running, waiting = work.start(sleep, owner="a"), work.start(double, 1, owner="a")
    _finished(running, until="排路线")
    assert work.cancel(running.id, "a").state is JobState.CANCELLED
    assert _finished(waiting).result == 2
    assert running.state is JobState.CANCELLED


def test_a_waiting_job_that_is_cancelled_never_starts(work: Work) -> None:
    """A job cancelled before its turn leaves no result."""
    running, waiting = work.start(sleep, owner="a"), work.start(double, 1, owner="a")
    _finished(running, until="排路线")
    work.cancel(waiting.id, "a")
    work.cancel(running.id, "a")
    assert _finished(work.start(double, 2, owner="a")).result == 4
    assert (waiting.state, waiting.result) == (JobState.CANCELLED, None)


def test_a_process_that_dies_is_a_failure_and_not_the_end(work: Work) -> None:
    """A crash is reported, and the next job runs."""
    job = _finished(work.start(die, owner="a"))
    assert job.failure is not None
    assert job.failure.code == "job.died"
    assert _finished(work.start(double, 3, owner="a")).result == 6


def test_a_job_that_wants_too_much_memory_is_refused_it(work: Work) -> None:
    """The limit stops the job with a message that names it; the server is not touched."""
    job = _finished(work.start(hoard, owner="a"))
    assert job.failure is not None
    assert (job.failure.code, job.failure.details) == ("job.memory", {"limit": 1024})


def test_a_job_is_seen_by_its_owner_only(work: Work) -> None:
    """Somebody else's job reads like one that never was."""
    job = work.start(double, 1, owner="a")
    assert work.job(job.id, "a") is job
    for action in (work.job, work.cancel):
        with pytest.raises(InputError, match=job.id):
            action(job.id, "b")


def test_closing_ends_what_runs() -> None:
    """When the server ends, a job that runs ends with it."""
    work = Work(Settings(memory_mb=1024))
    job = work.start(sleep, owner="a")
    _finished(job, until="排路线")
    work.close()
    assert job.state is JobState.CANCELLED
