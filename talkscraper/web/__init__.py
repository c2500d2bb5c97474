"""The web interface: reading room and replay on two origins in one process, so that archived pages can't reach the UI.

| module | content |
| --- | --- |
| ``server`` | two listeners, one process, a graceful shutdown |
| ``connections`` | limits on connections |
| ``streams`` | streamed responses, ended when the client disconnects, limited in number |
| ``rewritten`` | responses made by the processes of ``replay/rewriter.py`` |
| ``request_guard`` | hosts, methods, and the security headers of every response |
| ``connection_pool`` | a pool of read-only database connections with limits |
| ``templates`` | templates and their filters |
| ``replay_app``, ``memento_routes`` | the replay origin |
| ``reading_room`` | the reading room's routes |
"""
