"""An authority of one test run, and the certificates that it gives."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HERE = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]


class Authority:
    """Its own certificate is ``ca.pem`` in a folder; :meth:`give` writes ``NAME.pem`` and ``NAME.key``."""

    def __init__(self, folder: Path, name: str = "An authority of tests") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _called(name)
        self.file = folder / "ca.pem"
        may_give = x509.BasicConstraints(ca=True, path_length=None)
        own = _begun(self._name, self._name, self._key).add_extension(may_give, critical=True)
        self.file.write_bytes(_text(own.sign(self._key, hashes.SHA256())))

    def give(self, name: str, places: list[x509.GeneralName] | None = None) -> tuple[Path, Path]:
        """Certificate and key for a server at these places, or for a client of this name."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = _begun(_called(name), self._name, key)
        if places:
            made = made.add_extension(x509.SubjectAlternativeName(places), critical=False)
        files = self._folder / f"{name}.pem", self._folder / f"{name}.key"
        files[0].write_bytes(_text(made.sign(self._key, hashes.SHA256())))
        kinds = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        files[1].write_bytes(key.private_bytes(*kinds))
        return files


def served_by(authority: Authority, *, places: list[x509.GeneralName] | None = None) -> tuple[str, ...]:
    """Mosquitto's settings for an encrypted line, with everybody let in."""
    certificate, key = authority.give("server", places or HERE)
    return ("allow_anonymous true", f"cafile {authority.file}", f"certfile {certificate}", f"keyfile {key}")


def _begun(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(subject_name=subject, issuer_name=issuer, public_key=key.public_key())
    return (
        made.serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
    )


def _called(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _text(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
