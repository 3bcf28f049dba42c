"""The list endpoints of Harvest v3 that the sandbox knows: rows, documented filters, scope."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from plugin.sandbox import plan_rows, rows
from plugin.sandbox.filters import (
    Filter,
    any_id,
    dates,
    exact,
    flag,
    ids,
    in_list,
    include,
    instants,
    nothing,
    one_id,
    word,
)
from plugin.sandbox.rows import Row, View

INTERVIEW_STATUSES = (
    "to_be_scheduled",
    "scheduled",
    "awaiting_feedback",
    "complete",
    "collect_feedback",
    "skipped",
    "to_be_sent",
    "sent",
    "received",
)
APPLICATION_STATUSES = {  # trap 6: asked for as active, answered as in_process
    "active": "in_process",
    "rejected": "rejected",
    "hired": "hired",
    "converted": "converted",
}
RESPONSES = ("needs_action", "declined", "tentative", "accepted")


@dataclass(frozen=True)
class Resource:
    name: str
    rows: Callable[[View], Iterable[Row]]
    filters: Mapping[str, Filter]
    unless_asked: Mapping[str, str] = field(default_factory=dict)
    """Filters with the text that holds when the parameter is absent."""

    @property
    def scope(self) -> str:
        return f"harvest:{self.name}:list"


COMMON: Mapping[str, Filter] = {
    "ids": ids("id"),
    "created_at": instants("created_at"),
    "updated_at": instants("updated_at"),
}


def _filters(**filters: Filter) -> Mapping[str, Filter]:
    return {**COMMON, **filters}


def _mails(row: Row) -> list[str]:
    return [each["value"] for each in row["email_addresses"]]


RESOURCES: Mapping[str, Resource] = {
    each.name: each
    for each in (
        Resource(
            "interviews",
            rows.interviews,
            _filters(
                job_ids=ids("job_id"),
                application_ids=ids("application_id"),
                job_interview_ids=ids("job_interview_id"),
                organizer_ids=ids("organizer_id"),
                starts_at=instants("starts_at"),
                ends_at=instants("ends_at"),
                all_day_start_on=dates("all_day_start_on"),
                all_day_end_on=dates("all_day_end_on"),
                external_event_id=exact("external_event_id"),
                status=word("status", INTERVIEW_STATUSES),
            ),
        ),
        Resource(
            "interviewers",
            rows.interviewers,
            _filters(
                interview_ids=ids("interview_id"),
                user_ids=ids("user_id"),
                scorecard_ids=ids("scorecard_id"),
                response_status=word("response_status", RESPONSES),
            ),
        ),
        Resource(
            "scorecards",
            rows.scorecards,
            _filters(
                application_ids=ids("application_id"),
                interviewer_ids=ids("interviewer_id"),
                submitter_ids=ids("submitter_id"),
                interview_kit_ids=ids("interview_kit_id"),
                interviewed_at=instants("interviewed_at"),
                submitted_at=instants("submitted_at"),
                status=word("status", ("draft", "complete")),
            ),
        ),
        Resource(
            "applications",
            rows.applications,
            _filters(
                candidate_ids=ids("candidate_id"),
                job_ids=ids("job_id"),
                prospective_job_ids=any_id("prospective_job_ids"),
                job_post_ids=ids("job_post_id"),
                source_ids=ids("source_id"),
                referrer_ids=ids("referrer_id"),
                stage_ids=ids("stage_id"),
                status=word("status", APPLICATION_STATUSES),
                stage_name=exact("stage_name"),
                last_activity_at=instants("last_activity_at"),
                prospect=flag("prospect"),
                custom_field_option_id=nothing,
            ),
        ),
        Resource(
            "candidates",
            rows.candidates,
            _filters(
                email=in_list(_mails),
                tag=in_list(lambda row: row["tags"]),
                private=include("private"),
                last_activity_at=instants("last_activity_at"),
                custom_field_option_id=nothing,
            ),
        ),
        Resource(
            "jobs",
            plan_rows.jobs,
            _filters(
                status=word("status", ("open", "draft", "closed")),
                opened_at=instants("opened_at"),
                closed_at=instants("closed_at"),
                requisition_id=exact("requisition_id"),
                department_id=one_id("department_id"),
                office_id=any_id("office_ids"),
                confidential=flag("confidential"),
                custom_field_option_id=nothing,
            ),
        ),
        Resource(
            "job_interview_stages",
            plan_rows.job_interview_stages,
            _filters(job_ids=ids("job_id"), active=flag("active")),
        ),
        Resource(
            "job_interviews",
            plan_rows.job_interviews,
            _filters(
                job_ids=ids("job_id"),
                job_interview_stage_ids=ids("job_interview_stage_id"),
                active=flag("active"),
                scheduling_type=word(
                    "scheduling_type", ("none", "needs_scheduling", "take_home_test", "offer")
                ),
            ),
        ),
        Resource(
            "interview_kits",
            plan_rows.interview_kits,
            _filters(job_ids=ids("job_id"), job_interview_ids=ids("job_interview_id")),
        ),
        Resource(
            "default_interviewers",
            plan_rows.default_interviewers,
            _filters(user_ids=ids("user_id"), interview_kit_ids=ids("interview_kit_id")),
        ),
        Resource(
            "application_stages",
            rows.application_stages,
            _filters(
                application_ids=ids("application_id"),
                job_interview_stage_ids=ids("job_interview_stage_id"),
                current=flag("current"),
            ),
        ),
        Resource(
            "job_owners",
            plan_rows.job_owners,
            _filters(
                user_ids=ids("user_id"),
                job_ids=ids("job_id"),
                type=word("type", ("sourcer", "recruiter", "coordinator")),
            ),
        ),
        Resource(
            "job_hiring_managers",
            plan_rows.job_hiring_managers,
            _filters(user_ids=ids("user_id"), job_ids=ids("job_id")),
        ),
        Resource(
            "users",
            rows.users,
            _filters(
                deactivated=flag("deactivated"),
                primary_email=exact("primary_email"),
                office_ids=any_id("office_ids"),
                department_ids=any_id("department_ids"),
                interviewer_tag_ids=any_id("interviewer_tags"),
                employee_ids=exact("employee_id"),
                agency_ids=ids("agency_id"),
                linked_candidate_ids=any_id("linked_candidate_ids"),
                show_service_accounts=include("_service"),
                external_office_id=nothing,
                external_department_id=nothing,
                custom_field_option_id=nothing,
            ),
            unless_asked={"show_service_accounts": "false"},
        ),
        Resource(
            "user_emails",
            rows.user_emails,
            _filters(
                user_ids=ids("user_id"), email=exact("email", fold=True), verified=flag("verified")
            ),
        ),
        Resource(
            "departments",
            plan_rows.departments,
            _filters(parent_id=one_id("parent_id"), external_id=exact("external_id")),
        ),
        Resource(
            "offices",
            plan_rows.offices,
            _filters(parent_id=one_id("parent_id"), external_id=exact("external_id")),
        ),
        Resource(
            "rejection_details",
            rows.rejection_details,
            _filters(
                application_ids=ids("application_id"),
                rejection_reason_ids=ids("rejection_reason_id"),
            ),
        ),
        Resource(
            "rejection_reasons",
            plan_rows.rejection_reasons,
            _filters(include_defaults=include("_default")),
            unless_asked={"include_defaults": "false"},
        ),
    )
}
