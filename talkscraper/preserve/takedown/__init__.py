"""``takedown``: addresses hidden, deleted or cut out of their WARCs, with a receipt."""
