"""Replay of captures, without Scrapy and without a web framework: selection of a capture, and its content.

| module | content |
| --- | --- |
| ``timestamps`` | timestamps of 4 to 14 digits |
| ``lookup`` | the capture of a URL nearest to a time, and its neighbours; without taken-down addresses |
| ``payload`` | a capture's status, headers and bytes, revisits resolved |
| ``replay_urls`` | parsing and building of the paths under ``/web/`` |
| ``html_rewrite``, ``svg``, ``markup`` | a page or drawing without scripts |
| ``address_rewriter`` | its addresses, so that they lead into the archive |
| ``memento`` | the headers and TimeMaps of RFC 7089 |
| ``cdx``, ``cdxfilter`` | the index API with the parameters of pywb and the Internet Archive |
| ``ranges`` | byte ranges of a file (RFC 9110 §14) |
| ``wacz``, ``warc_package``, ``warc_subset`` | packages of captures |
| ``pywb``, ``viewer`` | other replay tools over the same archive |
"""
