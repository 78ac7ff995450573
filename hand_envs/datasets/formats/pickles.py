"""Reading pickles that others made, without letting them run anything.

A pickle is a program for a small stack machine. This one knows the operations that lists, dicts, numbers, text and
arrays need, and no other; Python's own machine never sees the file.
"""

from __future__ import annotations

import codecs
import io
import pickletools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hand_envs.datasets.formats.expanded import check_expanded
from hand_envs.datasets.formats.pickled_arrays import REFUSAL, ArrayMark, DtypeMark, Name, checked_key, named
from hand_envs.errors import DatasetError
from hand_envs.files.reading import reading

MOST_BYTES = 2**32
MOST_OPERATIONS = 5_000_000  # each makes one small object at most; an array takes a dozen
_LONGEST_INT = 64  # bytes
_SHARED = 16  # how many times the file's size what is in it may come to if everything shared were written out
_SHARED_FREELY = 2**28  # bytes, let pass in any case


def load_pickle(path: str | Path) -> Any:
    """The lists, dicts and arrays in a pickle of Python 2 or 3; a `DatasetError` for anything else."""
    path = Path(path).expanduser()
    if not path.is_file():
        raise DatasetError(f"No such file: {path}")
    with reading(path):
        if (size := path.stat().st_size) > MOST_BYTES:
            raise DatasetError(f"It has {size} bytes, more than the {MOST_BYTES} that are read.")
        try:
            value = _Machine(path.read_bytes()).run()
        except (IndexError, KeyError, TypeError, ValueError, EOFError) as error:
            if isinstance(error, DatasetError):
                raise
            raise DatasetError(f"{path} cannot be read as a pickle: {error}") from error
        check_expanded(value, max(_SHARED_FREELY, _SHARED * size))
    return value


class _Machine:
    """The stack machine that pickles are programs for."""

    def __init__(self, program: bytes) -> None:
        self.file = io.BytesIO(program)
        self.stack: list[Any] = []
        self.below: list[list[Any]] = []
        """Stacks that a mark has put aside."""
        self.memo: dict[int, Any] = {}

    def run(self) -> Any:
        """What the program leaves on the stack."""
        for _ in range(MOST_OPERATIONS):
            operation = _CODES.get(self.file.read(1).decode("latin1"))
            if operation is None:
                raise ValueError("it ends too early, or something in it is no operation")
            name = operation.name
            if name == "STOP":
                return _value(self.stack.pop())
            if name in _TEXTS:
                self.stack.append(_quoted(self.file))
                continue
            if name not in _OPERATIONS:
                raise DatasetError(f"It uses {name}. {REFUSAL}")
            reader = operation.arg.reader if operation.arg else None
            _OPERATIONS[name](self, reader(self.file) if reader else None)
        raise DatasetError(f"It takes more than {MOST_OPERATIONS} operations to read.")

    def marked(self) -> list[Any]:
        """What has been put on the stack since the last mark."""
        items, self.stack = self.stack, self.below.pop()
        return items

    def top(self, kind: type) -> Any:
        """The top of the stack, which has to be of a kind."""
        if type(self.stack[-1]) is not kind:
            raise ValueError(f"it adds to something that is no {kind.__name__}")
        return self.stack[-1]


def _quoted(file: io.BytesIO) -> str:
    """A text in quotes up to the end of the line, as Python 2 wrote all of them, arrays' bytes too."""
    line = file.readline()
    text = line[:-1].strip()
    if not line.endswith(b"\n") or len(text) < 2 or text[:1] not in (b"'", b'"') or text[-1:] != text[:1]:
        raise ValueError("it has a text without quotes")
    return codecs.escape_decode(text[1:-1])[0].decode("latin1")  # type: ignore[attr-defined, no-any-return]


def _value(item: Any) -> Any:
    """What is put into containers: an array, not its mark; nothing that is half made."""
    if isinstance(item, ArrayMark):
        if item.array is None:
            raise DatasetError(f"It announces an array and does not tell it. {REFUSAL}")
        return item.array
    if isinstance(item, Name | DtypeMark):
        raise DatasetError(f"It holds a function or a class. {REFUSAL}")
    return item


def _push(machine: _Machine, argument: Any) -> None:
    machine.stack.append(argument)


def _whole(machine: _Machine, argument: Any) -> None:
    if argument.bit_length() > 8 * _LONGEST_INT:
        raise DatasetError(f"It holds a number of {argument.bit_length()} bits. {REFUSAL}")
    machine.stack.append(argument)


def _constant(value: Any) -> Callable[[_Machine, Any], None]:
    return lambda machine, _: machine.stack.append(value)


