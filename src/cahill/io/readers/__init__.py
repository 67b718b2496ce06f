"""Readers of plate readers' files, one module an instrument or form, found by walking the room.

A reader has `sniff(file) -> bool`, which knows its files by their content, and
`read(file) -> tuple[Plate, ...]`. One with `PLAIN = True` reads a form that no instrument signs and
is asked only when no instrument's reader knows the file. `NAME` is what messages call the form.
Modules whose names begin with an underscore are what the readers share.
"""
