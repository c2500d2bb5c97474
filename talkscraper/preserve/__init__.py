"""Keeping the archive whole: repair, verify, import, extract again, takedown, backup. Nothing here fetches anything.

| module | what |
| --- | --- |
| ``findings`` | what can be wrong with a file, an index line or a row |
| ``scanning`` | one pass over any WARC: every record with its place and digests, and the gaps between |
| ``digests`` | a declared digest held against bytes, in whatever spelling |
| ``rules`` | the header rules of WARC/1.1 |
| ``describing`` | the capture that a record is: the row that a crawl would have written |
| ``places`` | the files of an archive and where they lie |
| ``recovery``, ``reconciling`` | what a killed run left; rows brought in line with records |
| ``verify``, ``checking``, ``crosschecks`` | everything held against everything |
| ``repair``, ``mending`` | what verify finds, mended |
| ``importing``, ``formats``, ``copying``, ``naming`` | anyone's files: what they are, where they go |
| ``registering``, ``referring``, ``sourcing``, ``wishes`` | a file's rows and index; whose captures |
| ``deriving``, ``reading`` | pages out of captures into articles |
| ``extracting``, ``comparing`` | all of them again; what that would change |
"""
