"""The one way in: validate → canonical units → one commit of state, history and feed → receipt.

Doors call :meth:`Ingest.accept`; ``huicheng ingest`` reads files with :func:`ingest_history` and
:func:`ingest_live`; a :class:`Listener` takes what devices send by MQTT. See docs/reference/ingest.md.
"""

from huicheng.ingest.acceptance import Ingest, Receipt
from huicheng.ingest.batches import batched
from huicheng.ingest.follow import ingest_growing
from huicheng.ingest.formats import open_table
from huicheng.ingest.geometry import District
from huicheng.ingest.history import ingest_history
from huicheng.ingest.job import Job, Tick
from huicheng.ingest.live import ingest_live
from huicheng.ingest.mqtt.address import Broker, Certificates, broker_at, read_credentials
from huicheng.ingest.mqtt.aside import Aside
from huicheng.ingest.mqtt.client import mqtt_client
from huicheng.ingest.mqtt.encryption import encryption
from huicheng.ingest.mqtt.floods import Rate
from huicheng.ingest.mqtt.listener import Listener, Listening
from huicheng.ingest.mqtt.message import Message
from huicheng.ingest.mqtt.share import Share
from huicheng.ingest.mqtt.standing import device_subject
from huicheng.ingest.problem import Problem
from huicheng.ingest.progress import Progress
from huicheng.ingest.reading import Summary
from huicheng.ingest.rejects import Reject, RejectFile
from huicheng.ingest.replay import CasesUnderWallClock
from huicheng.ingest.rows import Row, Table
from huicheng.ingest.sieve import FUTURE_TOLERANCE, Sieve, Sifted
from huicheng.ingest.structure import is_name, is_uri

__all__ = [
    "FUTURE_TOLERANCE",
    "Aside",
    "Broker",
    "CasesUnderWallClock",
    "Certificates",
    "District",
    "Ingest",
    "Job",
    "Listener",
    "Listening",
    "Message",
    "Problem",
    "Progress",
    "Rate",
    "Receipt",
    "Reject",
    "RejectFile",
    "Row",
    "Share",
    "Sieve",
    "Sifted",
    "Summary",
    "Table",
    "Tick",
    "batched",
    "broker_at",
    "device_subject",
    "encryption",
    "ingest_growing",
    "ingest_history",
    "ingest_live",
    "is_name",
    "is_uri",
    "mqtt_client",
    "open_table",
    "read_credentials",
]
