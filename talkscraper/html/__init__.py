"""The small syntaxes inside web pages, each scanned by one scanner: styles, ``srcset``, the attributes of tags.

Capture and replay must see the same addresses, so both use these. Every scanner takes time that grows with the text's
length and no faster, whatever the text is, and stops at a cap that no honest page reaches.
"""
