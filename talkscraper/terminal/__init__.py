"""What is printed for people: styled text, tables and a live line on a terminal, plain lines elsewhere."""
