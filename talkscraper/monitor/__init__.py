"""How the archive is doing: status, completeness, diagnosis, metrics, healthcheck pings and timetables."""
