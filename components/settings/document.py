"""A stack file as it is written: its values, and the line of each.

Owns reading YAML: what does not parse, keys that stand twice, what is encrypted. Does not own what the values
mean. Values come out as an engine would hand them over, save that encrypted ones stay closed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from components.settings.problem import ENCRYPTED, Path, Problem, dotted

_CONFIG_EXAMPLE = "config: {gcp:project: netra-staging}"
_TAG = "tag:yaml.org,2002:"
_READ_BY_YAML = frozenset({f"{_TAG}{name}" for name in ("null", "bool", "int", "float")})


@dataclass(slots=True)
class Document:
    """A stack file.

    Attributes:
        name: Its name, as messages give it.
        config: What stands under `config`, by fully qualified key.
        encrypted: Config keys whose value is encrypted.
        lines: Line of each key, from 1.
        problems: What is wrong with the file as YAML.
    """

    name: str
    config: dict[str, object] = field(default_factory=dict)
    encrypted: set[str] = field(default_factory=set)
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, path: Path) -> int:
        """Line of the setting; of what would hold it, when it is missing; of `config` at last."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_document(name: str, text: str) -> Document:
    """Read a stack file's text; what is wrong with it as YAML is among the document's problems."""
    document = Document(name)
    try:
        root = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        document.problems.append(_syntax(error))
        return document
    if not isinstance(root, MappingNode):
        document.problems.append(_not_a_mapping(("config",), root, _CONFIG_EXAMPLE))
        return document
    for key, node in _entries(document, (), root):
        if key == "config":
            _read_config(document, node)
    if "config" not in {key.value for key, _ in root.value}:
        why = "everything that a stack decides stands under config"
        document.problems.append(Problem(("config",), "is missing", why, _CONFIG_EXAMPLE, line=1))
    return document


def _read_config(document: Document, node: Node) -> None:
    document.lines[()] = document.lines["config",]
    if not isinstance(node, MappingNode):
        document.problems.append(_not_a_mapping(("config",), node, _CONFIG_EXAMPLE))
        return
    for key, value in _entries(document, (), node):
        document.config[key] = _value(document, (key,), value)
        if document.config[key] is ENCRYPTED:
            document.encrypted.add(key)


def _entries(document: Document, path: Path, node: MappingNode) -> Iterator[tuple[str, Node]]:
    """Keys and values of a mapping, each key once: a second one is a problem and is left out."""
    first: dict[str, int] = {}
    for key_node, value in node.value:
        key, line = str(key_node.value), key_node.start_mark.line + 1
        if key in first:
            document.problems.append(
                Problem(
                    (*path, key),
                    "stands twice",
                    f"a mapping has each key once; the first stands on line {first[key]}",
                    f"remove line {line}, or line {first[key]}",
                    line=line,
                )
            )
            continue
        first[key] = line
        document.lines[*path, key] = line
        yield key, value


def _value(document: Document, path: Path, node: Node) -> object:
    match node:
        case MappingNode():
            if [key.value for key, _ in node.value] == ["secure"]:
                return ENCRYPTED
            items = _entries(document, path, node)
            return {key: _value(document, (*path, key), value) for key, value in items}
        case SequenceNode():
            return [_value(document, (*path, str(index)), item) for index, item in enumerate(node.value)]
        case ScalarNode() if str(node.tag) in _READ_BY_YAML:
            return YAML(typ="safe", pure=True).constructor.construct_object(node)
        case _:
            return str(node.value)


def _syntax(error: MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    said = (error.problem or "cannot be read").replace("\t", "\\t")
    tab = "\\t" in said
    why = f"{error.context}: {said}" if error.context else said
    fix = "indent with spaces" if tab else "mend the line, or the one before it"
    what = "is indented with a tab" if tab else "is no YAML"
    return Problem(("the file",), what, why, fix, line=mark.line + 1 if mark else 1)


def _not_a_mapping(path: Path, node: Node | None, fix: str) -> Problem:
    line = node.start_mark.line + 1 if node is not None else 1
    what = "is empty" if node is None or node.value == "" else "is no mapping"
    return Problem(path, what, f"{dotted(path)} holds keys and their values", fix, line=line)
