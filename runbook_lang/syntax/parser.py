"""The parser of PyYAML, with as little of PyYAML around it as it needs.

`import yaml` reads all loaders, dumpers and resolvers and compiles their regular expressions, which takes longer than
a bare start of Python; what is used here is the C parser and its events. So the package is entered in `sys.modules`
before its own code ran, the C parser is imported, and the package's code runs when anything else asks the package for
anything (as with importlib.util.LazyLoader, which doesn't work for packages). Modules of which the C parser only takes the
class of an exception are replaced while it is imported. Where any of this fails, `import yaml` is what happens.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

_NAME = "yaml"
_NEEDED = ("error", "tokens", "events", "nodes", "scanner", "parser")
_STAND_INS = {
    "reader": "ReaderError",
    "composer": "ComposerError",
    "constructor": "ConstructorError",
    "emitter": "EmitterError",
    "serializer": "SerializerError",
    "representer": "RepresenterError",
}


class Parser:
    """`make(text).get_event()` gives event after event, None at the end; `kinds` holds the events' classes, and
    `failure` is the base of the errors."""

    __slots__ = ("failure", "kinds", "make")

    def __init__(self, make: Any, kinds: Any, failure: type[Exception]) -> None:
        self.make = make
        self.kinds = kinds
        self.failure = failure


def yaml_parser() -> Parser:
    """libyaml's parser, else the one in Python. Raises ImportError without PyYAML."""
    shell = sys.modules.get(_NAME)
    if shell is None:
        try:
            shell = _enter()
        except Exception:  # noqa: BLE001 - another version of PyYAML, or one without libyaml
            _leave()
    if shell is not None and "__getattr__" in vars(shell):
        return Parser(shell._yaml.CParser, shell.events, shell.error.YAMLError)
    import yaml

    return Parser(getattr(yaml, "CSafeLoader", yaml.SafeLoader), yaml, yaml.YAMLError)


def _enter() -> ModuleType:
    """The package without its own code, with `_yaml`, `events` and `error` in it."""
    from importlib.machinery import PathFinder

    spec = PathFinder.find_spec(_NAME)
    if spec is None or spec.loader is None or spec.submodule_search_locations is None:
        raise ImportError(_NAME)
    shell = type(sys)(_NAME)
    shell.__spec__, shell.__loader__, shell.__package__ = spec, spec.loader, _NAME
    shell.__path__, shell.__file__ = spec.submodule_search_locations, spec.origin
    sys.modules[_NAME] = shell
    for name in _NEEDED:
        __import__(f"{_NAME}.{name}")
    for name, error in _STAND_INS.items():
        stand_in = type(sys)(f"{_NAME}.{name}")
        setattr(stand_in, error, type(error, (shell.error.YAMLError,), {}))
        setattr(shell, name, stand_in)
    __import__(f"{_NAME}._yaml")
    compiled = shell._yaml
    for name in _STAND_INS:
        delattr(shell, name)

    def whole(attribute: str) -> Any:
        del shell.__getattr__
        assert spec.loader is not None
        spec.loader.exec_module(shell)
        for name, error in _STAND_INS.items():
            setattr(compiled, error, getattr(getattr(shell, name), error))
        return getattr(shell, attribute)

    shell.__getattr__ = whole  # type: ignore[method-assign]  # the hook of a module (PEP 562), no method
    return shell


def _leave() -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == _NAME]:
        del sys.modules[name]
