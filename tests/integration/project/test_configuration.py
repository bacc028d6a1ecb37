"""What an installation refuses before it writes anything, with the remedy."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from huicheng.errors import Unavailable
from huicheng.project.configuration import Configuration


def test_a_port_in_use_is_refused_with_the_option_that_helps(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(Unavailable, match="--port"):
            Configuration(data=tmp_path, port=taken.getsockname()[1]).check()


def test_a_data_directory_that_is_a_file_is_refused(tmp_path: Path, free_port: int) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(Unavailable, match="--data"):
        Configuration(data=tmp_path / "data", port=free_port).check()


def test_doors_without_keys_are_for_loopback_only(tmp_path: Path, free_port: int) -> None:
    with pytest.raises(Unavailable, match="loopback"):
        Configuration(data=tmp_path, host="0.0.0.0", port=free_port, no_auth=True).check()  # noqa: S104 - refused
    Configuration(data=tmp_path, host="127.0.0.1", port=free_port, no_auth=True).check()
    assert tmp_path.is_dir()
