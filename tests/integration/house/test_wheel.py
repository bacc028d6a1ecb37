"""A wheel is all that another machine needs: it carries the built front end, and runs without Node."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest
import tree

pytestmark = pytest.mark.soak

MADE = ("web/static/dist/manifest.json", "web/static/dist/licences.txt", "locale/zh_Hans/LC_MESSAGES/django.mo")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an sdist, and a wheel that was made from it."""
    folder = tmp_path_factory.mktemp("built")
    _run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, tree.REPO)
    return folder


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripts of a fresh environment with the wheel and the locked packages of run time, and nothing else."""
    environment = tmp_path_factory.mktemp("environment")
    _run(sys.executable, "-m", "venv", environment)
    python = environment / "bin" / "python"
    install = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    _run(*install, "--no-deps", "--require-hashes", "--requirement", tree.REPO / "requirements" / "run.txt")
    _run(*install, "--no-deps", next(built.glob("*.whl")))
    return environment / "bin"


def _run(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_wheel_and_sdist_hold_the_front_end_the_translations_and_the_licences(built: Path) -> None:
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel, tarfile.open(next(built.glob("*.tar.gz"))) as sdist:
        for names in (wheel.namelist(), sdist.getnames()):
            assert [
                made for made in (*MADE, "LICENSE", "NOTICE") if not any(name.endswith(made) for name in names)
            ] == []


def test_the_installed_command_says_its_version(installed: Path, built: Path) -> None:
    version = _run(installed / "huicheng", "--version").split()[-1]
    assert next(built.glob("*.whl")).name.startswith(f"huicheng-{version}-")


def test_the_demonstration_runs_from_the_wheel_without_node(
    installed: Path, data_dir: Path, free_port: int, eventually: Callable[..., object]
) -> None:
    with _demonstration(installed, data_dir, free_port) as base:
        eventually(lambda: httpx.get(f"{base}/readyz", timeout=20).status_code == 200, within=300)
        page = httpx.get(f"{base}/operations/", follow_redirects=True, timeout=60)
        bundles = re.findall(r'(?:src|href)="(/static/dist/[^"]+)"', page.text)
        assert bundles
        answers = {path: httpx.get(f"{base}{path}", timeout=60).status_code for path in bundles}
        assert answers == dict.fromkeys(bundles, 200)


@contextmanager
def _demonstration(scripts: Path, data: Path, port: int) -> Iterator[str]:
    """`huicheng demo` with only its own scripts on the path; interrupted at the end, after which all must be gone."""
    command = (scripts / "huicheng", "demo", "--port", str(port), "--data", data)
    environment = {"PATH": str(scripts), "HOME": str(data.parent), "LANG": os.environ.get("LANG", "C.UTF-8")}
    process = subprocess.Popen(command, cwd=data.parent, env=environment, start_new_session=True)
    try:
        yield f"http://127.0.0.1:{port}"
        family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
        os.killpg(process.pid, signal.SIGINT)
        process.wait(timeout=60)
        _, left = psutil.wait_procs(family, timeout=60)
        assert left == []
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
