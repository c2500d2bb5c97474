"""The reading room and replay in a browser: two origins in one process, so that archived pages never meet the UI.

| module | what |
| --- | --- |
| ``serving`` | two listeners, one process, a graceful end |
| ``guard`` | hosts, methods, and the security headers of every answer |
| ``readers`` | a pool of read-only connections with limits |
| ``pages`` | templates, and errors as pages |
| ``replay_app``, ``memento_answers`` | the replay origin |
| ``room`` | the reading room's routes |
"""
