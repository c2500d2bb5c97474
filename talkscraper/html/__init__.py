"""HTML, XML and CSS: from bytes to text and tree, and the addresses in them.

| module | content |
| --- | --- |
| ``charset`` | the charset of bytes, and their text |
| ``parser``, ``removal`` | the tree of a page, and the removal of elements from it |
| ``placement`` | what libxml2 puts elsewhere than a browser does |
| ``attributes`` | the tags of a page, and the limit on the attributes of each |
| ``xml`` | feeds and sitemaps, element by element |
| ``address_attributes`` | the table of attributes that hold addresses, with their roles |
| ``srcset``, ``css`` | the addresses in a ``srcset`` and in a style sheet |

Capture and replay must find the same addresses, so both use these. Every scanner runs in linear time for any input, and
stops at a limit that no legitimate page reaches.
"""
