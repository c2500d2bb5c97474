"""``repair``: what ``verify`` finds, mended."""
