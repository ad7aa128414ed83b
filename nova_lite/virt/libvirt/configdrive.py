"""The config drive: the server's metadata on a small disk of its own, label `config-2`."""

import pathlib
import shutil
import tempfile
from collections.abc import Mapping

from nova_lite import exception
from nova_lite.conf import CONF
from nova_lite.virt.libvirt import programs

LABEL = "config-2"
TIMEOUT = 60.0
VFAT_BYTES = 64 << 20  # Nova's CONFIGDRIVESIZE_BYTES

#: Programs that write ISO 9660, quickest first, with their options.
ISO_PROGRAMS = {
    "genisoimage": ["-quiet", "-J", "-r", "-l", "-ldots", "-allow-lowercase", "-allow-multidot"],
    "mkisofs": ["-quiet", "-J", "-r", "-l"],
    "xorriso": ["-as", "mkisofs", "-quiet", "-J", "-r"],
}


def required_by(instance, config_drive: str) -> bool:
    """Return whether a server has one: the user, the image (`img_config_drive`), or the operator says so."""
    return (
        (instance.config_drive or "").lower() in ("true", "1", "yes")
        or config_drive == "mandatory"
        or CONF.force_config_drive
    )


def _write_tree(files: Mapping[str, bytes], root: pathlib.Path) -> None:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _write_parts(files: Mapping[str, bytes], root: pathlib.Path) -> dict[str, pathlib.Path]:
    """Write each content once, whatever the number of its names; return name → file.

    Most versions of the layout hold the same content: a spawn is quicker with a dozen files than with forty.
    """
    root.mkdir()
    written: dict[bytes, pathlib.Path] = {}
    places = {}
    for name, content in files.items():
        path = written.get(content)
        if path is None:
            path = written[content] = root / str(len(written))
            path.write_bytes(content)
        places[name] = path
    return places


def _iso(files: Mapping[str, bytes], root: pathlib.Path, path: pathlib.Path) -> None:
    program = programs.find(*ISO_PROGRAMS)
    if program is None:
        raise exception.ConfigDriveMountFailed(
            reason=f"none of {', '.join(ISO_PROGRAMS)} is installed on this host"
        )
    grafts = [f"{name}={place}" for name, place in _write_parts(files, root).items()]
    options = [*ISO_PROGRAMS[program], "-V", LABEL, "-graft-points", "-o", str(path)]
    programs.run([program, *options, *grafts], timeout=TIMEOUT)


def _vfat(files: Mapping[str, bytes], root: pathlib.Path, path: pathlib.Path) -> None:
    _write_tree(files, root)
    with path.open("wb") as file:
        file.truncate(VFAT_BYTES)
    programs.run(["mkfs.vfat", "-n", LABEL, str(path)], timeout=TIMEOUT)
    entries = sorted(str(entry) for entry in root.iterdir())
    programs.run(["mcopy", "-i", str(path), "-s", "-Q", *entries, "::"], timeout=TIMEOUT)


def make(files: Mapping[str, bytes], path: pathlib.Path) -> None:
    """Write a config drive in `config_drive_format`, for its owner's eyes only: it may hold the password.

    Args:
        files: path below the root → content (nova_lite.metadata.InstanceMetadata.files).
        path: the file to make; replaced when it is there.

    Raises:
        ConfigDriveMountFailed: it could not be made.
    """
    part = path.with_name(f"{path.name}.part")
    tree = pathlib.Path(tempfile.mkdtemp(prefix="nova-configdrive-", dir=path.parent))
    try:
        part.touch(mode=0o600)
        (_vfat if CONF.config_drive_format == "vfat" else _iso)(files, tree / "root", part)
        part.chmod(0o600)
        part.replace(path)
    except (OSError, programs.ProgramFailed) as error:
        raise exception.ConfigDriveMountFailed(reason=str(error)) from error
    finally:
        part.unlink(missing_ok=True)
        shutil.rmtree(tree, ignore_errors=True)
