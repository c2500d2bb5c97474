"""``talkscraper init``."""

from __future__ import annotations

import click

from talkscraper.cli.options import console, folder_of, json_option, print_json, printable, typed_command
from talkscraper.errors import ExitCode, StorageError, UsageError


@click.command("init")
@click.option("--contact", metavar="URL", help="A web page about you, or your e-mail address, for the User-Agent.")
@json_option
@click.pass_context
def command(ctx: click.Context, *, contact: str | None, as_json: bool) -> int:
    """Create an archive folder with a sources.toml that has Talk of Nations in it.

    Existing files aren't overwritten.

    \b
    Examples:
      talkscraper init --contact https://example.org/our-crawler
      talkscraper --archive /srv/news init
    """
    from talkscraper.sources.load import default_toml
    from talkscraper.sources.values import ValueRefused, checked_contact

    folder = folder_of(ctx)
    path = folder.sources_toml
    text = default_toml()
    if contact is not None:
        try:
            checked_contact(contact)
        except ValueRefused as e:
            raise UsageError(f"--contact: {e}") from e
        text = text.replace('# contact = "https://example.org/our-crawler"', f'contact = "{contact}"')
    folder.make()
    try:
        with path.open("x", encoding="utf-8") as handle:
            handle.write(text)
    except FileExistsError as e:
        hint = "" if contact is None else f'; set contact = "{contact}" at its top, in place of one that is there'
        raise UsageError(f"{path} is there already: it is left as it is{hint}") from e
    except OSError as e:
        raise StorageError(f"can't write {path}: {e.strerror}") from e

    prefix = typed_command(ctx)
    steps = [f"{prefix} sources add https://www.example.org/", f"{prefix} sources check", f"{prefix} crawl"]
    if as_json:
        print_json({"archive": folder.root, "sources_toml": path, "contact": contact, "next": steps})
        return ExitCode.DONE
    screen = console()
    screen.print(f"{printable(str(folder.root))} is an archive now; its newsrooms are in {printable(str(path))}")
    if contact is None:
        screen.print(
            f"First write your contact into {printable(str(path))}: public newsrooms aren't crawled without it",
        )
    screen.print("Then")
    for step in steps:
        screen.print(f"  {printable(step)}")
    return ExitCode.DONE
