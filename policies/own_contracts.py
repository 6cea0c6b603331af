"""Which contracts hold: the one place where the pack and `plumb check` choose their folder.

Owns the choice and the words for contracts that cannot be used. Reads nothing itself; that is the contracts'.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from contracts import Contracts

VARIABLE: Final = "PLUMB_CONTRACTS"
_OWN: Final = Path(__file__).resolve().parents[1] / "contracts"


class UnusableContractsError(Exception):
    """Why there are contracts that cannot be used, in words for whoever runs us."""


def contracts_for(environ: Mapping[str, str], program: Path | None = None) -> Contracts:
    """The contracts that PLUMB_CONTRACTS names, else those beside the program, else our own; none without.

    Args:
        environ: The environment.
        program: The folder of the program that is judged, where it is known: the engine does not tell.

    Raises:
        UnusableContractsError: They are there, and are wrong.
    """
    # Imported here: reading contracts takes longer than all else, and the engine need not wait for it.
    from contracts import ContractError, Contracts, load  # noqa: PLC0415

    folder = contracts_folder(environ, () if program is None else (program,))
    if folder is None:
        return Contracts()
    try:
        return load(folder)
    except ContractError as error:
        raise UnusableContractsError(f"the contracts in {folder} cannot be used:\n{error}") from None


def contracts_folder(environ: Mapping[str, str], programs: Iterable[Path] = ()) -> Path | None:
    """Where the contracts are: where PLUMB_CONTRACTS says, else beside a program, else our own; None without.

    Args:
        environ: The environment.
        programs: Folders beside whose program they may lie, the nearest first.
    """
    named = environ.get(VARIABLE)
    if named:
        return Path(named)
    # A folder of that name in somebody's program may hold other things: its environments make it one of ours.
    beside = (one / "contracts" for one in programs if (one / "contracts" / "environments.yaml").is_file())
    # An installed pack has the package `contracts` beside it and no contracts in it.
    return next(beside, _OWN if next(_OWN.glob("*.yaml"), None) is not None else None)
