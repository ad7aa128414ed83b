"""What unmodified clients need to try a cloud: a member, an administrator, a flavor, an image."""

import pytest

from tests.support import booting


@pytest.fixture(scope="module")
def member(live_cloud):
    return live_cloud.new_user()


@pytest.fixture(scope="module")
def admin(live_cloud):
    return live_cloud.admin


@pytest.fixture(scope="module")
def users(member, admin):
    """Name in clouds.yaml → user, named as stack.sh names them."""
    return {"nova-lite": member, "nova-lite-admin": admin}


@pytest.fixture(scope="module")
def flavor(live_cloud, request):
    """The name of a small flavor."""
    name = f"{request.module.__name__.rpartition('.')[2]}.tiny"
    booting.make_flavor(live_cloud, name)
    return name


@pytest.fixture(scope="module")
def image(live_cloud, request):
    """The name of a public image."""
    name = f"{request.module.__name__.rpartition('.')[2]}-image"
    booting.make_image(live_cloud, name)
    return name
