"""Whether the record was written to, by this process or another one."""

from __future__ import annotations

from typing import Any

from fieldmap.store.connection import Connections

__all__ = ["Watch"]


class Watch:
    """Looks at a county file again and again and reads only where somebody wrote.

    SQLite tells a connection by ``data_version`` that *another* connection
    committed: this one never writes, so that it hears everybody.
    https://www.sqlite.org/pragma.html#pragma_data_version

    Parameters
    ----------
    connections
        Whose close ends this too.
    """

    def __init__(self, connections: Connections) -> None:
        self._connection: Any = connections.another()
        self._version = -1
        self._change = ""

    def change(self) -> str:
        """Return the same as :attr:`Store.change`; one thread at a time may ask."""
        version = int(self._connection.execute("PRAGMA data_version").fetchone()[0])
        if version != self._version:
            found = self._connection.execute("SELECT value FROM meta WHERE key = 'change'").fetchone()
            self._version, self._change = version, str(found["value"])
        return self._change
