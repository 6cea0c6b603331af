"""One PostgreSQL cluster: its files, its process, and what is in it.

Owns initdb (once a universe, then copied), configuration, client authentication, and bringing databases and
roles to what they must be. `postgresql` says what that is.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psycopg
from psycopg import sql

from sandbox.authority import Authority
from sandbox.live import inside, processes
from sandbox.live.relay import relayed
from sandbox.live.server import NotReadyError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.live.processes import Program
    from sandbox.live.servers.postgresql import Postgresql

SYSTEM_USER: Final = "postgres"
ADMIN: Final = "cloudsqladmin"
OWNERS: Final = "cloudsqlsuperuser"
_LOCAL: Final = "127.0.0.1"
_ANSWERS_WITHIN_S: Final = 30.0
_SETTINGS: Final = {
    "shared_buffers": "16MB",
    "max_wal_size": "64MB",
    "min_wal_size": "5MB",
    # Nothing outside the cluster's own folder may be left behind.
    "shared_memory_type": "mmap",
    "dynamic_shared_memory_type": "mmap",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "password_encryption": "scram-sha-256",
    "superuser_reserved_connections": "3",
    "ssl": "on",
    # A statement that sets a password must not be written down when it fails.
    "log_min_error_statement": "panic",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
_HBA: Final = {
    "ENCRYPTED_ONLY": "hostssl all all all scram-sha-256",
    "ALLOW_UNENCRYPTED_AND_ENCRYPTED": "host all all all scram-sha-256",
    "TRUSTED_CLIENT_CERTIFICATE_REQUIRED": "hostssl all all all scram-sha-256 clientcert=verify-ca",
}
_template = threading.Lock()


def binary(name: str) -> str:
    """A program of the newest PostgreSQL that Debian has installed."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    if not found:
        raise NotReadyError(f"PostgreSQL's {name} is not installed: apt-get install postgresql")
    return str(found[-1])


def as_postgres(*argv: str) -> list[str]:
    """A command as the user that PostgreSQL runs as: it refuses to run as root."""
    return ["setpriv", f"--reuid={SYSTEM_USER}", f"--regid={SYSTEM_USER}", "--clear-groups", "--", *argv]


def template(folder: Path) -> Path:
    """An empty cluster to copy; made when it is first asked for."""
    with _template:
        made = folder / "template"
        if not made.exists():
            folder.mkdir(parents=True, exist_ok=True)
            shutil.chown(folder, SYSTEM_USER, SYSTEM_USER)
            fresh = folder / "template.new"
            options = ("--no-sync", "--no-instructions", "--auth=trust", "--wal-segsize=1")
            subprocess.run(  # noqa: S603 - our own command
                as_postgres(
                    binary("initdb"),
                    *(f"--pgdata={fresh}", f"--username={ADMIN}", "--encoding=UTF8", "--locale=C.UTF-8"),
                    *options,
                ),
                check=True,
                capture_output=True,
                cwd="/",
                env=processes.plain_environment(),
            )
            fresh.rename(made)
        return made


