"""Rewriting of SVG into a picture that loads nothing: drawing elements, and addresses within itself or the archive.

An SVG file is a document of its own when it is opened or framed. It can contain pages (``foreignObject``, elements of
other namespaces), request a style sheet before any policy applies (``<?xml-stylesheet?>``), and declare entities.
"""

from __future__ import annotations

from lxml import etree

from talkscraper.html.address_attributes import Role
from talkscraper.html.removal import take_out
from talkscraper.replay.address_rewriter import AddressRewriter
from talkscraper.replay.markup import drawing_markup

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
_XML = "http://www.w3.org/XML/1998/namespace"
_KEPT = frozenset(
    {
        "svg", "g", "defs", "symbol", "use", "title", "desc", "metadata", "switch", "view", "style", "path", "rect",
        "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan", "tref", "textPath", "marker", "pattern",
        "clipPath", "mask", "linearGradient", "radialGradient", "meshgradient", "meshrow", "meshpatch", "stop",
        "filter", "image", "feBlend", "feColorMatrix", "feComponentTransfer", "feComposite", "feConvolveMatrix",
        "feDiffuseLighting", "feDisplacementMap", "feDistantLight", "feDropShadow", "feFlood", "feFuncA", "feFuncB",
        "feFuncG", "feFuncR", "feGaussianBlur", "feImage", "feMerge", "feMergeNode", "feMorphology", "feOffset",
        "fePointLight", "feSpecularLighting", "feSpotLight", "feTile", "feTurbulence", "a",
    }
)  # fmt: skip
_DROPPED_ATTRIBUTES = frozenset({"base", "ping", "target", "download", "rel", "src", "srcset", "is", "nonce"})


def rewrite_drawing(text: str, addresses: AddressRewriter) -> bytes | None:
    """Return a drawing as UTF-8, with its addresses rewritten; None if the text isn't XML with an SVG root."""
    root = cleaned_drawing(text, addresses)
    if root is None:
        return None
    return ('<?xml version="1.0" encoding="UTF-8"?>\n' + drawing_markup(root)).encode("utf-8", "replace")


def cleaned_drawing(text: str, addresses: AddressRewriter) -> etree._Element | None:
    """Return the tree of a drawing, with its addresses rewritten and without namespaces; None if it isn't one."""
    parser = etree.XMLParser(
        encoding="utf-8",  # instead of what the XML declaration says
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
        huge_tree=False,
        strip_cdata=True,
    )
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.XMLSyntaxError, ValueError, AssertionError):
        return None
    if root.tag not in (f"{{{SVG}}}svg", "svg"):
        return None
    for element in list(root.iter()):
        name = element.tag if isinstance(element.tag, str) else ""
        local = name.removeprefix(f"{{{SVG}}}")
        if local not in _KEPT:
            # including declared entities, and all elements that aren't SVG
            if element is not root:
                take_out(element)
            continue
        element.tag = local
        _attributes(element, addresses)
        if local == "style":
            element.text = addresses.style("".join(element.itertext()))
            for child in list(element):
                element.remove(child)
    return root


def _attributes(element: etree._Element, addresses: AddressRewriter) -> None:
    found = list(element.attrib.items())
    element.attrib.clear()
    for name, value in found:
        namespace, _, local = name.rpartition("}")
        lowered = local.lower()
        if namespace.removeprefix("{") not in ("", XLINK, _XML):
            continue
        if lowered.startswith("on") or lowered in _DROPPED_ATTRIBUTES:
            continue
        if lowered == "href":
            target: str | None = value.strip()
            if not value.strip().startswith("#"):
                target = addresses.address(value, Role.LINK if element.tag == "a" else Role.IMAGE)
            if target is not None:
                element.set("href", target)
        elif namespace:
            # xml:space, xlink:title and the like don't affect the drawing
            continue
        elif "(" in value or lowered == "style":
            element.set(local, addresses.style(value))
        elif "\\" in value:
            # CSS can write "url(" with escapes; a drawing needs none
            continue
        else:
            element.set(local, value)
