"""What instance actions and their events show."""

from nova_lite.api.openstack import times
from nova_lite.api.openstack.compute.views.servers import host_id
from nova_lite.api.views import Field, View
from nova_lite.policies import instance_actions as rules


def _column(name):
    return lambda row, _req: row[name]


def _time(name):
    return lambda row, _req: times.naive(row[name])


#: An action, in the list and above its events.
ACTION = View(
    *(
        Field(name, _column(name))
        for name in ("action", "instance_uuid", "request_id", "user_id", "project_id", "message")
    ),
    Field("start_time", _time("start_time")),
    Field("updated_at", _time("updated_at"), since=58),
)

#: One of its events; `project_id` of the server must be in the row. The controller gives the list out (with
#: traceback and host) to those who pass EVENTS, and since 2.51 without them to all.
EVENT = View(
    Field("event", _column("event")),
    Field("start_time", _time("start_time")),
    Field("finish_time", _time("finish_time")),
    Field("result", _column("result")),
    Field("traceback", _column("traceback"), policy=rules.EVENTS),
    Field("host", _column("host"), since=62, policy=rules.EVENTS),
    Field("hostId", lambda row, _req: host_id(row["host"], row["project_id"]), since=62),
    Field("details", _column("details"), since=84, policy=rules.EVENTS_DETAILS),
)
