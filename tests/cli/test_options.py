"""What commands print."""

from rich.table import Table

from talkscraper.cli.options import console


def test_a_pipe_gets_tables_whole(capsys):
    """Cron's mail and grep see every cell, however many columns there are."""
    table = Table(box=None)
    for number in range(12):
        table.add_column(f"column {number}")
    table.add_row(*["a-cell-of-twenty-chars"] * 12)
    console().print(table)
    assert capsys.readouterr().out.count("a-cell-of-twenty-chars") == 12
