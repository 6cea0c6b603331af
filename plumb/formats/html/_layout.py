"""Where everything stands in a layered drawing: along it by layer, across it so that lines cross little.

Owns order and place. Knows nothing of what it places: items have a size, lines join items of different
layers. The usual steps (layers are given; what a line passes gets a place of its own; order by the mean of
neighbours; places as near to the neighbours as order allows), each made plain.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

_SWEEPS: Final = 12
_STRAIGHT: Final = (
    6.0  # how much more a line that passes wants to be straight than a node to be in the middle
)
_NARROW: Final = 0.7  # of a gap, beside a layer of labels
_PASSAGE: Final = 12.0  # what a line needs beside the nodes that it passes


@dataclass(slots=True)
class Item:
    """What stands in a layer: a node, a label on a line, or the passage of a line.

    Attributes:
        id: Unique.
        layer: Counted from 0.
        along: Its size from layer to layer.
        across: Its size within the layer.
        passage: Whether it is only a line's passage.
        at: Its middle, across.
        start: Where its layer begins, along.
    """

    id: str
    layer: int
    along: float
    across: float
    passage: bool = False
    at: float = 0.0
    start: float = 0.0


@dataclass(slots=True)
class Chain:
    """A line: the items it joins, in order of their layers, and which of them is its label."""

    items: list[Item]
    label: Item | None = None


@dataclass(slots=True)
class Layout:
    """Everything in its place.

    Attributes:
        items: By id.
        chains: One for each line, in the order given.
        along: The drawing's size.
        across: Likewise.
    """

    items: dict[str, Item]
    chains: list[Chain]
    along: float = 0.0
    across: float = 0.0


@dataclass(frozen=True, slots=True)
class Wish:
    """A line that is to be drawn; `label` is the size of what stands on it, along and across."""

    start: str
    end: str
    label: tuple[float, float] | None = None


def laid_out(
    nodes: Mapping[str, tuple[int, float, float]], wishes: Sequence[Wish], gap: float, apart: float
) -> Layout:
    """Places nodes and lines.

    Args:
        nodes: By id the layer, the size along and the size across.
        wishes: The lines, each to a later layer.
        gap: Between two layers.
        apart: Between two items of a layer.
    """
    # Labels stand in a layer of their own, before the one that their lines lead to.
    items = {id_: Item(id_, 2 * layer, along, across) for id_, (layer, along, across) in nodes.items()}
    labels = {items[wish.end].layer - 1 for wish in wishes if wish.label is not None}
    chains = [_chain(number, wish, items, labels) for number, wish in enumerate(wishes)]
    layers: dict[int, list[Item]] = defaultdict(list)
    for item in items.values():
        layers[item.layer].append(item)
    before, after = _neighbours(chains)
    order = sorted(layers)
    _order(layers, order, before, after)
    _place(layers, order, before, after, apart)
    layout = Layout(items, chains)
    _measure(layout, layers, order, gap)
    return layout


def _chain(number: int, wish: Wish, items: dict[str, Item], labels: AbstractSet[int]) -> Chain:
    start, end = items[wish.start], items[wish.end]
    chain = Chain([start])
    for layer in range(start.layer + 1, end.layer):
        if layer % 2 and layer not in labels:
            continue
        if layer == end.layer - 1 and wish.label is not None:
            chain.label = Item(f"label {number}", layer, *wish.label)
            passed = chain.label
        else:
            passed = Item(f"line {number}.{layer}", layer, 0.0, _PASSAGE, passage=True)
        items[passed.id] = passed
        chain.items.append(passed)
    chain.items.append(end)
    return chain


_Near = dict[str, list[Item]]


def _neighbours(chains: Sequence[Chain]) -> tuple[_Near, _Near]:
    before: _Near = defaultdict(list)
    after: _Near = defaultdict(list)
    for chain in chains:
        for one, other in pairwise(chain.items):
            after[one.id].append(other)
            before[other.id].append(one)
    return before, after


def _order(layers: dict[int, list[Item]], order: Sequence[int], before: _Near, after: _Near) -> None:
    """Sorts each layer by the mean place of its neighbours, to and fro; the best order found stays."""
    best, fewest = {layer: list(layers[layer]) for layer in order}, _crossings(layers, order, after)
    for sweep in range(_SWEEPS):
        forth = sweep % 2 == 0
        for layer in order if forth else reversed(order):
            near = before if forth else after
            places = {
                item.id: place for there in order for place, item in enumerate(layers[there])
            }  # of every layer: a neighbour may be in any

            def mean(item: Item, near: _Near = near, places: dict[str, int] = places) -> float:
                found = [places[one.id] for one in near[item.id]]
                return sum(found) / len(found) if found else float(places[item.id])

            layers[layer].sort(key=mean)
        crossings = _crossings(layers, order, after)
        if crossings < fewest:
            best, fewest = {there: list(layers[there]) for there in order}, crossings
    layers.update(best)


def _crossings(layers: dict[int, list[Item]], order: Sequence[int], after: _Near) -> int:
    count = 0
    for layer in order:
        places = {item.id: place for items in layers.values() for place, item in enumerate(items)}
        steps = [(places[item.id], places[other.id]) for item in layers[layer] for other in after[item.id]]
        count += sum(
            (a < c and b > d) or (a > c and b < d)
            for index, (a, b) in enumerate(steps)
            for c, d in steps[index + 1 :]
        )
    return count


def _place(
    layers: dict[int, list[Item]], order: Sequence[int], before: _Near, after: _Near, apart: float
) -> None:
    """Moves every item as near to the mean of its neighbours as the order and the room allow."""
    for layer in order:
        edge = 0.0
        for item in layers[layer]:
            item.at = edge + item.across / 2
            edge += item.across + apart
    for sweep in range(_SWEEPS):
        for layer in order if sweep % 2 == 0 else reversed(order):
            items = layers[layer]
            wanted = [_wanted(item, before, after) for item in items]
            for item, at in zip(items, _spread(items, wanted, apart), strict=True):
                item.at = at


def _wanted(item: Item, before: _Near, after: _Near) -> tuple[float, float]:
    """Where an item wants to be, and how much."""
    near = [*before[item.id], *after[item.id]]
    if not near:
        return item.at, 0.1
    weights = [_STRAIGHT if item.passage or one.passage else 1.0 for one in near]
    return sum(one.at * weight for one, weight in zip(near, weights, strict=True)) / sum(weights), sum(
        weights
    )


def _spread(items: Sequence[Item], wanted: Sequence[tuple[float, float]], apart: float) -> list[float]:
    """The places nearest to those wanted at which nothing overlaps: a regression that keeps the order."""
    offsets = [0.0]
    for one, other in pairwise(items):
        offsets.append(offsets[-1] + (one.across + other.across) / 2 + apart)
    blocks: list[tuple[float, float, int]] = []
    for (at, weight), offset in zip(wanted, offsets, strict=True):
        block = (at - offset, weight, 1)
        while blocks and blocks[-1][0] > block[0]:
            mean, heavy, count = blocks.pop()
            both = heavy + block[1]
            block = ((mean * heavy + block[0] * block[1]) / both, both, count + block[2])
        blocks.append(block)
    flat = [mean for mean, _, count in blocks for _ in range(count)]
    return [mean + offset for mean, offset in zip(flat, offsets, strict=True)]


def _measure(layout: Layout, layers: Mapping[int, Sequence[Item]], order: Sequence[int], gap: float) -> None:
    edge, last = 0.0, None
    for layer in order:
        if last is not None:
            edge += gap if layer - last > 1 else gap * _NARROW
        size = max(item.along for item in layers[layer])
        for item in layers[layer]:
            item.start = edge + (size - item.along) / 2
            if item.passage:
                item.start, item.along = edge, size
        edge += size
        last = layer
    layout.along = edge
    least = min((item.at - item.across / 2 for item in layout.items.values()), default=0.0)
    for item in layout.items.values():
        item.at -= least
    layout.across = max((item.at + item.across / 2 for item in layout.items.values()), default=0.0)
