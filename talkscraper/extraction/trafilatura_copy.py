"""trafilatura's cascade with its expressions evaluated by ``fast_expressions``: the same results in less time.

The modules that use the expressions are loaded a second time under no name, and the lists of expressions in these
copies are replaced. trafilatura itself, which others in the process may use, stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any

from lxml import etree

from talkscraper.extraction.fast_expressions import fast
from talkscraper.extraction.stop_words import StopWords

_MODULES = ("justext.core", "trafilatura.main_extractor", "trafilatura.external", "trafilatura.core")
"""Those that use expressions on whole trees or justext's words, each after those that it imports from."""


@cache
def bare_extraction() -> Callable[..., Any]:
    """``trafilatura.bare_extraction`` of the copy."""
    copies: list[ModuleType] = []
    for name in _MODULES:
        module = _loaded_again(name)
        for copy in copies:
            _link(module, copy)
        copies.append(module)
    _keep_words_once(copies[0], copies[2])
    found: Callable[..., Any] = copies[-1].bare_extraction
    return found


def _loaded_again(name: str) -> ModuleType:
    spec = find_spec(name)
    if spec is None or spec.loader is None:
        raise ImportError(f"{name} can't be found", name=name)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    for own, value in list(vars(module).items()):
        if isinstance(value, list) and value and all(isinstance(each, etree.XPath) for each in value):
            setattr(module, own, [fast(each) for each in value])
    return module


def _link(module: ModuleType, copy: ModuleType) -> None:
    """Have a module call the functions of a copy where it imported those of the original."""
    for name, value in list(vars(module).items()):
        if getattr(value, "__module__", None) == copy.__name__ and hasattr(copy, name):
            setattr(module, name, getattr(copy, name))


def _keep_words_once(justext: ModuleType, external: ModuleType) -> None:
    """Have both use one compact set of words, made when it is first needed, instead of a copy each."""

    @cache
    def stop_words() -> StopWords:
        return StopWords(map(external.get_stoplist, external.get_stoplists()))

    def unchanged(words: StopWords | frozenset[str]) -> StopWords | frozenset[str]:
        return words

    if hasattr(justext, "define_stoplist") and hasattr(external, "jt_stoplist_init"):
        vars(justext)["define_stoplist"] = unchanged
        vars(external)["jt_stoplist_init"] = stop_words
