"""Rules of the image API, with Glance's names and defaults.

The target of a check has `project_id` (the image's owner), `visibility` and, for a project that the image is
shared with, `member_id`; see `nova_lite.image.service`.
"""

from nova_lite.policies import base

ADD_IMAGE = "add_image"
DELETE_IMAGE = "delete_image"
GET_IMAGE = "get_image"
GET_IMAGES = "get_images"
MODIFY_IMAGE = "modify_image"
PUBLICIZE_IMAGE = "publicize_image"
COMMUNITIZE_IMAGE = "communitize_image"
DOWNLOAD_IMAGE = "download_image"
UPLOAD_IMAGE = "upload_image"
ADD_MEMBER = "add_member"
DELETE_MEMBER = "delete_member"
GET_MEMBER = "get_member"
GET_MEMBERS = "get_members"
MODIFY_MEMBER = "modify_member"
DEACTIVATE = "deactivate"
REACTIVATE = "reactivate"
TASKS_API_ACCESS = "tasks_api_access"

_ADMIN = "role:admin"
_MEMBER = "role:admin or (role:member and project_id:%(project_id)s)"
_READER = "role:admin or (role:reader and project_id:%(project_id)s)"
_OPEN = (
    "(project_id:%(project_id)s or project_id:%(member_id)s"
    ' or "community":%(visibility)s or "public":%(visibility)s or "shared":%(visibility)s)'
)
_SHARED_MEMBER = "role:admin or (role:member and project_id:%(member_id)s)"
_READER_OR_SHARED_MEMBER = (
    "role:admin or (role:reader and (project_id:%(project_id)s or project_id:%(member_id)s))"
)

_IMAGE = "/v2/images/{image_id}"
_MEMBERS = f"{_IMAGE}/members"

RULES = [
    base.rule(ADD_IMAGE, _MEMBER, "Create an image", "POST /v2/images"),
    base.rule(DELETE_IMAGE, _MEMBER, "Delete an image", f"DELETE {_IMAGE}"),
    base.rule(GET_IMAGE, f"role:admin or (role:reader and {_OPEN})", "Show an image", f"GET {_IMAGE}"),
    base.rule(GET_IMAGES, _READER, "List images", "GET /v2/images"),
    base.rule(MODIFY_IMAGE, _MEMBER, "Change an image", f"PATCH {_IMAGE}", f"PUT {_IMAGE}/tags/{{tag}}"),
    base.rule(PUBLICIZE_IMAGE, _ADMIN, "Make an image public", "POST /v2/images", f"PATCH {_IMAGE}"),
    base.rule(
        COMMUNITIZE_IMAGE, _MEMBER, "Make an image a community one", "POST /v2/images", f"PATCH {_IMAGE}"
    ),
    base.rule(
        DOWNLOAD_IMAGE, f"role:admin or (role:member and {_OPEN})", "Fetch the data", f"GET {_IMAGE}/file"
    ),
    base.rule(UPLOAD_IMAGE, _MEMBER, "Store the data", f"PUT {_IMAGE}/file"),
    base.rule(ADD_MEMBER, _MEMBER, "Share an image with a project", f"POST {_MEMBERS}"),
    base.rule(DELETE_MEMBER, _MEMBER, "Stop sharing with a project", f"DELETE {_MEMBERS}/{{member_id}}"),
    base.rule(GET_MEMBER, _READER_OR_SHARED_MEMBER, "Show a member", f"GET {_MEMBERS}/{{member_id}}"),
    base.rule(GET_MEMBERS, _READER_OR_SHARED_MEMBER, "List members", f"GET {_MEMBERS}"),
    base.rule(MODIFY_MEMBER, _SHARED_MEMBER, "Accept or reject a share", f"PUT {_MEMBERS}/{{member_id}}"),
    base.rule(DEACTIVATE, _MEMBER, "Deactivate an image", f"POST {_IMAGE}/actions/deactivate"),
    base.rule(REACTIVATE, _MEMBER, "Reactivate an image", f"POST {_IMAGE}/actions/reactivate"),
    base.rule(TASKS_API_ACCESS, _ADMIN, "Use the tasks API", "GET /v2/tasks", "GET /v2/tasks/{task_id}"),
]
