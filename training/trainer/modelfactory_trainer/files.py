"""Files that are whole or absent: temporary name, fsync, rename, fsync of the folder."""

import contextlib
import hashlib
import os
import shutil
import signal
from pathlib import Path

OLD = ".tmp-old-"  # before the name of a folder while another takes its place


def sync_dir(path: Path) -> None:
    """Make the entries of a folder durable. Where folders cannot be synced (Windows) this does nothing."""
    try:
        fd = os.open(path, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(fd)
    except OSError:
        pass
    finally:
        os.close(fd)


def sync(path: Path) -> None:
    """Make a file durable that something else wrote."""
    fd = os.open(path, os.O_RDWR)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def write_new(path: Path, data: bytes) -> None:
    """Write a file and fsync it, without a rename: for files inside a folder that is renamed as a whole."""
    with open(path, "wb") as f:
        f.write(data)
        f.flush()
        os.fsync(f.fileno())


def write(path: Path, data: bytes) -> None:
    """Replace a file in one step."""
    tmp = path.with_name(f".tmp-{path.name}")
    try:
        write_new(tmp, data)
        os.replace(tmp, path)
    except BaseException:
        with contextlib.suppress(OSError):
            tmp.unlink()
        raise
    sync_dir(path.parent)


@contextlib.contextmanager
def new_folder(path: Path):
    """Make a folder that appears under its name complete or not at all.

    The body fills the temporary folder that is yielded, with write_new; on leaving, it takes the place of `path`.
    After a KeyboardInterrupt SIGTERM is ignored: the process is to end, and another one would cut the removal short.
    """
    tmp, old = path.with_name(f".tmp-{path.name}"), path.with_name(OLD + path.name)
    shutil.rmtree(tmp, ignore_errors=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        tmp.mkdir()
        yield tmp
        sync_dir(tmp)
        if path.exists():
            shutil.rmtree(old, ignore_errors=True)
            path.rename(old)
        tmp.rename(path)
        shutil.rmtree(old, ignore_errors=True)
        sync_dir(path.parent)
    except BaseException as e:
        if isinstance(e, KeyboardInterrupt):
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if path.exists():
            shutil.rmtree(old, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):  # mostly there was none
                old.rename(path)
        shutil.rmtree(tmp, ignore_errors=True)
        raise


def sweep(folder: Path) -> None:
    """Remove what a crash left half-written in a folder. A folder that was about to be replaced gets its name back."""
    if folder.is_dir():
        for entry in folder.glob(".tmp-*"):
            before = folder / entry.name.removeprefix(OLD)
            if entry.name.startswith(OLD) and not before.exists():
                entry.rename(before)
            elif entry.is_dir():
                shutil.rmtree(entry, ignore_errors=True)
            else:
                entry.unlink(missing_ok=True)


def sha256(path: Path) -> str:
    """SHA-256 of a file, read in pieces."""
    with open(path, "rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()
