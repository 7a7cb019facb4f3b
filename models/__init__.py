"""Excitable cells: one file, one model; the file's name is the model's name."""
