"""A copy of trafilatura's cascade with parts replaced: the same results in less time and memory.

Its modules are loaded a second time under no name; trafilatura itself, which others in the process may use, stays as it
is. In the copy ``fast_expressions`` evaluates the lists of expressions, and ``stop_words`` holds justext's words. Three
steps are left out, as their result is known or not used: a copy of a page that nobody else has, the copy for fallbacks
in the mode without them, and a second search for boxes of links in a tree that hasn't changed since the first.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

from talkscraper.extraction.fast_expressions import fast
from talkscraper.extraction.stop_words import StopWords

_MODULES = (
    "justext.core", "trafilatura.htmlprocessing", "trafilatura.main_extractor", "trafilatura.external",
    "trafilatura.core",
)  # fmt: skip
"""Those that use expressions on whole trees or justext's words, each after those that it imports from."""


@dataclass(frozen=True, slots=True)
class Disposable:
    """A page that trafilatura may change."""

    tree: HtmlElement


@cache
def bare_extraction() -> Callable[..., Any]:
    """``trafilatura.bare_extraction`` of the copy; it accepts a ``Disposable`` too."""
    copies: list[ModuleType] = []
    for name in _MODULES:
        module = _loaded_again(name)
        for earlier in copies:
            _link(module, earlier)
        copies.append(module)
    words, processing, main, external, core = copies
    _keep_words_once(words, external)
    _without_repeated_searches(processing, main)
    _without_unused_copies(core)
    found: Callable[..., Any] = core.bare_extraction
    return found


def _keep_words_once(justext: Any, external: Any) -> None:
    """Have both use one compact set of words, made when it is first needed, instead of a copy each."""

    @cache
    def stop_words() -> StopWords:
        return StopWords(map(external.get_stoplist, external.get_stoplists()))

    def unchanged(words: StopWords | frozenset[str]) -> StopWords | frozenset[str]:
        return words

    # any version of justext may be installed
    if hasattr(justext, "define_stoplist") and hasattr(external, "jt_stoplist_init"):
        justext.define_stoplist, external.jt_stoplist_init = unchanged, stop_words


class _LinkSearches(threading.local):
    """trafilatura's searches for boxes of links in one tree."""

    def __init__(self) -> None:
        self.deletions = 0
        self.in_vain: set[object] = set()
        """Those that found nothing to delete, if nothing was deleted since."""


def _without_repeated_searches(processing: Any, main: Any) -> None:
    """Have it search for boxes of links a second time only if the first round deleted any."""
    delete, search, prune = processing.delete_element, main.delete_by_link_density, main.prune_unwanted_sections
    state = _LinkSearches()

    def deleted(*args: Any, **options: Any) -> None:
        state.deletions += 1
        delete(*args, **options)

    def searched(tree: HtmlElement, tag: str, **options: Any) -> HtmlElement:
        kind = (tag, *options.items())
        if kind not in state.in_vain:
            before = state.deletions
            search(tree, tag, **options)
            if state.deletions == before:
                state.in_vain.add(kind)
            else:
                state.in_vain.clear()
        return tree

    def pruned(*args: Any, **options: Any) -> HtmlElement:
        state.in_vain.clear()
        tree: HtmlElement = prune(*args, **options)
        return tree

    processing.delete_element = deleted
    main.delete_by_link_density, main.prune_unwanted_sections = searched, pruned


def _without_unused_copies(core: Any) -> None:
    """Have it copy no page that it may change, and none for fallbacks that don't follow."""
    load, prepare = core.load_html, core._prepare_tree  # noqa: SLF001 - the version is pinned, a test compares results

    def given(content: Any, *args: Any) -> Any:
        return content.tree if isinstance(content, Disposable) else load(content, *args)

    def prepared(tree: HtmlElement, options: Any, url: str | None) -> Any:
        if not options.fast or options.comments:
            return prepare(tree, options, url)
        # the second value is for the fallbacks
        return core.convert_tags(core.tree_cleaning(copy(tree), options), options, url), None

    core.load_html, core._prepare_tree = given, prepared  # noqa: SLF001


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


def _link(module: ModuleType, earlier: ModuleType) -> None:
    """Have a module call the functions of an earlier copy where it imported those of the original."""
    for name, value in list(vars(module).items()):
        if getattr(value, "__module__", None) == earlier.__name__ and hasattr(earlier, name):
            setattr(module, name, getattr(earlier, name))
