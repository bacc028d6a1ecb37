"""The only composition root: configuration, processes, addresses."""

from huicheng.project.configuration import Configuration
from huicheng.project.demo import run_demo
from huicheng.project.server import run_server
from huicheng.project.worker import run_worker

__all__ = ["Configuration", "run_demo", "run_server", "run_worker"]
