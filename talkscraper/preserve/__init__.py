"""Keeping the archive whole: repair, verify, import, extract again, takedown, backup. Nothing here fetches anything.

| where | what |
| --- | --- |
| ``findings`` | what can be wrong with a file, an index line or a row |
| ``places`` | the files of an archive and where they lie |
| ``scan/`` | one pass over any WARC: records with places and digests, and the captures they are |
| ``reconciling``, ``recovery`` | rows brought in line with records; what a killed run left |
| ``check/`` | ``verify``: everything held against everything |
| ``derive/`` | pages out of captures into articles; ``extract``, and what it would change |
| ``foreign/`` | ``import``: anyone's files: what they are, where they go, their rows and index |
| ``mend/`` | ``repair``: what ``verify`` finds, mended |
| ``takedown/``, ``receipts`` | ``takedown``, and receipts that outlive the database |
| ``backup``, ``copies`` | ``backup``, and where else the archive's content lies |
"""
