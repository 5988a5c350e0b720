"""What goes over the wire as JSON: only these fields, whatever is stored."""

from __future__ import annotations

from pydantic import BaseModel

from fieldmap.errors import explain
from web.i18n import gettext
from web.work import Job, JobState

__all__ = ["JobOut"]


class JobOut(BaseModel):
    """How far a job is.

    Attributes
    ----------
    next
        Where its result is shown; empty until it is done.
    message
        Why it failed, in the reader's language.
    """

    id: str
    state: JobState
    progress: str
    next: str = ""
    message: str = ""

    @classmethod
    def of(cls, job: Job) -> JobOut:
        """Return a job as its page reads it."""
        failure = job.failure
        return cls(
            id=job.id,
            state=job.state,
            progress=gettext(job.progress) if job.progress else "",
            next=str(job.result) if job.state is JobState.DONE else "",
            message=str(explain(failure.code, failure.value, **failure.details)) if failure else "",
        )
