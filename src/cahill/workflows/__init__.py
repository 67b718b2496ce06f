"""One module, one analysis: a function of the module's name, from the user's words to a result.

Its signature is the command's flags, its docstring the help. Modules whose names begin with an
underscore are helpers. Heavy libraries are imported inside the functions, so that help is quick.
"""
