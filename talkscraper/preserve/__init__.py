"""Preservation of the archive: repair, verify, import, extraction again, takedown, backup. None of it uses the network.

| module | content |
| --- | --- |
| ``findings`` | the kinds of faults in a file, an index line or a row |
| ``archive_files`` | the files of an archive and their places |
| ``scan/`` | one pass over any WARC: records with positions and digests, and their captures |
| ``reconciliation``, ``recovery`` | rows corrected from records; repair after a killed run |
| ``check/`` | ``verify``: files, indexes, rows and articles compared with each other |
| ``extract``, ``comparison`` | ``extract`` and ``extract --compare`` |
| ``foreign/`` | ``import``: format detection, copies, rows and index of files from elsewhere |
| ``mend/`` | ``repair``: corrects what ``verify`` finds |
| ``takedown/``, ``receipts`` | ``takedown``, and receipts that outlive the database |
| ``backup``, ``copies`` | ``backup``, and known copies of the archive's content |
"""
