"""The compiler's door: typed, cached, without the interpreter's lock; and a random stream as a value.

Compiled code is kept beside the source (``NUMBA_CACHE_DIR`` moves it). Numba
compiles a cached function again when *its* file changes, not when a file that
it calls into does; so whatever is older than the newest source that is compiled
is thrown away.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, cast

import numba
import numpy as np
from numpy.typing import NDArray

__all__ = ["Stream", "below", "compiled", "compiled_before", "inlined", "stream", "uncounted", "unit"]

type Stream = NDArray[np.uint64]
"""State of a random stream, shape (1,); every draw changes it."""


def compiled[F: Callable[..., Any]](function: F) -> F:
    """Return `function` compiled on first use, the machine code cached on disk."""
    made = numba.njit(cache=True, nogil=True)(function)
    _forget_old(Path(str(made.stats.cache_path)))
    return cast("F", made)


def uncounted[F: Callable[..., Any]](function: F) -> F:
    """Return `function` compiled without counting references; it cannot make arrays.

    A function of many arrays counts each of them up and down again, in loops at
    every use, which took longer than the work. Whoever calls keeps them alive.
    """
    options: dict[str, Any] = {"error_model": "numpy", "_nrt": False}
    made = numba.njit(cache=True, nogil=True, **options)(function)
    _forget_old(Path(str(made.stats.cache_path)))
    return cast("F", made)


def inlined[F: Callable[..., Any]](function: F) -> F:
    """Return `function` to be compiled into whoever calls it.

    For small functions that are called often.
    """
    return cast("F", numba.njit(nogil=True, inline="always")(function))


@cache
def _forget_old(folder: Path) -> None:
    """Remove what was compiled before the newest source that is."""
    newest = max(source.stat().st_mtime for source in _sources())
    for index in folder.glob("_*.nbi"):
        with contextlib.suppress(FileNotFoundError):  # another process was faster
            if index.stat().st_mtime < newest:
                index.unlink()


def _sources() -> list[Path]:
    """Return the modules that are compiled, and the one whose numbers they take over."""
    here = Path(__file__)
    users = [p for p in here.parent.glob("_*.py") if "from routing._jit import" in p.read_text("utf-8")]
    return [here, here.with_name("_day.py"), *users]


def compiled_before(module: str) -> bool:
    """Return whether the compiled code of a module of this package lies on disk."""
    folder = Path(str(cast("Any", unit).stats.cache_path))
    return any(folder.glob(f"{module}.*.nbi"))


def stream(seed: int) -> Stream:
    """Return the random stream of `seed`; it is never zero, where xorshift would stand still."""
    words = np.random.SeedSequence(abs(seed)).generate_state(1, np.uint64)
    return np.asarray(words | np.uint64(1), np.uint64)


@uncounted
def unit(rng: Stream) -> float:
    """Return a number from [0, 1).

    References
    ----------
    S. Vigna, "An experimental exploration of Marsaglia's xorshift generators,
    scrambled", ACM TOMS 42 (2016) 30, doi:10.1145/2845077: xorshift64*.
    """
    x = rng[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    rng[0] = x
    bits = (x * np.uint64(2685821657736338717)) >> np.uint64(11)
    return float(bits) * (1.0 / 9007199254740992.0)


@uncounted
def below(rng: Stream, n: int) -> int:
    """Return a whole number from [0, n)."""
    return int(unit(rng) * n)
