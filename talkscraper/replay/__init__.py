"""Replay without Scrapy and without a web framework: which capture is meant, and what it showed.

| module | what |
| --- | --- |
| ``moments`` | timestamps of 4 to 14 digits |
| ``lookup`` | the capture of a URL nearest to a time, and its neighbours; taken-down addresses stay hidden |
| ``payload`` | a capture's status, headers and bytes, revisits resolved |
| ``addresses`` | the paths under ``/web/``: parse and make them |
| ``rewrite``, ``css`` | a page made script-free, so that nothing leaves the archive |
| ``srcset`` | which of a picture's sizes are in the archive |
| ``memento`` | the headers and TimeMaps of RFC 7089 |
| ``cdx``, ``cdxfilter`` | the index API with pywb's and the Internet Archive's parameters |
| ``ranges`` | byte ranges of a file (RFC 9110 §14) |
| ``wacz``, ``subset`` | packages of captures to take away |
| ``pywb``, ``viewer`` | other players over the same folder |
"""
