"""The command line: one thin module per command, each calling one public function."""
