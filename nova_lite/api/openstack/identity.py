"""Does a project exist? Asked before something is given to one by its id."""

from nova_lite import exception
from nova_lite.conf import CONF
from nova_lite.db.identity import projects


def verify_project_id(project_id: str) -> None:
    """Check that a project exists, where nova-lite's own identity knows all of them.

    With another `auth_strategy` every id passes, as Nova lets it when Keystone does not answer the question.

    Raises:
        InvalidInput: there is no such project.
    """
    if CONF.api.auth_strategy != "fernet":
        return
    try:
        projects.get(project_id)
    except exception.NotFound:
        raise exception.InvalidInput(f"Project ID {project_id} is not a valid project.") from None
