"""Queries on what users did to servers (actions) and the steps of it (events)."""

import datetime

import sqlalchemy as sa

from nova_lite import exception
from nova_lite.db import api
from nova_lite.db.models import InstanceAction, InstanceActionEvent, utcnow

ACTIONS = InstanceAction.__table__
EVENTS = InstanceActionEvent.__table__


@api.writer
def start(conn, values: dict) -> int:
    """Begin an action and return its id.

    `values`: action, instance_uuid, request_id, user_id, project_id, and optionally message.
    """
    now = utcnow()
    row = {"start_time": now, "updated_at": now} | values
    return conn.execute(sa.insert(ACTIONS).values(row)).inserted_primary_key[0]


def _find(conn, instance_uuid: str, request_id: str):
    query = sa.select(ACTIONS.c.id).where(
        ACTIONS.c.instance_uuid == instance_uuid, ACTIONS.c.request_id == request_id
    )
    row = conn.execute(query.order_by(ACTIONS.c.id.desc()).limit(1)).first()
    return row.id if row else None


@api.writer
def apply(conn, instance_uuid: str, event: dict) -> None:
    """Begin or end one step of the action that belongs to a request.

    `event`: `op` (start or finish), `event` (name), `request_id`, `host`; for finish also `result` (Success or
    Error), `start_time` (ISO text, UTC; used when the start was not told before), `traceback`, `details`, and
    `action_finished` when the action is done with it. An action that nobody began (a periodic task's work) has no
    steps: nothing is written.
    """
    action_id = _find(conn, instance_uuid, event["request_id"])
    if action_id is None:
        return
    now = utcnow()
    touched: dict = {"updated_at": now}
    if event["op"] == "start":
        conn.execute(
            sa.insert(EVENTS).values(
                action_id=action_id,
                event=event["event"],
                host=event.get("host"),
                start_time=now,
                updated_at=now,
            )
        )
    else:
        last = conn.execute(
            sa.select(EVENTS.c.id)
            .where(
                EVENTS.c.action_id == action_id,
                EVENTS.c.event == event["event"],
                EVENTS.c.finish_time.is_(None),
            )
            .order_by(EVENTS.c.id.desc())
            .limit(1)
        ).first()
        values = {
            "finish_time": now,
            "updated_at": now,
            "result": event["result"],
            "traceback": event.get("traceback"),
            "details": (event.get("details") or "")[:255] or None,
        }
        if last is not None:
            conn.execute(sa.update(EVENTS).where(EVENTS.c.id == last.id).values(values))
        else:  # a step that is told only when it is over
            begun = datetime.datetime.fromisoformat(event["start_time"]) if event.get("start_time") else now
            row = {
                "action_id": action_id,
                "event": event["event"],
                "host": event.get("host"),
                "start_time": begun,
            }
            conn.execute(sa.insert(EVENTS).values(values | row))
        if event["result"] == "Error":
            touched["message"] = "Error"
        if event.get("action_finished", True):
            touched["finish_time"] = now
    conn.execute(sa.update(ACTIONS).where(ACTIONS.c.id == action_id).values(touched))


@api.writer
def finish(conn, instance_uuid: str, request_id: str, message: str | None = None) -> None:
    """End an action, with `Error` as message when it failed."""
    action_id = _find(conn, instance_uuid, request_id)
    if action_id is not None:
        values = {"finish_time": utcnow(), "updated_at": utcnow()} | ({"message": message} if message else {})
        conn.execute(sa.update(ACTIONS).where(ACTIONS.c.id == action_id).values(values))


@api.reader
def get(conn, instance_uuid: str, request_id: str) -> dict:
    """Return the action of a request.

    Raises:
        InstanceActionNotFound: there is none.
    """
    query = sa.select(ACTIONS).where(
        ACTIONS.c.instance_uuid == instance_uuid, ACTIONS.c.request_id == request_id
    )
    row = conn.execute(query.order_by(ACTIONS.c.id.desc())).mappings().first()
    if row is None:
        raise exception.InstanceActionNotFound(request_id=request_id, instance_uuid=instance_uuid)
    return dict(row)


@api.reader
def events(conn, action_id: int) -> list:
    """Return the steps of an action, newest first."""
    return list(
        conn.execute(
            sa.select(EVENTS).where(EVENTS.c.action_id == action_id).order_by(EVENTS.c.id.desc())
        ).mappings()
    )


@api.reader
def page(
    conn, instance_uuid: str, *, marker: str | None = None, limit: int | None = None, since=None, before=None
) -> list[dict]:
    """Return the actions of a server, newest first.

    Args:
        conn: the connection.
        instance_uuid: the server, which may be deleted.
        marker: request id of the action that the page begins after.
        limit: most actions.
        since: changed at this time or later (naive UTC).
        before: changed at this time or earlier (naive UTC).

    Raises:
        MarkerNotFound: there is no such action.
    """
    mine = ACTIONS.c.instance_uuid == instance_uuid
    query = sa.select(ACTIONS).where(mine)
    if since is not None:
        query = query.where(ACTIONS.c.updated_at >= since)
    if before is not None:
        query = query.where(ACTIONS.c.updated_at <= before)
    if marker is not None:
        last = conn.execute(
            sa.select(sa.func.max(ACTIONS.c.id)).where(mine, ACTIONS.c.request_id == marker)
        ).scalar()
        if last is None:
            raise exception.MarkerNotFound(marker=marker)
        query = query.where(ACTIONS.c.id < last)
    query = query.order_by(ACTIONS.c.id.desc())
    if limit is not None:
        query = query.limit(limit)
    return [dict(row) for row in conn.execute(query).mappings()]
