"""Job download: fetch a base from a model hub. The only job that opens a connection.

Speaks the hub's two public addresses: /api/models/{repo}/revision/{revision} lists the files of a commit,
/{repo}/resolve/{commit}/{file} serves one, also in part (RFC 9110, Range).
"""

import json
import os
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from . import files, import_base
from .errors import JobError, refused
from .protocol import Emitter, Inbox

ATTEMPTS = 5
TIMEOUT_SECONDS = 60
PIECE = 1 << 20
_REPO = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
_COMMIT = re.compile(r"[0-9a-f]{7,64}")


def run(job: dict, emitter: Emitter, inbox: Inbox, pause_seconds: float = 2.0) -> dict:
    """Fetch job["repo"] at job["revision"] into <out>/<name>@<commit>. Returns the result event's `base` part."""
    repo, endpoint = job["repo"], job["endpoint"].rstrip("/")
    if not _REPO.fullmatch(repo):
        raise refused(f"{repo!r} is no name of a model", "Use owner/name, as the hub shows it.")
    if urllib.parse.urlsplit(endpoint).scheme not in ("https", "http"):
        raise refused("the hub's address is no web address", "Check what MODELFACTORY_HUB or HF_ENDPOINT names.")
    emitter.phase("preparing")
    hub = Hub(endpoint, pause_seconds)
    commit, listed = hub.list(repo, job.get("revision") or "main")
    wanted = {n: f for n, f in listed.items() if import_base.wanted(n)}
    if not any(n.endswith(".safetensors") for n in wanted):
        raise refused(f"{repo} offers no safetensors weights; others are never loaded", "Choose another model.")

    name, shelf = repo.partition("/")[2], Path(job["out"])
    out = shelf / f"{name}@{commit[:12]}"
    if out.exists():
        raise refused(f"{out.name} is there already", "Use it as it is.")
    part = shelf / f".part-{name}@{commit[:12]}"  # stays after a cut, so that the next try goes on
    part.mkdir(parents=True, exist_ok=True)

    total = sum(f["size"] for f in wanted.values())
    before = 0
    for file_name, f in sorted(wanted.items()):
        if inbox.wish is not None:
            raise JobError("failed", "the download was stopped", "Start it again; it goes on where it stopped.")

        def progress(done: int, before=before) -> None:
            emitter.phase("downloading", before + done, total, "bytes")

        url = f"{endpoint}/{repo}/resolve/{commit}/{urllib.parse.quote(file_name)}"
        hub.fetch(url, part / file_name, f["size"], f["sha256"], progress, inbox)
        before += f["size"]

    record = import_base.finish(part, name, job | {"revision": commit[:12]}, emitter)
    part.rename(out)
    files.sync_dir(shelf)
    return import_base.result(out, record)


class Hub:
    def __init__(self, endpoint: str, pause_seconds: float):
        self._endpoint, self._pause = endpoint, pause_seconds

    def list(self, repo: str, revision: str) -> tuple[str, dict[str, dict]]:
        """(commit, {file: {size, sha256 or ""}}) of a revision. Only plain names at the top are listed."""
        quoted = urllib.parse.quote(revision, safe="")
        url = f"{self._endpoint}/api/models/{repo}/revision/{quoted}?blobs=true"
        reply = self._retry(lambda: self._read(url), repo)
        try:
            found = json.loads(reply)
            commit = found["sha"]
            if not _COMMIT.fullmatch(commit):
                raise ValueError("no commit")
            out = {}
            for f in found["siblings"]:
                if "/" not in f["rfilename"] and not f["rfilename"].startswith("."):
                    out[f["rfilename"]] = {"size": int(f["size"]), "sha256": (f.get("lfs") or {}).get("sha256", "")}
            return commit, out
        except (ValueError, KeyError, TypeError) as e:
            raise JobError(
                "network", f"the hub's answer about {repo} cannot be read", "Check the hub's address."
            ) from e

    def fetch(self, url: str, path: Path, size: int, sha256: str, progress, inbox: Inbox) -> None:
        """Fetch a file, going on after what is there; check size and, where the hub names it, SHA-256."""
        tmp = path.with_name(path.name + ".part")
        if not path.exists():
            self._retry(lambda: self._pull(url, tmp, size, progress, inbox), path.name)
            if tmp.stat().st_size != size:
                tmp.unlink()
                raise JobError("network", f"{path.name} came with the wrong size", "Start the download again.")
            tmp.rename(path)
        if sha256 and files.sha256(path) != sha256:
            path.unlink()
            raise JobError("network", f"{path.name} arrived damaged (SHA-256 differs)", "Start the download again.")
        progress(size)

    def _pull(self, url: str, tmp: Path, size: int, progress, inbox: Inbox) -> None:
        have = tmp.stat().st_size if tmp.exists() else 0
        if have > size:
            tmp.unlink()
            have = 0
        if have == size and tmp.exists():
            return
        request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as reply:
            if have and reply.status != 206:
                have = 0  # the server does not serve parts: from the start
            with open(tmp, "ab" if have else "wb") as f:
                told = 0.0
                while piece := reply.read(PIECE):
                    if inbox.wish is not None:
                        raise JobError("failed", "the download was stopped", "Start it again; it goes on from here.")
                    f.write(piece)
                    have += len(piece)
                    if time.monotonic() - told > 0.5:
                        told = time.monotonic()
                        progress(have)
                f.flush()
                os.fsync(f.fileno())
        if have < size:
            raise ConnectionError("the connection was cut")

    def _read(self, url: str) -> bytes:
        with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS) as reply:
            return reply.read(64 << 20)

    def _retry(self, act, what: str):
        """Do it, again after a pause when the line fails; refuse what trying again will not mend."""
        for attempt in range(ATTEMPTS):
            try:
                return act()
            except urllib.error.HTTPError as e:
                if e.code in (401, 403):
                    raise refused(
                        f"the hub does not give out {what} without its terms being accepted",
                        "Accept the terms on the hub's page of the model, download it there, then import the folder.",
                    ) from e
                if e.code == 404:
                    raise JobError("failed", f"the hub has no {what}", "Check the name and the revision.") from e
                error: Exception = e
            except (urllib.error.URLError, ConnectionError, TimeoutError) as e:
                error = e
            if attempt + 1 < ATTEMPTS:
                time.sleep(self._pause * 2**attempt)
        reason = getattr(error, "reason", None) or error
        reason = getattr(reason, "strerror", None) or reason
        raise JobError(
            "network",
            f"{what} cannot be fetched: {reason}",
            "Check the connection, then start again; it goes on from here.",
        )
