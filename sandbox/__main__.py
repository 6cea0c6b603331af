"""`python -m sandbox`: look at the sandbox's cloud, make drift, begin anew.

Owns the words on the screen. Secrets are never shown.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from typing import Annotated, Any

import typer

from sandbox import coverage as coverage_table
from sandbox import schema
from sandbox.cloud import Cloud, Thing
from sandbox.errors import UserFileError
from sandbox.live import commands as live
from sandbox.settings import Settings

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Look at the sandbox's cloud and make drift."
)
app.add_typer(live.app, name="live")
_HIDDEN = "[secret]"
Identifier = Annotated[str, typer.Argument(help="id of the thing, or its short name when only one has it")]


def _cloud() -> Cloud:
    try:
        return Settings.from_environment().open_cloud()
    except UserFileError as error:
        raise _stop(str(error)) from None


def _stop(reason: str) -> typer.Exit:
    typer.echo(reason, err=True)
    return typer.Exit(2)


def _one(cloud: Cloud, thing_id: str) -> Thing:
    found = cloud.find(thing_id)
    if not found:
        raise _stop(
            f"{thing_id}: there is no such thing in this cloud. `python -m sandbox ls` lists what there is."
        )
    if len(found) > 1:
        every = "\n".join(f"  {each.type}  {each.id}" for each in found)
        raise _stop(f"{thing_id} means {len(found)} things; give the whole id of one:\n{every}")
    return found[0]


@app.command("ls")
def list_things(
    pattern: Annotated[str, typer.Argument(help="part of a type or id")] = "",
    *,
    everything: Annotated[bool, typer.Option("--all", help="also what exists outside the stacks")] = False,
) -> None:
    """List what exists: type, id, and whether it is being made, deleted or lies outside the stacks."""
    cloud = _cloud()
    with cloud.transaction():
        for thing in cloud.all():
            if (thing.outside and not everything) or pattern not in f"{thing.type} {thing.id}":
                continue
            typer.echo("  ".join(filter(None, (thing.type, thing.id, _state(cloud, thing)))))


def _state(cloud: Cloud, thing: Thing) -> str:
    if thing.gone_at is not None:
        return "(being deleted)"
    if thing.ready_at > cloud.clock():
        return "(being made)"
    return "(outside)" if thing.outside else ""


@app.command()
def show(thing_id: Identifier) -> None:
    """Show one thing as JSON; secret values are hidden."""
    cloud = _cloud()
    with cloud.transaction():
        thing = _one(cloud, thing_id)
    json.dump({"type": thing.type, "id": thing.id, **_without_secrets(thing)}, sys.stdout, indent=2)
    typer.echo()


def _without_secrets(thing: Thing) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(json.dumps(thing.body))
    for name in (name for name in _secret_names(thing.type) if name in body and not name.endswith("Labels")):
        body[name] = _HIDDEN if body[name] else body[name]
    for path in thing.secrets:
        with suppress(LookupError, TypeError):  # `set` may have taken the place away
            place: Any = body
            for step in path[:-1]:
                place = place[step]
            if not str(path[-1]).endswith("Labels") and place[path[-1]]:
                place[path[-1]] = _HIDDEN
    return {name: value for name, value in body.items() if not name.startswith("__")}


def _secret_names(token: str) -> tuple[str, ...]:
    try:
        return schema.resource(token).secrets
    except schema.NoSuchTypeError:
        return ()


@app.command("set")
def change(
    thing_id: Identifier,
    assignments: Annotated[list[str], typer.Argument(help="path=value, the value as JSON or plain text")],
) -> None:
    """Change a thing behind the stack's back: the next refresh finds the drift."""
    cloud = _cloud()
    with cloud.transaction():
        thing = _one(cloud, thing_id)
        for assignment in assignments:
            path, equals, value = assignment.partition("=")
            if not equals:
                raise _stop(f"{assignment!r} is no assignment. Right: settings.tier=db-f1-micro")
            _assign(thing.body, path, _value(value))
        cloud.put(thing)
    live.after_drift()


def _value(text: str) -> Any:  # noqa: ANN401 - JSON
    try:
        return json.loads(text)
    except ValueError:
        return text


def _assign(body: Any, path: str, value: Any) -> None:  # noqa: ANN401 - JSON
    *parents, leaf = path.replace("[", ".").replace("]", "").split(".")
    try:
        for step in parents:
            body = body[int(step)] if isinstance(body, list) else body.setdefault(step, {})
        if isinstance(body, list):
            body[int(leaf)] = value
        else:
            body[leaf] = value
    except (AttributeError, IndexError, TypeError, ValueError):
        raise _stop(f"{path}: there is no such place in this thing; `show` prints it whole") from None


@app.command("rm")
def remove(thing_id: Identifier) -> None:
    """Delete a thing behind the stack's back, protected or not: the next refresh finds it gone."""
    cloud = _cloud()
    with cloud.transaction():
        cloud.remove(_one(cloud, thing_id))
    live.after_drift()


@app.command()
def reset() -> None:
    """Empty the cloud and seed it anew: reserved names and the counts of faults are forgotten too."""
    settings = Settings.from_environment()
    cloud = Cloud(settings.state / "cloud.sqlite")
    with cloud.transaction():
        cloud.clear()
    cloud.close()
    _cloud()


@app.command()
def coverage() -> None:
    """Print the table of types and how far each is modelled, as docs/sandbox.md carries it."""
    typer.echo(coverage_table.table())


if __name__ == "__main__":
    app()
