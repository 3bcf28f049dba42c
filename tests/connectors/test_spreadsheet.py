"""CSV import: whatever stands in the file, good rows come through and bad ones are named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.ats.spreadsheet import PAGE, DateOrder, SheetProblem, Spreadsheet, read
from connectors.model import Application, Candidate, Interview, InterviewState, Job, Person

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
HEADINGS = "interviewer email,interviewer,candidate,job,department,interview,start,end,submitted at"
ROW = "bo@example.com,Bo,Noor V.,Engineer,Platform,Systems,2026-11-03 14:00,2026-11-03 15:00,"

Read = Callable[..., Spreadsheet]


@pytest.fixture
def sheet(tmp_path: Path) -> Read:
    def read_text(
        text: str | bytes,
        *,
        columns: dict[str, str] | None = None,
        dates: DateOrder | None = None,
        zone: ZoneInfo = BERLIN,
    ) -> Spreadsheet:
        path = tmp_path / "interviews.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read(path, zone=zone, now=NOW, columns=columns, dates=dates)

    return read_text


def interviews(sheet: Spreadsheet) -> list[Interview]:
    return [r for page in sheet.pages() for r in page.records if isinstance(r, Interview)]


def end_of(cell: str, sheet: Read, dates: DateOrder | None = None) -> datetime | date | str:
    """What a cell of the column ``end`` is read as, or why it is not."""
    found = sheet(f'email,candidate,end\nbo@example.com,Noor,"{cell}"\n', dates=dates)
    if found.bad_rows:
        return found.bad_rows[0].reason
    interview = interviews(found)[0]
    return interview.ends_at or interview.ends_on or "neither"


def test_a_row_becomes_an_interview_with_everything_that_hangs_on_it(sheet: Read) -> None:
    found = sheet(f"{HEADINGS},recruiter email\n{ROW}2026-11-04T09:00:00Z,ada@example.com\n")
    [page] = found.pages()
    bo, ada, candidate, job, application, interview = page.records
    assert bo == Person("bo@example.com", "Bo", "bo@example.com")
    assert ada == Person("ada@example.com", "ada@example.com", "ada@example.com")
    assert isinstance(candidate, Candidate)
    assert candidate.name == "Noor V."
    assert isinstance(job, Job)
    assert (job.name, job.department) == ("Engineer", "Platform")
    assert isinstance(application, Application)
    assert (application.candidate_id, application.job_id) == (candidate.id, job.id)
    assert application.recruiter_id == "ada@example.com"
    assert isinstance(interview, Interview)
    assert interview.ends_at == datetime(2026, 11, 3, 14, tzinfo=UTC)
    assert interview.scorecards[0].submitted_at == datetime(2026, 11, 4, 9, tzinfo=UTC)
    assert interview.panel_complete
    assert (page.read_at, page.fraction) == (NOW, 1.0)
    assert (found.interviews, found.scorecards, found.bad_rows) == (1, 1, ())


def test_rows_of_one_interview_need_not_stand_together(sheet: Read) -> None:
    other = ROW.replace("Systems", "Portfolio")
    cy = ROW.replace("bo@example.com,Bo", "CY@Example.com,Cy")
    found = sheet("\n".join([HEADINGS, ROW, other, cy]))
    assert (found.interviews, found.scorecards) == (2, 3)
    panel = [card.interviewer_id for card in interviews(found)[0].scorecards]
    assert panel == ["bo@example.com", "cy@example.com"]


def test_the_same_rows_in_another_order_have_the_same_ids(sheet: Read) -> None:
    other = ROW.replace("Noor V.", "Sam O.")
    first = {i.id for i in interviews(sheet("\n".join([HEADINGS, ROW, other])))}
    second = {i.id for i in interviews(sheet("\n".join([HEADINGS, other, ROW.lower()])))}
    assert first == second
    assert len(first) == 2


def test_ids_of_the_file_are_kept_as_they_are(sheet: Read) -> None:
    found = sheet("Interview ID,application_id,e-mail,end\n007,A-1,b@example.com,2026-11-03\n")
    assert (interviews(found)[0].id, interviews(found)[0].application_id) == ("007", "A-1")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
def test_delimiter_and_encoding_are_found_out(delimiter: str, encoding: str, sheet: Read) -> None:
    text = "\r\n".join([HEADINGS, ROW.replace("Bo", "Bjørn")]).replace(",", delimiter)
    found = sheet(text.encode(encoding))
    assert found.delimiter == delimiter
    assert found.encoding == encoding.removesuffix("-sig")
    person = next(found.pages()).records[0]
    assert isinstance(person, Person)
    assert person.name == "Bjørn"


def test_headings_are_matched_without_case_spaces_and_underscores(sheet: Read) -> None:
    found = sheet("Interviewer_E-Mail,CANDIDATE NAME,Ended At,Shoe size\n")
    assert found.mapping == {
        "interviewer_email": "Interviewer_E-Mail",
        "candidate": "CANDIDATE NAME",
        "end": "Ended At",
    }
    assert found.unused == ("Shoe size",)


def test_a_heading_can_be_given_its_meaning(sheet: Read) -> None:
    found = sheet(
        "who,candidate,end,real end\nb@example.com,Noor,2026-11-03,2026-11-05\n",
        columns={"Who": "interviewer email", "real end": "end"},
    )
    assert interviews(found)[0].ends_on == date(2026, 11, 5)
    assert found.unused == ("end",)


@pytest.mark.parametrize(
    ("text", "columns", "words"),
    [
        ("", {}, "it is empty"),
        ("\n\n", {}, "it is empty"),
        ("name,end\n", {}, "no column is called 'interviewer email'"),
        ("email,candidate\n", {}, "no column is called 'start' or 'end'"),
        ("email,end\n", {}, "no column is called 'interview id' or 'candidate'"),
        ("email,email,candidate,end\n", {}, "two columns 'email'"),
        ("email,candidate,end\n", {"nope": "end"}, "there is no column 'nope'"),
        ("email,candidate,end\n", {"end": "finish"}, "there is no field 'finish'"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_one_sentence(
    text: str, columns: dict[str, str], words: str, sheet: Read
) -> None:
    with pytest.raises(SheetProblem, match=words) as caught:
        sheet(text, columns=columns)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("cell", "meant"),
    [
        ("2026-11-03 15:00", datetime(2026, 11, 3, 14, tzinfo=UTC)),
        ("2026-11-03T15:00:30", datetime(2026, 11, 3, 14, 0, 30, tzinfo=UTC)),
        ("2026-11-03T15:00Z", datetime(2026, 11, 3, 15, tzinfo=UTC)),
        ("2026-11-03 15:00 UTC", datetime(2026, 11, 3, 15, tzinfo=UTC)),
        ("2026-11-03T15:00:00.123+05:30", datetime(2026, 11, 3, 9, 30, tzinfo=UTC)),
        ("2026-11-03T15:00-0800", datetime(2026, 11, 3, 23, tzinfo=UTC)),
        ("2026/11/3 9:05", datetime(2026, 11, 3, 8, 5, tzinfo=UTC)),
        ("3.11.2026, 15:00", datetime(2026, 11, 3, 14, tzinfo=UTC)),
        ("3 Nov 2026 3:00 PM", datetime(2026, 11, 3, 14, tzinfo=UTC)),
        ("November 3, 2026 12:00 am", datetime(2026, 11, 2, 23, tzinfo=UTC)),
        ("25/12/2026 10:00", datetime(2026, 12, 25, 9, tzinfo=UTC)),
        ("12/25/2026 10:00", datetime(2026, 12, 25, 9, tzinfo=UTC)),
        ("04/04/2026", date(2026, 4, 4)),
        ("2026-11-03", date(2026, 11, 3)),
        # a skipped local time moves forward, one that happens twice is the first (case 53)
        ("2026-03-29 02:30", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        ("2026-10-25 02:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
    ],
)
def test_times_are_read_in_the_companys_zone_unless_they_say_another(
    cell: str, meant: datetime | date, sheet: Read
) -> None:
    assert end_of(cell, sheet) == meant


@pytest.mark.parametrize(
    "cell",
    [
        *("45963.58", "tomorrow", "2026-11-31", "2026-11-03 25:00", "2026-11-03 13:00 PM"),
        *("2026-11-03 15:00 CET", "3 Mär 2026", "0001-01-01", "9999-12-31", "15:00", "2026-W45-1"),
        "2026-11-03 15:00+99:00",
    ],
)
def test_what_is_not_clearly_a_time_is_refused(cell: str, sheet: Read) -> None:
    reason = end_of(cell, sheet)
    assert isinstance(reason, str)
    assert "'end'" in reason
    assert cell not in reason


def test_a_date_with_two_meanings_is_refused_until_the_order_is_given(sheet: Read) -> None:
    assert "--dates dmy" in str(end_of("03/04/2026", sheet))
    assert end_of("03/04/2026", sheet, DateOrder.DMY) == date(2026, 4, 3)
    assert end_of("03/04/2026", sheet, DateOrder.MDY) == date(2026, 3, 4)
    assert "exists" in str(end_of("12/25/2026", sheet, DateOrder.DMY))


def test_an_interview_without_an_end_is_over_when_its_day_is(sheet: Read) -> None:
    found = sheet("email,candidate,start\nb@example.com,Noor,2026-11-03 23:30\n")
    [interview] = interviews(found)
    assert (interview.ends_at, interview.ends_on) == (None, date(2026, 11, 3))


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("Completed", InterviewState.STANDING),
        ("", InterviewState.STANDING),
        ("CANCELED", InterviewState.CANCELLED),
        ("no show", InterviewState.CANCELLED),
        ("To be scheduled", InterviewState.UNSCHEDULED),
        ("mañana", InterviewState.UNKNOWN),
    ],
)
def test_the_status_is_read_and_an_unknown_word_stays_unknown(
    status: str, state: InterviewState, sheet: Read
) -> None:
    found = sheet(f"{HEADINGS},status\n{ROW},{status}\n")
    assert interviews(found)[0].state is state


def test_one_of_the_panel_may_be_excused_or_have_declined(sheet: Read) -> None:
    cy, dee = (ROW.replace("bo@example.com,Bo", f"{who}@example.com,") for who in ("cy", "dee"))
    found = sheet(f"{HEADINGS},status\n{ROW},held\n{cy},not required\n{dee},declined\n")
    cards = interviews(found)[0].scorecards
    assert [card.required for card in cards] == [True, False, True]
    assert [card.attendance for card in cards] == [None, None, "declined"]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("not an address,Noor,,2026-11-03,,", "'interviewer email' is not a mail address"),
        (",Noor,,2026-11-03,,", "'interviewer email' is empty"),
        ("cy@example.com,,,2026-11-03,,", "'interview id' and 'candidate' are both empty"),
        ("cy@example.com,Noor,,,,", "'end' and 'start' are both empty"),
        ("cy@example.com,Noor,2026-11-04 10:00,2026-11-03 10:00,,", "'end' is before 'start'"),
        ("cy@example.com,Noor,,2026-11-03,javascript:alert(1),", "'url' does not begin with https"),
        ("cy@example.com,Noor,,2026-11-03,,submitted", "'submitted at' is empty"),
        ("cy@example.com,Noor,,2026-11-03,,,,,more", "has more cells than the heading"),
        ("cy@example.com,No\x00or,,2026-11-03,,", "NUL"),
        (f"{'c' * 200}@example.com,Noor,,2026-11-03,,", "not a mail address"),
    ],
)
def test_a_bad_row_is_named_by_its_line_and_the_others_come_through(
    row: str, words: str, sheet: Read
) -> None:
    good = "bo@example.com,Sam,,2026-11-03,,"
    found = sheet(
        f"email,candidate,start,end,url,status,submitted at\n\n{good}\n{row}\ndee{good}\n"
    )
    assert [(bad.line, words in bad.reason) for bad in found.bad_rows] == [(4, True)]
    assert found.scorecards == 2


def test_no_reason_repeats_a_name_from_the_file(sheet: Read) -> None:
    found = sheet("email,candidate,end\nNoor Vance,Noor Vance,Noor Vance\n")
    assert "Noor" not in found.bad_rows[0].reason


def test_a_line_break_inside_a_cell_does_not_spoil_the_count_of_lines(sheet: Read) -> None:
    found = sheet('email,candidate,end\nb@example.com,"Noor\nV.",2026-11-03\nbad,Sam,2026-11-03\n')
    assert [bad.line for bad in found.bad_rows] == [4]


def test_an_interview_that_lost_a_row_is_not_taken_as_complete(sheet: Read) -> None:
    lost = ROW.replace("bo@example.com", "bo at example.com")
    other = ROW.replace("Systems", "Portfolio")
    found = sheet("\n".join([HEADINGS, ROW, lost, other]))
    assert {i.name: i.panel_complete for i in interviews(found)} == {
        "Systems": False,
        "Portfolio": True,
    }


def test_after_a_row_that_belongs_nowhere_no_panel_is_taken_as_complete(sheet: Read) -> None:
    found = sheet("\n".join([HEADINGS, ROW, "cy@example.com,Cy,,,,,,,"]))
    assert [i.panel_complete for i in interviews(found)] == [False]


def test_the_same_row_twice_is_one_scorecard(sheet: Read) -> None:
    found = sheet("\n".join([HEADINGS, ROW, ROW]))
    assert (found.scorecards, found.bad_rows) == (1, ())


def test_rows_that_contradict_each_other_about_one_interview_are_bad(sheet: Read) -> None:
    head = "interview id,email,end,submitted at\n"
    first = "7,bo@example.com,2026-11-03,2026-11-04\n"
    found = sheet(head + first + "7,cy@example.com,2026-11-05,\n7,bo@example.com,2026-11-03,\n")
    assert [bad.line for bad in found.bad_rows] == [3, 4]
    assert "differs in 'ends on' from line 2" in found.bad_rows[0].reason
    assert "line 2 of the same person" in found.bad_rows[1].reason
    assert [i.panel_complete for i in interviews(found)] == [False]


def test_large_files_come_in_pages_and_nobody_is_told_twice(sheet: Read) -> None:
    rows = "".join(f"bo@example.com,Noor,I {n},2026-11-03\n" for n in range(2 * PAGE + 1))
    pages = list(sheet(f"email,candidate,interview,end\n{rows}").pages())
    sizes = [sum(isinstance(r, Interview) for r in page.records) for page in pages]
    assert sizes == [PAGE, PAGE, 1]
    people = [r for page in pages for r in page.records if isinstance(r, Person)]
    assert len(people) == 1
    assert [page.fraction for page in pages] == sorted(page.fraction or 0 for page in pages)
    assert pages[-1].fraction == 1.0


cells = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["bo@example.com", "2026-11-03 14:00", "03/04/2026", "cancelled", '"', "\x00"]),
)
junk = st.lists(st.lists(cells, max_size=8).map(",".join), max_size=8).map("\n".join)


@given(st.one_of(st.binary(max_size=200), junk.map(lambda t: t.encode("utf-8", "replace"))))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_junk_below_good_headings_never_does_more_than_make_bad_rows(
    sheet: Read, text: bytes
) -> None:
    head = b"email,candidate,interview,start,end,submitted at,status,url\n"
    found = sheet(head + text)
    assert sum(len(i.scorecards) for i in interviews(found)) == found.scorecards
    assert list(found.pages()) == list(found.pages())


@given(st.binary(max_size=200))
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_junk_instead_of_a_file_is_refused_in_one_sentence(sheet: Read, text: bytes) -> None:
    with pytest.raises(SheetProblem, match=r"^interviews\.csv cannot be imported: "):
        sheet(text)
