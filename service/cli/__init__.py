"""The commands: composition of the rooms, supervision, and what an operator does by hand."""
