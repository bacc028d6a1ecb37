"""TLS on the line to a broker: whose word is believed, and as whom the platform goes there."""

from __future__ import annotations

import ssl
from typing import Any

from huicheng.errors import Invalid
from huicheng.ingest.mqtt.address import Broker


class _Named(ssl.SSLContext):
    """Checks the certificate against a name, whatever address is connected to."""

    name: str

    def wrap_socket(self, sock: Any, *arguments: Any, **options: Any) -> ssl.SSLSocket:
        return super().wrap_socket(sock, *arguments, **{**options, "server_hostname": self.name})


def encryption(broker: Broker) -> ssl.SSLContext:
    """TLS 1.2 or later, the certificate checked against the name; ``Invalid`` for a file that cannot be read."""
    context = _Named(ssl.PROTOCOL_TLS_CLIENT)
    context.name = broker.host
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    place = str(broker.authority or broker.certificate or "")
    try:
        if broker.authority is None:
            context.load_default_certs()
        else:
            context.load_verify_locations(broker.authority)
        if broker.certificate is not None:
            place = str(broker.certificate)
            context.load_cert_chain(broker.certificate, broker.key)
    except (OSError, ssl.SSLError) as fault:
        raise Invalid(
            place=place, why="The certificates for the broker cannot be read: %(fault)s.", fault=str(fault)
        ) from fault
    return context
