"""Minified scripts, which are kept beside Python's own compiled files: to minify one takes a third
of a second, and each process that serves it would."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from contextlib import suppress
from importlib.metadata import version
from importlib.util import cache_from_source
from pathlib import Path
from tempfile import NamedTemporaryFile

PROGRAM = Path(__file__).with_name("minify.py")


def minified(source: str) -> str:
    """The script, minified (see minify.py). Raises ValueError with what is wrong in it."""
    # In a process of its own, since a server would never give the parser's memory back.
    program = [sys.executable, "-P", "-X", "utf8", str(PROGRAM)]
    done = subprocess.run(program, input=source, capture_output=True, encoding="utf-8", check=False)
    if done.returncode != 0:
        raise ValueError(done.stderr.strip())
    return done.stdout


def minified_once(name: str, source: str) -> str:
    """The same, unless a process has done it before; `name` names the script's file.

    Like Python's own files, it is looked for and kept where PYTHONPYCACHEPREFIX says, and not kept
    with PYTHONDONTWRITEBYTECODE. Where nothing can be written, nothing is kept.
    """
    made_by = (PROGRAM.read_text("utf-8"), version("calmjs.parse"), version("jsmin"), source)
    file = Path(cache_from_source(__file__)).with_name(f"{name}.minified")
    with suppress(OSError, ValueError):
        head, kept = file.read_bytes().decode().split("\n", 1)
        if head == _digest(*made_by, kept):
            return kept
    made = minified(source)
    if not sys.dont_write_bytecode:
        with suppress(OSError):
            _keep(file, f"{_digest(*made_by, made)}\n{made}")
    return made


def _digest(*texts: str) -> str:
    """A line that is another for each difference in what was minified, by what, and to what."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def _keep(file: Path, text: str) -> None:
    """Write it as a whole or not at all, for others may read it at the same time."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=file.parent, prefix=f"{file.name}.", delete=False) as new:
        path = Path(new.name)
        try:
            new.write(text.encode())
            new.close()
            path.chmod(0o644)
            path.replace(file)
        except OSError:
            path.unlink(missing_ok=True)
            raise
