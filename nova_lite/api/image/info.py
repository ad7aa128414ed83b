"""What this image service can and cannot do: import methods, stores, tasks."""

from nova_lite import exception
from nova_lite.api.wsgi import Operation
from nova_lite.image import service
from nova_lite.policies import image as rules

OPERATIONS = (
    Operation(method="GET", path="/info/import", handler="import_methods"),
    Operation(method="GET", path="/info/stores", handler="stores", faults=(404,)),
    Operation(
        method="POST", path="/images/{image_id}/import", handler="import_image", body={}, faults=(400, 404)
    ),
    Operation(method="GET", path="/tasks", handler="tasks", policy=rules.TASKS_API_ACCESS, faults=(403,)),
    Operation(
        method="GET",
        path="/tasks/{task_id}",
        handler="task",
        policy=rules.TASKS_API_ACCESS,
        faults=(403, 404),
    ),
)


class InfoController:
    """Answers of a Glance with one store and no import methods."""

    def import_methods(self, req):
        """Return the import methods: there are none, data is uploaded."""
        return {"import-methods": {"description": "Import methods available.", "type": "array", "value": []}}

    def stores(self, req):
        """Refuse, as a Glance with a single store does."""
        raise exception.NotFound("Multi backend is not supported at this site.")

    def import_image(self, req, image_id, body):
        """Refuse the import method that was asked for."""
        service.find(req.context, image_id)
        method = body.get("method") if isinstance(body, dict) else None
        if not isinstance(method, dict) or "name" not in method:
            raise exception.ImageInvalid(
                reason="Import request requires a 'method' field with a 'name' field."
            )
        raise exception.ImageInvalid(reason=f"Unknown import method name '{method['name']}'.")

    def tasks(self, req):
        """List tasks: nothing here makes any."""
        return {"tasks": [], "first": "/v2/tasks", "schema": "/v2/schemas/tasks"}

    def task(self, req, task_id):
        """Show a task: there is none."""
        raise exception.NotFound(f"No task found with ID {task_id}")


CONTROLLER = InfoController()
