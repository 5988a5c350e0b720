"""A station that serves https in a process of its own, and browsers that trust it."""

from __future__ import annotations

import contextlib
import ctypes
import ctypes.util
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.source import ROOT

__all__ = ["HttpsStation", "https_station", "trust_in"]

_START_S = 120


@dataclass(frozen=True)
class HttpsStation:
    """A running ``fieldmap serve --https``.

    Attributes
    ----------
    port, door
        Of https, and of the door without TLS.
    certificates
        The folder with the authority.
    said
        What it printed until it listened.
    """

    port: int
    door: int
    certificates: Path
    said: str
    process: subprocess.Popen[str]

    def stop(self) -> int:
        """Press Ctrl-C; return the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=60)


@contextlib.contextmanager
def https_station(db: Path, *more: str) -> Iterator[HttpsStation]:
    """Serve a county file at 127.0.0.1 on free ports; kill the process at the end."""
    environment = {**os.environ, "FIELDMAP_DB": str(db), "FIELDMAP_LANG": "en"}
    environment |= {"FIELDMAP_KEY": "", "FIELDMAP_CERTIFICATES": "", "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "web.cli", "serve", "--https", "--host", "127.0.0.1"]
    command += ["--address", "127.0.0.1", "--port", "0", "--http-port", "0", *more]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        watch = threading.Timer(_START_S, process.kill)
        watch.start()
        try:
            said = _greeting(process)
            ports = [int(port) for port in re.findall(r"https?://[\w.]+:(\d+)/", said)]
            yield HttpsStation(ports[0], ports[1], db.parent / "certificates", said, process)
        finally:
            watch.cancel()
            process.kill()


def _greeting(process: subprocess.Popen[str]) -> str:
    """Return what the server prints up to the last line of the fingerprint."""
    assert process.stdout is not None
    said: list[str] = []
    for line in process.stdout:
        said.append(line)
        if sum("SHA-256" in one for one in said) == 4:
            return "".join(said)
    raise AssertionError("".join(said))


class _Item(ctypes.Structure):
    _fields_ = [("type", ctypes.c_int), ("data", ctypes.c_char_p), ("len", ctypes.c_uint)]


class _Trust(ctypes.Structure):
    _fields_ = [(use, ctypes.c_uint) for use in ("ssl", "email", "object")]


def trust_in(home: Path, certificate: bytes) -> bool:
    """Let Chromium trust an authority, as a user's import does, where ``$HOME`` is a folder.

    Chromium on Linux reads what a user trusts from NSS's database; the
    library comes with it, the program ``certutil`` does not.

    Parameters
    ----------
    certificate
        DER.

    Returns
    -------
    bool
        False where the library is not on this machine.
    """
    found = ctypes.util.find_library("nss3")
    if found is None:
        return False
    nss = ctypes.CDLL(found)
    for name in ("PK11_GetInternalKeySlot", "CERT_GetDefaultCertDB", "CERT_NewTempCertificate"):
        getattr(nss, name).restype = ctypes.c_void_p
    folder = home / ".pki" / "nssdb"
    folder.mkdir(parents=True)
    assert nss.NSS_InitReadWrite(f"sql:{folder}".encode()) == 0
    slot = ctypes.c_void_p(nss.PK11_GetInternalKeySlot())
    assert nss.PK11_InitPin(slot, None, None) == 0
    base = ctypes.c_void_p(nss.CERT_GetDefaultCertDB())
    item, trust = _Item(0, certificate, len(certificate)), _Trust()
    held = ctypes.c_void_p(nss.CERT_NewTempCertificate(base, ctypes.byref(item), None, 0, 1))
    assert nss.PK11_ImportCert(slot, held, ctypes.c_ulong(0), b"station", 0) == 0
    assert nss.CERT_DecodeTrustString(ctypes.byref(trust), b"C,,") == 0
    assert nss.CERT_ChangeCertTrust(base, held, ctypes.byref(trust)) == 0
    nss.CERT_DestroyCertificate(held)
    nss.PK11_FreeSlot(slot)
    assert nss.NSS_Shutdown() == 0
    return True
