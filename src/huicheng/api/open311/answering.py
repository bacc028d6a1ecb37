"""From a view that gives a document or raises to an answer in the form asked for; errors too."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from huicheng.access import Subject
from huicheng.accounts.subjects import ANONYMOUS
from huicheng.api.faults import MethodNotAllowed, UnknownKey
from huicheng.api.open311.document import MEDIA, Document, encoded
from huicheng.api.problem import language_of, unforeseen
from huicheng.cases.errors import FormInvalid
from huicheng.errors import HuichengError, Invalid, NotFound
from huicheng.platform import current
from huicheng.web.texts import problem_of, remedy_of

View = Callable[..., Document]
#: The specification knows 400, 403 and 404 for what a client can mend; these say more and stay.
_KEPT_STATUSES = frozenset({400, 403, 404, 405, 429, 503})
_AS_403 = frozenset({401})
#: Field of the room → field of the specification.
_FIELDS = {
    "category": "service_code",
    "text": "description",
    "place": "lat, long",
    "address": "address_string",
    "division": "address_id",
    "photographs": "media",
}
_UNREADABLE = (SuspiciousOperation, BadRequest, MultiPartParserError, UnreadablePostError)


def answered(*methods: str) -> Callable[[View], Callable[..., HttpResponse]]:
    """A view of this door. It is asked by programs, so it carries no token of a page, and speaks as they ask."""

    def decorate(view: View) -> Callable[..., HttpResponse]:
        @csrf_exempt
        @wraps(view)
        def answer(request: HttpRequest, format: str = "", **named: str) -> HttpResponse:
            chosen = format or ("xml" if request.path.endswith(".xml") else "json")
            language = "en" if language_of(request.headers.get("Accept-Language", "")) == "en" else "zh-hans"
            with translation.override(language):
                document = _document(view, request, methods, named)
                response = HttpResponse(encoded(document, chosen), status=document.status, content_type=MEDIA[chosen])
            if document.status == 405:
                response.headers["Allow"] = ", ".join(methods)
            response.headers["Content-Language"] = language
            response.headers["Cache-Control"] = "no-store"
            return response

        return answer

    return decorate


def _document(view: View, request: HttpRequest, methods: tuple[str, ...], named: dict[str, str]) -> Document:
    if request.method not in {*methods, *(["HEAD"] if "GET" in methods else [])}:
        return _error(MethodNotAllowed(method=str(request.method)[:20], allowed=", ".join(methods)))
    try:
        return view(request, **named)
    except FormInvalid as invalid:
        return _errors(400, [f"{_field(name)}: {_(said)}" for name, said in invalid.errors.items()])
    except _UNREADABLE:
        return _errors(400, [_("What was sent could not be read, so nothing was changed.")])
    except HuichengError as error:
        return _error(error)
    except Exception as error:  # noqa: BLE001 - the last resort: logged with a number, never shown
        return _error(unforeseen(error))


def _field(name: str) -> str:
    asked = name.removeprefix("answers.")
    return f"attribute[{asked}]" if asked != name else _FIELDS.get(name, name)


def _error(error: HuichengError) -> Document:
    where = f"{error.place}: " if error.place else ""
    status = 403 if error.status in _AS_403 else error.status
    if status < 500 and status not in _KEPT_STATUSES:
        status = 400
    return _errors(status, [f"{where}{problem_of(error)} {remedy_of(error)}".strip()])


def _errors(status: int, descriptions: list[str]) -> Document:
    body = [{"code": status, "description": description} for description in descriptions]
    return Document(root="errors", body=body, status=status)


def sent_by(request: HttpRequest) -> QueryDict:
    """What a POST carries, form-encoded or multipart. ``Invalid`` for anything else."""
    if request.content_type not in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        raise Invalid(place="Content-Type", why="Send it as application/x-www-form-urlencoded or multipart/form-data.")
    return request.POST


def asker(request: HttpRequest, sent: QueryDict) -> Subject:
    """The program behind ``api_key`` (or the headers of the other data doors), else nobody. ``UnknownKey``."""
    bearer = request.headers.get("Authorization", "").partition("Bearer ")[2]
    key = sent.get("api_key", "") or request.headers.get("X-API-Key", "") or bearer
    if not key:
        return ANONYMOUS
    subject = current().authority.subject_of_key(key.strip())
    if subject is None:
        raise UnknownKey
    return subject


def check_jurisdiction(sent: QueryDict) -> None:
    """One district is served: its GB/T 2260 code may be named, and no other. ``NotFound``."""
    named = sent.get("jurisdiction_id", "").strip()
    if named and all(named not in {one.code, one.code[:6]} for one in current().divisions.at("district")):
        raise NotFound(what="jurisdiction_id", key=named[:60])
