"""The database's address, read by hand."""

import os

PREFIX = "POSTGRES"


def address() -> str:
    """Where the database is, without its password."""
    return f"postgresql://{os.environ[f'{PREFIX}_HOST']}/{os.environ[PREFIX + '_DB']}"


def password() -> str:
    """The database's password."""
    return os.environ["POSTGRES_PASSWORD"]
