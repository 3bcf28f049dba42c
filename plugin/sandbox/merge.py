"""Merge's unified ATS API over one world (other-ats.md 4), as one linked account sees it.

Merge reads the source ATS every so often and answers from its own copy. Order of checks: key and
account token (401), rate (429), path (404), parameters (400).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, Request, Response, request

from connectors.model import ApplicationState, Kind, utc
from plugin.sandbox.dialect import SECRET, WEBHOOK_SECRET, Dialect, answer
from plugin.sandbox.entities import Application, Entity, Interview, Seat
from plugin.sandbox.filters import Refused
from plugin.sandbox.gate import RateWindow
from plugin.sandbox.meetings import forms, handed_in
from plugin.sandbox.merge_posts import habits
from plugin.sandbox.merge_rows import LISTINGS, Copy, Listing
from plugin.sandbox.rows import Row, stamp
from plugin.sandbox.webhooks import Event

ACCOUNT_TOKEN = "practice-account-token"
PAGE_SIZE = 30
MOST_PER_PAGE = 100
PROBED = timedelta(days=60)
EVERYWHERE = {"cursor", "page_size", "remote_id", "expand", "show_enum_origins"} | {
    "created_after",
    "created_before",
    "modified_after",
    "modified_before",
    "include_deleted_data",
    "include_remote_data",
    "include_shell_data",
}
STAMPS: Mapping[str, tuple[str, Callable[[datetime, datetime], bool]]] = {
    "created_after": ("created_at", lambda told, asked: told > asked),
    "created_before": ("created_at", lambda told, asked: told < asked),
    "modified_after": ("modified_at", lambda told, asked: told > asked),
    "modified_before": ("modified_at", lambda told, asked: told < asked),
}
MODELS = {
    "interviews": "ScheduledInterview",
    "scorecards": "Scorecard",
    "users": "RemoteUser",
    "applications": "Application",
    "candidates": "Candidate",
    "jobs": "Job",
    "job-interview-stages": "JobInterviewStage",
    "departments": "Department",
}


class Merge(Dialect):
    """``limit`` counts requests a minute (100: the smallest plan).

    ``every``: how often Merge reads the source (at whole multiples of it; None: always up to
    date); ``linked_at``: when the account was linked, and so everything older first written;
    ``scorecards``: whether the source ATS gives any; ``linked_cards``: whether they name their
    interview; ``cancelled_is_deleted``: how a cancelled interview shows, if not as the ATS's own
    word; ``padded``: whether signatures end in ``=`` signs.
    """

    name = "merge"
    title = "Merge unified ATS"
    prefix = "/merge/api/ats/v1/"
    has_undated = True
    has_statuses = True
    drafts_have_ids = False
    cannot_tell = frozenset(
        {
            "application.ats_status",
            "application.coordinator_id",
            "application.recruiter_id",
            "application.url",
            "interview.ats_status",
            "interview.name",
            "interview.updated_at",
            "job.coordinator_ids",
            "person.manager_id",
            "scorecard.attendance",
            "scorecard.required",
            "scorecard.submitter_id",
            "scorecard.updated_at",
            "scorecard.url",
            "job.is_open",
            "person.zone",
        }
    )
    """The words of an interview's status are Merge's own, its name is that of the job's stage, and
    stamps are those of Merge's copy."""

    def __init__(
        self,
        *,
        secret: str = SECRET,
        webhook_secret: str = WEBHOOK_SECRET,
        limit: int | None = None,
        sees_private: bool = True,
        every: timedelta | None = None,
        linked_at: datetime | None = None,
        scorecards: bool = True,
        linked_cards: bool = True,
        cancelled_is_deleted: bool = True,
        padded: bool = True,
    ) -> None:
        self._secret, self.webhook_secret = secret, webhook_secret
        self._rate = RateWindow(100 if limit is None else limit, 60)
        self.sees_private = sees_private
        self._every, self._linked_at = every, linked_at
        self._scorecards, self._linked_cards = scorecards, linked_cards
        self.habits = habits(padded=padded)
        self._cancelled_is_deleted = cancelled_is_deleted
        self._revoked = False
        self._rendered: tuple[object, dict[str, dict[str, Row]]] = (None, {})

    # -- what the account can tell

    def application_state(self, application: Application, now: datetime) -> ApplicationState:
        """Merge knows rejections; somebody hired looks like somebody in process."""
        rejected = application.status.at(now) == "rejected"
        return ApplicationState.REJECTED if rejected else ApplicationState.ACTIVE

    def can_tell(self, seat: Seat, now: datetime) -> bool:
        """Not in an account without a scorecard for 60 days, nor of one that was deleted."""
        mine = [f for f in forms(seat.interview, now) if f.card.interviewer is seat.person]
        lives = any(form.completed_at and not form.deleted_at for form in mine)
        return (lives and self._scorecards) or (
            self._tells(now) and not any(form.deleted_at for form in mine)
        )

    def _tells(self, now: datetime) -> bool:
        return self._scorecards and any(
            form.completed_at and form.completed_at >= now - PROBED
            for interview in self.place.world.interviews
            for form in handed_in(interview, now)
        )

    def lists(self, interview: Interview, now: datetime) -> bool:
        cancelled = self._cancelled_is_deleted and interview.fixed.at(now) == "skipped"
        return super().lists(interview, now) and not cancelled

    # -- the copy

    def synced_at(self, now: datetime) -> datetime:
        """When Merge last read the source."""
        if self._every is None:
            return now
        since = datetime(1970, 1, 1, tzinfo=UTC)
        return now - (now - since) % self._every

    def written_at(self, at: datetime) -> datetime:
        """When Merge wrote down what became true at ``at``."""
        read_at = self.synced_at(at)
        if read_at < at and self._every:
            read_at += self._every
        return max(read_at, self._linked_at) if self._linked_at else read_at

    def _copy(self, now: datetime) -> Copy:
        asof = self.synced_at(now)
        return Copy(
            self.place.world,
            asof,
            self.written_at,
            self.id_of,
            self._scorecards,
            self._linked_cards,
            self._cancelled_is_deleted,
        )

    def tables(self, now: datetime) -> dict[str, dict[str, Row]]:
        """All rows by path and id, rendered once for each state of the copy."""
        copy = self._copy(now)
        state = (copy.asof, copy.world.version)
        if self._rendered[0] != state:
            hidden = self._hidden(copy)
            tables = {
                path: {row["id"]: row for row in listing.rows(copy) if row["id"] not in hidden}
                for path, listing in LISTINGS.items()
            }
            self._rendered = (state, tables)
        return self._rendered[1]

    def _hidden(self, copy: Copy) -> set[str]:
        world = copy.world
        everything: dict[Kind, Iterable[Entity]] = {
            Kind.JOB: world.jobs,
            Kind.CANDIDATE: world.candidates,
            Kind.APPLICATION: world.applications,
            Kind.INTERVIEW: world.interviews,
        }
        return {
            self.id_of(kind, each)
            for kind, entities in everything.items()
            for each in entities
            if not self.sees(kind, each)
        }

    # -- routes

    def blueprint(self) -> Blueprint:
        routes = Blueprint("merge", __name__)
        routes.get(f"{self.prefix}<path:path>")(self.serve)
        return routes

    def serve(self, path: str) -> Response:
        if not self._may_enter(request):
            return self.problem(401, "Invalid API key or account token.")
        if not self._rate.take(self.place.clock()).allowed:
            return self.problem(429, "Too many requests.")
        listing, _, name = path.partition("/")
        try:
            if path == "sync-status":
                return answer(self._page(self.sync_status(), request.args, LISTINGS["users"]))
            if listing not in LISTINGS:
                return self.problem(404, "Not found.")
            if name:
                return self._one(listing, name)
            return answer(self._list(listing, request.args))
        except Refused as refusal:
            return self.problem(400, str(refusal))

    def _may_enter(self, asked: Request) -> bool:
        return (
            not self._revoked
            and asked.headers.get("Authorization") == f"Bearer {self._secret}"
            and asked.headers.get("X-Account-Token") == ACCOUNT_TOKEN
        )

    def _one(self, path: str, name: str) -> Response:
        unknown = set(request.args) - {"expand", "include_remote_data", "include_shell_data"}
        if unknown:
            raise Refused(f"unknown parameter {sorted(unknown)[0]}")
        row = self.tables(self.place.now())[path].get(name)
        if row is None:
            return self.problem(404, "Not found.")
        return answer(self._expanded(path, row, _expand(LISTINGS[path], request.args)))

    def _list(self, path: str, args: Mapping[str, str]) -> dict[str, Any]:
        listing = LISTINGS[path]
        unknown = set(args) - EVERYWHERE - set(listing.filters)
        if unknown:
            raise Refused(f"unknown parameter {sorted(unknown)[0]}")
        rows: Iterable[Row] = self.tables(self.place.now())[path].values()
        if args.get("include_deleted_data", "false").lower() != "true":
            rows = (row for row in rows if not row["remote_was_deleted"])
        for parameter, column in (*listing.filters.items(), ("remote_id", "remote_id")):
            if parameter in args:
                rows = [row for row in rows if row[column] == args[parameter]]
        for parameter, (column, fits) in STAMPS.items():
            if parameter in args:
                asked = _moment(parameter, args[parameter])
                rows = [row for row in rows if fits(utc(row[column]), asked)]
        page = self._page(list(rows), args, listing)
        expand = _expand(listing, args)
        page["results"] = [self._expanded(path, row, expand) for row in page["results"]]
        return page

    def _page(self, rows: list[Row], args: Mapping[str, str], listing: Listing) -> dict[str, Any]:
        """The cursor is opaque; ours holds the stamp and id of the last row."""
        size = args.get("page_size", str(PAGE_SIZE))
        if not size.isdigit() or not 0 < int(size) <= MOST_PER_PAGE:
            raise Refused(f"page_size must be 1 to {MOST_PER_PAGE}")
        rows = sorted(rows, key=_place)
        if "cursor" in args:
            after = _opened(args["cursor"])
            rows = [row for row in rows if _place(row) > after]
        shown, rest = rows[: int(size)], rows[int(size) :]
        return {
            "next": _sealed(_place(shown[-1])) if rest else None,
            "previous": args.get("cursor"),
            "results": shown,
        }

    def _expanded(self, path: str, row: Row, expand: Sequence[str]) -> Row:
        tables, shown = self.tables(self.place.now()), dict(row)
        for column in expand:
            table, value = tables[LISTINGS[path].expands[column]], row[column]
            if isinstance(value, list):
                shown[column] = [table.get(each, each) for each in value]
            elif value is not None:
                shown[column] = table.get(value, value)
        return shown

    def sync_status(self) -> list[Row]:
        """One row for each model that the source ATS gives."""
        asof = self.synced_at(self.place.now())
        return [
            {
                "model_name": model,
                "model_id": f"ats.{model}",
                "last_sync_start": stamp(asof),
                "next_sync_start": stamp(asof + (self._every or timedelta())),
                "last_sync_result": "DONE",
                "last_sync_finished": stamp(asof),
                "data_fresh_as_of": stamp(asof),
                "status": "DONE",
                "is_initial_sync": False,
            }
            for path, model in MODELS.items()
            if path != "scorecards" or self._scorecards
        ]

    # -- the rest of a dialect

    def environment(self) -> dict[str, str]:
        return {
            "MERGE_API_KEY": self._secret,
            "MERGE_ACCOUNT_TOKEN": ACCOUNT_TOKEN,
            "MERGE_API_URL": self.api_url,
            "MERGE_WEBHOOK_KEY": self.webhook_secret,
        }

    @property
    def endpoints(self) -> Sequence[str]:
        return (*LISTINGS, "sync-status")

    def events(self, after: datetime, until: datetime) -> list[Event]:
        """A record that was written in (after, until], and the end of each reading of the source.

        Told once for each, as it stands at ``until``.
        """
        told = list(self._record_events(after, until))
        synced_at = self.synced_at(until)
        if self._every and synced_at > after:
            status = {"sync_status": {row["model_id"]: row for row in self.sync_status()}}
            told.append(Event(synced_at, "LinkedAccount.synced", status))
        return sorted(told, key=lambda event: event.at)

    def _record_events(self, after: datetime, until: datetime) -> Iterator[Event]:
        for path, rows in self.tables(until).items():
            for row in rows.values():
                at = utc(row["modified_at"])
                if after < at <= until:
                    word = "removed" if row["remote_was_deleted"] else "changed"
                    yield Event(at, f"{MODELS[path]}.{word}", row)

    def problem(self, status: int, message: str, **headers: str) -> Response:
        return answer({"detail": message}, status, **headers)

    def revoke(self) -> None:
        self._revoked = True

    def expired_cursor(self, request: Request) -> Response | None:
        return self.problem(400, "Invalid cursor.") if "cursor" in request.args else None

    def loop(self, request: Request, response: Response) -> None:
        content = json.loads(response.get_data())
        content["next"] = request.args.get("cursor") or _sealed(("", ""))
        response.set_data(json.dumps(content))

    def rows_of(self, content: Any) -> Iterable[dict[str, Any]]:
        rows: list[dict[str, Any]] = content.get("results", [content])
        return rows


def _place(row: Row) -> tuple[str, str]:
    return str(row.get("modified_at", "")), str(row.get("id", row.get("model_id")))


def _sealed(place: tuple[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def _opened(cursor: str) -> tuple[str, str]:
    try:
        stamped, name = json.loads(base64.urlsafe_b64decode(cursor))
    except ValueError:
        raise Refused("Invalid cursor.") from None
    return stamped, name


def _moment(parameter: str, text: str) -> datetime:
    try:
        return utc(text)
    except ValueError:
        raise Refused(f"{parameter} must be an instant") from None


def _expand(listing: Listing, args: Mapping[str, str]) -> list[str]:
    wanted = [each for each in args.get("expand", "").split(",") if each]
    unknown = set(wanted) - set(listing.expands)
    if unknown:
        raise Refused(f"cannot expand {sorted(unknown)[0]}")
    return wanted
