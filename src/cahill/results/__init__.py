"""Answers: what results look like, in words, tables, pictures and pages."""
