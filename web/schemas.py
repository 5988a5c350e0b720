"""What goes over the wire as JSON: only these fields, whatever is stored."""

from __future__ import annotations

from pydantic import BaseModel

from web.i18n import gettext
from web.work import Job, JobState

__all__ = ["JobOut"]


class JobOut(BaseModel):
    """How far a job is.

    Attributes
    ----------
    step
        What it does now, in the reader's language; empty before it began.
    number
        Which of its steps that is, from 1; 0 before it began.
    share
        How much of the whole is done, 0 to 1; None where that is not known.
    elapsed_s
        Whole seconds since it was asked for, until it was over.
    next
        Where its result is shown; empty until it is done.
    message
        Why it failed, in the reader's language.
    """

    id: str
    state: JobState
    step: str
    number: int
    share: float | None
    elapsed_s: int
    next: str = ""
    message: str = ""

    @classmethod
    def of(cls, job: Job) -> JobOut:
        """Return a job as its page reads it."""
        return cls(
            id=job.id,
            state=job.state,
            step=gettext(job.step) if job.step else "",
            number=job.steps.index(job.step) + 1 if job.step in job.steps else 0,
            share=job.share,
            elapsed_s=int(job.elapsed_s),
            next=str(job.result) if job.state is JobState.DONE else "",
            message=str(job.failure.error()) if job.failure else "",
        )
