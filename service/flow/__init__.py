"""What moves a study along: each step a function of the archive, the moment and its input."""
