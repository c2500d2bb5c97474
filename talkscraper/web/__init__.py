"""The reading room and replay in a browser: two origins in one process, so that archived pages never meet the UI.

| module | what |
| --- | --- |
| ``serving`` | two listeners, one process, a graceful end |
| ``connections`` | how many there may be, and how long one may keep others waiting |
| ``streams`` | answers of any length, closed when their reader goes away, few at a time |
| ``rewritten`` | answers that the processes of ``replay/rewriter.py`` make |
| ``guard`` | hosts, methods, and the security headers of every answer |
| ``readers`` | a pool of read-only connections with limits |
| ``pages`` | templates, and errors as pages |
| ``replay_app``, ``memento_answers`` | the replay origin |
| ``room`` | the reading room's routes |
"""
