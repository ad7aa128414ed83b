#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Boots the server `demo` as user demo, unless it is there, and waits for the login prompt on its console.

Prints one line when it made the server. The end of the console goes to a file, with a line about the time before it.
"""

from __future__ import annotations

import pathlib
import time

import api
from seed import IMAGE

NAME = "demo"
FLAVOR = "m1.nano"
PROMPT = "login:"
ACTIVE_TIMEOUT = 300  # seconds; a first boot copies the image into the host's cache
LOGIN_TIMEOUT = 300  # seconds; five on an idle machine without KVM
INTERVAL = 0.5  # seconds between two looks: the API has no way to wait
LINES = 12


def find(cloud: api.Cloud) -> dict | None:
    """Return the server, or None."""
    servers = cloud.compute.get(f"/servers/detail?name=^{NAME}$").json()["servers"]
    return servers[0] if servers else None


def create(cloud: api.Cloud) -> dict:
    """Ask for the server; return it as it is now.

    Raises:
        CloudError: its flavor or image is not there.
    """
    flavors = cloud.compute.get("/flavors").json()["flavors"]
    flavor = next((each["id"] for each in flavors if each["name"] == FLAVOR), None)
    images = cloud.image.get(f"/v2/images?name={IMAGE}&status=active").json()["images"]
    if flavor is None or not images:
        raise api.CloudError(f"flavor {FLAVOR} or image {IMAGE} is missing")
    body = {
        "name": NAME,
        "flavorRef": flavor,
        "imageRef": images[0]["id"],
        "networks": "none",
        "config_drive": True,
        "metadata": {"made-by": "stack.sh"},
    }
    made = cloud.compute.post("/servers", json={"server": body}).json()["server"]
    return show(cloud, made["id"])


def show(cloud: api.Cloud, server_id: str) -> dict:
    """Return the server."""
    return cloud.compute.get(f"/servers/{server_id}").json()["server"]


def wait_active(cloud: api.Cloud, server: dict) -> None:
    """Wait for the end of its build.

    Raises:
        CloudError: ERROR, with the fault that the cloud names; or no end in time.
    """
    deadline = time.monotonic() + ACTIVE_TIMEOUT
    while server["status"] == "BUILD":
        if time.monotonic() > deadline:
            raise api.CloudError(
                f"server {NAME} is still BUILD ({server['OS-EXT-STS:task_state']}) after {ACTIVE_TIMEOUT} s"
            )
        time.sleep(INTERVAL)
        server = show(cloud, server["id"])
    if server["status"] != "ACTIVE":
        fault = server.get("fault", {}).get("message", "no fault is told")
        raise api.CloudError(
            f"server {NAME} is {server['status']}: {fault}\n"
            f"remove it with: openstack --os-cloud nova-lite server delete {NAME}"
        )


def console(cloud: api.Cloud, server_id: str) -> str:
    """Return what the guest has written to its serial console."""
    body = {"os-getConsoleOutput": {}}
    return cloud.compute.post(f"/servers/{server_id}/action", json=body).json()["output"]


def wait_login(cloud: api.Cloud, server_id: str) -> str:
    """Wait for the prompt; return the console.

    Raises:
        CloudError: none in time; the end of the console is in the text.
    """
    deadline = time.monotonic() + LOGIN_TIMEOUT
    while PROMPT not in (text := console(cloud, server_id)):
        if time.monotonic() > deadline:
            raise api.CloudError(f"no {PROMPT!r} within {LOGIN_TIMEOUT} s; the console:\n{last_lines(text)}")
        time.sleep(INTERVAL)
    return text


def last_lines(text: str) -> str:
    """Return the end of a console as it reads on paper."""
    lines = [line.rstrip() for line in text.replace("\r", "").splitlines()]
    return "\n".join([line for line in lines if line][-LINES:])


def main() -> None:
    """Entry point."""
    parser = api.parser(__doc__)
    parser.add_argument("--console", type=pathlib.Path, required=True, help="where its end is written")
    parser.add_argument("--no-login", action="store_true", help="do not wait for a prompt (fake driver)")
    args = parser.parse_args()
    cloud = api.Cloud(args, "demo")
    server = find(cloud)
    if server is not None and server["status"] not in ("BUILD", "ERROR"):
        return  # it was booted once; what its users do with it is theirs
    begun = time.monotonic()
    if server is None:
        server = create(cloud)
    wait_active(cloud, server)
    active = time.monotonic() - begun
    text = console(cloud, server["id"]) if args.no_login else wait_login(cloud, server["id"])
    words = f"ACTIVE after {active:.1f} s"
    if not args.no_login:
        words += f", {PROMPT} after {time.monotonic() - begun:.1f} s"
    args.console.write_text(f"{words}\n{last_lines(text)}\n", encoding="utf-8")
    print(f"server {NAME} {words}")


if __name__ == "__main__":
    api.run(main)