class Cluster:
    """One cluster on disk and its postmaster.

    Args:
        spec: what it must be; replace it before `start` or `fill`.
        folder: where clusters are kept.
        at: its place.
    """

    def __init__(self, spec: Postgresql, folder: Path, at: Sequence[str]) -> None:
        """Make its files, unless they are there."""
        self.spec = spec
        self._at = at
        self._folder = folder / spec.key.replace("/", "_")
        self._socket = folder / "s" / spec.name
        self.programs: list[Program] = []
        if not self._folder.exists():
            copy = ["cp", "-a", "--", str(template(folder)), str(self._folder)]
            subprocess.run(copy, check=True, capture_output=True)  # noqa: S603 - our own command
        self._socket.mkdir(parents=True, exist_ok=True)
        self._socket.chmod(0o700)
        shutil.chown(self._socket, SYSTEM_USER, SYSTEM_USER)

    def start(self) -> None:
        """Start it and wait until it answers.

        Raises:
            NotReadyError: it ended, or did not answer in time.
        """
        spec = self.spec
        certificate = self._write()
        # Of a server that was killed; nobody else may use this folder.
        (self._folder / "postmaster.pid").unlink(missing_ok=True)
        argv = as_postgres(binary("postgres"), "-D", str(self._folder))
        program = processes.start(
            f"postgresql-{spec.name}", argv, at=self._at, env=processes.plain_environment()
        )
        self.programs = [program]
        self._await(program)
        seconds = spec.fault("slow")
        if seconds:
            for address in spec.addresses:
                relay = relayed(
                    spec.name,
                    self._at,
                    (address, spec.port),
                    (_LOCAL, spec.port),
                    seconds,
                    "postgresql",
                    certificate,
                )
                self.programs.append(relay.program)

    def stop(self) -> None:
        """End it, its clients' connections too; its files stay."""
        for program in self.programs:
            program.stop(signal.SIGINT)
        self.programs = []

    def remove(self) -> None:
        """Forget its files."""
        shutil.rmtree(self._folder, ignore_errors=True)
        shutil.rmtree(self._socket, ignore_errors=True)

    def fill(self) -> None:
        """Bring databases and users to what they must be."""
        spec = self.spec
        try:
            with self._connect() as connection:
                have = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
                if OWNERS not in have:
                    connection.execute(
                        sql.SQL("CREATE ROLE {} CREATEDB CREATEROLE").format(sql.Identifier(OWNERS))
                    )
                self._users(connection, have)
                self._databases(connection)
        except psycopg.Error as error:
            raise NotReadyError(f"{spec.name}: {str(error).strip()}") from None

    def _users(self, connection: psycopg.Connection, have: set[str]) -> None:
        wanted = dict(self.spec.users)
        for name, password in wanted.items():
            verb = "ALTER" if name in have else "CREATE"
            words = sql.SQL(verb + " ROLE {} LOGIN CREATEDB CREATEROLE PASSWORD {}")  # two fixed words
            connection.execute(words.format(sql.Identifier(name), sql.Literal(password or None)))
            connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(OWNERS), sql.Identifier(name)))
        for name in have - set(wanted):
            if not name.startswith("pg_") and name not in {ADMIN, OWNERS}:
                connection.execute(sql.SQL("ALTER ROLE {} NOLOGIN").format(sql.Identifier(name)))

    def _databases(self, connection: psycopg.Connection) -> None:
        have = {row[0] for row in connection.execute("SELECT datname FROM pg_database")}
        own = {"postgres", "template0", "template1"}
        for name in set(self.spec.databases) - have:
            words = sql.SQL("CREATE DATABASE {} OWNER {}")
            connection.execute(words.format(sql.Identifier(name), sql.Identifier(OWNERS)))
        for name in have - set(self.spec.databases) - own:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self._socket),
            port=self.spec.port,
            user=ADMIN,
            dbname="postgres",
            autocommit=True,
            connect_timeout=5,
        )

    def _await(self, program: Program) -> None:
        for _ in inside.ticks(_ANSWERS_WITHIN_S):
            if not program.alive:
                raise NotReadyError(f"PostgreSQL of {self.spec.name} ended: {program.said()}")
            try:
                self._connect().close()
            except psycopg.OperationalError:
                continue
            return
        self.stop()
        raise NotReadyError(f"PostgreSQL of {self.spec.name} did not answer")

    def _write(self) -> Path:
        """Certificate, configuration and client authentication. Returns the certificate's file."""
        spec = self.spec
        made = Authority(spec.certificate, spec.private_key).issue(spec.name, addresses=spec.addresses)
        certificate = self._folder / "server.pem"
        self._own(certificate, made.certificate + made.key)
        self._own(self._folder / "root.pem", spec.certificate)
        listen = [_LOCAL] if spec.fault("slow") else [_LOCAL, *spec.addresses]
        settings = {
            **_SETTINGS,
            **dict(spec.flags),
            "port": str(spec.port),
            "listen_addresses": ",".join(listen),
            "unix_socket_directories": str(self._socket),
            "ssl_cert_file": str(certificate),
            "ssl_key_file": str(certificate),
            "ssl_ca_file": str(self._folder / "root.pem"),
        }
        lines = [f"{name} = '{value.replace(chr(39), chr(39) * 2)}'" for name, value in settings.items()]
        self._own(self._folder / "postgresql.auto.conf", "\n".join(lines) + "\n")
        hba = ["local all cloudsqladmin trust", _HBA[spec.ssl_mode]]
        self._own(self._folder / "pg_hba.conf", "\n".join(hba) + "\n")
        return certificate

    @staticmethod
    def _own(path: Path, text: str) -> None:
        path.touch(mode=0o600)
        path.chmod(0o600)
        path.write_text(text, encoding="utf-8")
        shutil.chown(path, SYSTEM_USER, SYSTEM_USER)
