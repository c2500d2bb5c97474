"""Preservation of the archive: repair, verify, import, extraction again, takedown, backup. None of it uses the network.

| module | content |
| --- | --- |
| ``findings`` | what can be wrong with a file, an index line or a row, and its level |
| ``archive_files`` | the files of an archive, their names and places |
| ``capture_rows`` | the captures of a WARC, from its records |
| ``reconciliation``, ``recovery`` | rows and index corrected from records; repair after a killed run |
| ``verify`` | files, indexes, rows and articles compared with each other |
| ``warc_check``, ``file_verdicts``, ``file_checks`` | its check of a file; its verdict on it; all files in parallel |
| ``file_units``, ``ranged_scan`` | files judged, and ranges of large ones scanned, by an executor's workers |
| ``file_stamp`` | by what a change of a file is recognised without reading it |
| ``second_reader`` | its comparison with warcio |
| ``article_check``, ``rederivation`` | its check of articles by their rows, and by extracting pages again |
| ``extract``, ``comparison`` | ``extract`` and ``extract --compare`` |
| ``warc_import``, ``import_paths``, ``file_import`` | ``import``; which files; what becomes of each |
| ``import_report``, ``import_notes`` | its result; what was read otherwise than other records |
| ``import_formats``, ``import_copies`` | formats of imported files; copies of them with one member per record |
| ``registration``, ``referers`` | their rows and index; source and page of their captures |
| ``repair``, ``file_repair``, ``row_repair``, ``acceptance`` | ``repair``: of files, of dependent rows; ``--accept`` |
| ``takedown``, ``takedown_scope``, ``receipts`` | ``takedown``; what it includes; receipts that outlive the database |
| ``warc_rewrite``, ``promotion`` | WARCs without removed records; their payloads that others need |
| ``backup``, ``backup_files`` | ``backup``; its copies of WARC files |
| ``pruning``, ``prune_scope`` | ``prune``: captures that retention doesn't keep |
| ``compaction``, ``joined_files`` | ``compact``; the end of a joining, also after it was interrupted |
| ``prefix`` | what was finished of a WARC that a run continues |
| ``known_copies`` | exports and backups that hold an address |
"""
