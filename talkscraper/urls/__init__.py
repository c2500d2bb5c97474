"""URLs: canonical form and SURT key, validity, form (article or listing), slugs, variants of one address."""
