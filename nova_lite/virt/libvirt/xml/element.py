"""The helper that XML is made with."""

import re
from typing import Any
from xml.etree import ElementTree as ET

#: Characters that XML 1.0 cannot hold, not even escaped.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

NOVA_NAMESPACE = "http://openstack.org/xmlns/libvirt/nova/1.1"
ET.register_namespace("nova", NOVA_NAMESPACE)


def clean(value: Any) -> str:
    """Return the text of a value, without what XML cannot hold; booleans are yes and no."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _FORBIDDEN.sub("", str(value))


def element(tag: str, *children: "ET.Element | str | int | None", **attributes: Any) -> ET.Element:
    """Return an element. Children and attributes that are None are left out; `type_` is the attribute `type`."""
    made = ET.Element(
        tag, {name.rstrip("_"): clean(value) for name, value in attributes.items() if value is not None}
    )
    for child in children:
        if isinstance(child, ET.Element):
            made.append(child)
        elif child is not None:
            made.text = clean(child)
    return made


def nova(tag: str, *children: "ET.Element | str | int | None", **attributes: Any) -> ET.Element:
    """Return an element of Nova's namespace."""
    return element(f"{{{NOVA_NAMESPACE}}}{tag}", *children, **attributes)


def to_text(root: ET.Element) -> str:
    """Return the indented text of a document."""
    ET.indent(root)
    return ET.tostring(root, encoding="unicode")
