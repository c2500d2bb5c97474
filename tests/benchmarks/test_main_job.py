"""The table of the main job: medians by the pages that each program was given, and what failed."""

from main_job import Cost, Way, table


def test_programs_with_fewer_pages_are_compared_by_page_and_failures_have_rows_of_their_own():
    does = Way("articles", lambda _: [], lambda _: 0)
    costs = {
        "talkscraper": [Cost(100, 10.0, 5.0, 300.0, 1_000_000, 100)],
        "slow": [Cost(10, 10.0, 5.0, 200.0, 10_000, 9)],
    }
    lines = list(table(dict.fromkeys(costs, does), costs, {"broken": "exit code 1"}))
    assert lines[2:] == [
        "| talkscraper | articles | 10.0 | 1.00 | 50.0 | 300 | 10.0 | 100 | 100 |",
        "| slow | articles | 1.0 | 0.10 | 500.0 | 200 | 1.0 | 10 | 9 |",
        "| broken | failed: exit code 1 | | | | | | | |",
    ]
