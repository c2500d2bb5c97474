"""Web addresses: canonical form and SURT key, validity, what their looks say, slugs, variants of one address."""
