"""Meaning of the tables of what was told to people: messages about sources, and alerts of saved searches."""

from __future__ import annotations

from talkscraper.fields import TIME
from talkscraper.store.data_dictionary.meaning import TableMeaning

ALERTS = {
    "notifications": TableMeaning(
        "what was told of a source by one channel of `[notify]`",
        {
            "channel": "`email` or `webhook`",
            "source_id": "`sources.id`; empty for the runs themselves",
            "told": "the last diagnosis that was told, or `ok`",
            "told_at": f"when; NULL before the first message; {TIME}",
            "state": "the diagnosis of the last run that looked at it, or `ok`",
            "state_since": f"since when it is bad, or well; {TIME}",
            "changes": "number of messages about it since it was last steady for six hours",
        },
    ),
    "alert_states": TableMeaning(
        "a saved search of alerts.toml and one of its targets",
        {
            "alert": "its name in alerts.toml",
            "target": "`mail`, `webhook`, `file` or an e-mail address",
            "since": f"articles indexed at this time or later are looked at next; {TIME}",
            "told_at": f"when something was told last, if at the last look; {TIME}",
        },
    ),
    "alert_articles": TableMeaning(
        "an article that was told by an alert",
        {
            "alert": "its name in alerts.toml",
            "target": "`mail`, `webhook`, `file` or an e-mail address",
            "article_id": "`articles.id`",
            "told_at": TIME,
        },
    ),
}
