"""Is the data what its `disk_format` says, and safe to give to QEMU? Found out while the data flows by.

Parsing is oslo.utils' format_inspector (the one that Glance, Nova and Cinder use): it knows qcow2 backing and
data files, VMDK extents, and the rest. Which content passes for which declared format is decided here, as
Glance does since 2025.1 (`[image_format] require_image_format_match`).
"""

from collections.abc import Iterable, Iterator
from typing import Any

from oslo_log import log as logging
from oslo_utils.imageutils import format_inspector

from nova_lite import exception
from nova_lite.conf import CONF

LOG = logging.getLogger(__name__)

#: Declared format → contents that it may have. Formats without an inspector (ami, ari, aki, ploop) are absent.
ACCEPTED = {
    "raw": {"raw", "gpt", "luks"},  # a disk with a partition table, or encrypted, is raw to QEMU
    "iso": {"iso", "gpt"},  # a hybrid image, bootable from a stick too
    **{name: {name} for name in ("qcow2", "vhd", "vhdx", "vmdk", "vdi", "luks", "gpt")},
}


class Inspection:
    """The inspection of one image's data.

    Pass the data through `through()`; when it has ended, `finish()` gives the verdict.
    """

    def __init__(self, image_id: str, disk_format: str, container_format: str):
        self._image_id = image_id
        self._declared = disk_format
        self._size = 0
        self._wrapper: format_inspector.InspectWrapper | None = None
        # Inside other containers (ova, docker) the disk is not where the inspectors look.
        self._active = container_format == "bare"

    def through(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the data unchanged.

        Raises:
            ImageFormatMismatch: as soon as it is certain that the content is something else.
        """
        if not self._active:
            yield from chunks
            return
        exact = self._declared if self._strict and self._declared != "raw" else None
        source: Any = iter(chunks)  # the wrapper reads files or, as here, iterates
        self._wrapper = format_inspector.InspectWrapper(source, expected_format=exact)
        while True:
            try:
                chunk = next(self._wrapper)
            except StopIteration:
                return
            except format_inspector.ImageFormatError as error:
                raise self._refusal(str(error)) from None
            self._size += len(chunk)
            yield chunk

    @property
    def _strict(self) -> bool:
        return CONF.image.require_image_format_match and self._declared in ACCEPTED

    def _refusal(self, reason: str) -> exception.NovaException:
        return exception.ImageFormatMismatch(
            image_id=self._image_id, disk_format=self._declared, reason=reason
        )

    def finish(self) -> int | None:
        """Return the size in bytes of the disk that a guest would see; None where it is unknown.

        Raises:
            ImageFormatMismatch: the content is not of the declared format, is of several formats at once, or
                refers to other files (qcow2 backing or data file, VMDK extents).
        """
        if self._wrapper is None:
            return None
        matches = {str(each): each for each in self._wrapper.formats or ()}
        if self._strict:
            unexpected = sorted(set(matches) - ACCEPTED[self._declared])
            if unexpected or (self._declared != "raw" and self._declared not in matches):
                raise self._refusal(f"its content is {' and '.join(sorted(matches))}")
        for name, found in matches.items():
            self._check(name, found)
        main = matches.get(self._declared)
        return main.virtual_size if main is not None and main.virtual_size else self._size

    def _check(self, name: str, found) -> None:
        try:
            found.safety_check()
        except format_inspector.SafetyCheckFailed as error:
            if name == "gpt" and CONF.image.gpt_safety_checks_nonfatal:
                LOG.warning("Image %s has a strange partition table: %s", self._image_id, error)
                return
            reasons = "; ".join(str(each) for each in error.failures.values())
            raise self._refusal(f"its {name} content is unsafe: {reasons}") from None
        except format_inspector.ImageFormatError as error:
            raise self._refusal(str(error)) from None
