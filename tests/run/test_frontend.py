from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.run import frontend
from bot.run.frontend import FrontendError
from bot.settings import ROOT


class Npm:
    """Puts the served files where npm would, unless it fails."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.error: str | Exception = ""

    def __call__(self, arguments: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
        """Takes npm's place."""
        self.calls.append(list(arguments))
        if isinstance(self.error, Exception):
            raise self.error
        if not self.error:
            for source in frontend.SERVED.values():
                file = folder / "node_modules" / source
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(f"// {source} {len(self.calls)}")
        return subprocess.CompletedProcess(arguments, int(bool(self.error)), "", self.error)


@pytest.fixture
def web(tmp_path: Path) -> Path:
    folder = tmp_path / "web"
    folder.mkdir()
    (folder / "package.json").write_text("{}")
    (folder / "package-lock.json").write_text("{}")
    return folder


def test_the_packages_are_installed_once_and_anew_with_another_lock(web: Path, tmp_path: Path) -> None:
    npm, said = Npm(), []
    for _ in "ab":
        frontend.install(said.append, web=web, vendor=tmp_path / "vendor", run=npm)
    assert [call[0] for call in npm.calls] == ["ci"]
    assert "--omit=dev" in npm.calls[0]
    assert len(said) == 1
    assert sorted(file.name for file in (tmp_path / "vendor").iterdir()) == sorted(frontend.SERVED)
    (web / "package-lock.json").write_text("{ }")
    frontend.install(said.append, web=web, vendor=tmp_path / "vendor", run=npm)
    assert len(npm.calls) == 2
    assert (tmp_path / "vendor" / "htmx.min.js").read_text().endswith(" 2")


def test_what_tests_need_is_more_and_what_is_more_is_enough(web: Path, tmp_path: Path) -> None:
    npm = Npm()
    for dev in (False, True, False, True):
        frontend.install(lambda _: None, dev=dev, web=web, vendor=tmp_path / "vendor", run=npm)
    assert ["--omit=dev" in call for call in npm.calls] == [True, False]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("npm warn this\nnpm error code ENOTFOUND\nnpm error more", "code ENOTFOUND"),
        ("nonsense", "status 1"),
        (subprocess.TimeoutExpired("npm", 300), "TimeoutExpired"),
        (OSError(), "OSError"),
    ],
)
def test_what_goes_wrong_is_said_and_tried_again(web: Path, tmp_path: Path, error: str | Exception, words: str) -> None:
    npm = Npm()
    npm.error = error
    with pytest.raises(FrontendError, match=words):
        frontend.install(lambda _: None, web=web, vendor=tmp_path / "vendor", run=npm)
    npm.error = ""
    frontend.install(lambda _: None, web=web, vendor=tmp_path / "vendor", run=npm)
    assert (tmp_path / "vendor" / "htmx.min.js").is_file()


def test_the_lock_names_no_address_and_agrees_with_what_is_asked_for() -> None:
    lock = json.loads((ROOT / "web" / "package-lock.json").read_text())
    asked = json.loads((ROOT / "web" / "package.json").read_text())
    for name, package in lock["packages"].items():
        assert "resolved" not in package, name
        assert not name or package["integrity"].startswith("sha512-")
    for kind in ("dependencies", "devDependencies"):
        assert lock["packages"][""][kind] == asked[kind]
    for name, version in {**asked["dependencies"], **asked["devDependencies"]}.items():
        assert lock["packages"][f"node_modules/{name}"]["version"] == version
