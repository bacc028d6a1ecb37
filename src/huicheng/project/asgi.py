"""Which door answers which address. Data doors are raw ASGI; everything else is Django's."""

from __future__ import annotations

from collections.abc import Mapping

from huicheng.api.http import App, Receive, Scope, Send


def compose(doors: Mapping[str, App], otherwise: App) -> App:
    """An app that hands a request to the door whose prefix its path has.

    A prefix ending in ``/`` takes the folder, any other exactly that path.
    """
    folders = tuple((prefix, door) for prefix, door in doors.items() if prefix.endswith("/"))
    exact = {path: door for path, door in doors.items() if not path.endswith("/")}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        for prefix, door in folders:
            if path.startswith(prefix):
                return await door(scope, receive, send)
        return await exact.get(path, otherwise)(scope, receive, send)

    return app