def _mark(machine: _Machine, _: Any) -> None:
    machine.below.append(machine.stack)
    machine.stack = []


def _tuple(count: int) -> Callable[[_Machine, Any], None]:
    def collect(machine: _Machine, _: Any) -> None:
        if len(machine.stack) < count:
            raise ValueError("its stack is empty")
        machine.stack[-count:] = [tuple(_argument(item) for item in machine.stack[-count:])]

    return collect


def _argument(item: Any) -> Any:
    """What is put into tuples: also marks of types, since tuples tell of arrays."""
    return item if isinstance(item, Name | DtypeMark) else _value(item)


def _marked_tuple(machine: _Machine, _: Any) -> None:
    items = tuple(map(_argument, machine.marked()))
    machine.stack.append(items)


def _marked_list(machine: _Machine, _: Any) -> None:
    items = list(map(_value, machine.marked()))
    machine.stack.append(items)


def _append(machine: _Machine, _: Any) -> None:
    item = _value(machine.stack.pop())
    machine.top(list).append(item)


def _extend(machine: _Machine, _: Any) -> None:
    items = [_value(item) for item in machine.marked()]
    machine.top(list).extend(items)


def _pairs(items: list[Any]) -> dict[Any, Any]:
    if len(items) % 2:
        raise ValueError("it has a key without a value")
    return {checked_key(key): _value(item) for key, item in zip(items[::2], items[1::2], strict=True)}


def _marked_dict(machine: _Machine, _: Any) -> None:
    items = _pairs(machine.marked())
    machine.stack.append(items)


def _set(machine: _Machine, _: Any) -> None:
    pair = [machine.stack.pop(), machine.stack.pop()][::-1]
    machine.top(dict).update(_pairs(pair))


def _update(machine: _Machine, _: Any) -> None:
    items = _pairs(machine.marked())
    machine.top(dict).update(items)


def _remember(machine: _Machine, index: Any) -> None:
    machine.memo[len(machine.memo) if index is None else int(index)] = machine.stack[-1]


def _recall(machine: _Machine, index: Any) -> None:
    machine.stack.append(machine.memo[int(index)])


def _global(machine: _Machine, address: str) -> None:
    machine.stack.append(named(*address.split(" ", 1)))


def _stack_global(machine: _Machine, _: Any) -> None:
    name, module = machine.stack.pop(), machine.stack.pop()
    machine.stack.append(named(module, name))


def _reduce(machine: _Machine, _: Any) -> None:
    arguments, name = machine.stack.pop(), machine.stack.pop()
    if not isinstance(name, Name) or type(arguments) is not tuple:
        raise DatasetError(f"It calls something that is no function. {REFUSAL}")
    machine.stack.append(name.make(*arguments))


def _build(machine: _Machine, _: Any) -> None:
    state, mark = machine.stack.pop(), machine.stack[-1]
    if not isinstance(mark, ArrayMark | DtypeMark):
        raise DatasetError(f"It sets the state of a {type(mark).__name__}. {REFUSAL}")
    mark.build(state)


def _ignore(machine: _Machine, _: Any) -> None:
    """PROTO and FRAME say nothing about data."""


_CODES = {operation.code: operation for operation in pickletools.opcodes}
_TEXTS = ("STRING",)  # pickletools reads these as ASCII only
_OPERATIONS: dict[str, Callable[[_Machine, Any], None]] = {
    **dict.fromkeys(("PROTO", "FRAME"), _ignore),
    **dict.fromkeys(("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4"), _whole),
    **dict.fromkeys(("FLOAT", "BINFLOAT", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"), _push),
    **dict.fromkeys(("BINSTRING", "SHORT_BINSTRING", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"), _push),
    **dict.fromkeys(("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"), _remember),
    **dict.fromkeys(("GET", "BINGET", "LONG_BINGET"), _recall),
    **{name: _constant(value) for name, value in {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}.items()},
    "EMPTY_TUPLE": _constant(()),
    "EMPTY_LIST": lambda machine, _: machine.stack.append([]),
    "EMPTY_DICT": lambda machine, _: machine.stack.append({}),
    "MARK": _mark,
    "TUPLE": _marked_tuple,
    "TUPLE1": _tuple(1),
    "TUPLE2": _tuple(2),
    "TUPLE3": _tuple(3),
    "LIST": _marked_list,
    "APPEND": _append,
    "APPENDS": _extend,
    "DICT": _marked_dict,
    "SETITEM": _set,
    "SETITEMS": _update,
    "GLOBAL": _global,
    "STACK_GLOBAL": _stack_global,
    "REDUCE": _reduce,
    "BUILD": _build,
}
