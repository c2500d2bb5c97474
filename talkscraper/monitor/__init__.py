"""Monitoring of the archive: status, completeness, diagnosis, metrics, healthcheck pings and timetables."""
