"""``repair``: corrects what ``verify`` finds."""
