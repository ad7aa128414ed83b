# SPDX-License-Identifier: Apache-2.0
"""What the programs beside this one have in common: signing in to the running cloud, and asking its APIs."""

from __future__ import annotations

import argparse
import pathlib
import sys

from keystoneauth1 import adapter, exceptions, session
from keystoneauth1.identity import v3

TIMEOUT = 60  # seconds that one request may take
REGION = "RegionOne"


class CloudError(Exception):
    """What went wrong, in words for whoever runs stack.sh."""


def parser(description: str | None) -> argparse.ArgumentParser:
    """Return a parser with the options that all have."""
    made = argparse.ArgumentParser(description=(description or "").partition("\n\n")[0])
    made.add_argument("--passwords", type=pathlib.Path, required=True, help="file of USER=PASSWORD lines")
    made.add_argument("--identity", required=True, help="URL of the identity API, with /v3")
    return made


def read_passwords(path: pathlib.Path) -> dict[str, str]:
    """Return user → password."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


class Cloud:
    """The running cloud, as one user in the project of the same name."""

    def __init__(self, args: argparse.Namespace, user: str):
        auth = v3.Password(
            auth_url=args.identity, username=user, password=read_passwords(args.passwords)[user],
            project_name=user, user_domain_name="Default", project_domain_name="Default",
        )  # fmt: skip
        self._session = session.Session(auth=auth, timeout=TIMEOUT)
        self.compute = self._adapter("compute", default_microversion="2.79")
        self.image = self._adapter("image")

    def _adapter(self, service_type: str, **more) -> adapter.Adapter:
        return adapter.Adapter(
            self._session, service_type=service_type, region_name=REGION, raise_exc=True, **more
        )


def run(main) -> None:
    """Run a program; turn what an API refuses into one line and exit status 1."""
    try:
        main()
    except CloudError as error:
        sys.exit(str(error))
    except exceptions.HttpError as error:
        sys.exit(
            f"{error.method} {error.url}: {error.http_status} {error.message} {error.details or ''}".rstrip()
        )
    except exceptions.ClientException as error:
        sys.exit(f"the cloud cannot be reached: {error}")
