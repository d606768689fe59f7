"""A stand-in for `doctl` 1.166, for machines without the real one.

It keeps the real one's contract as far as PYMERP's operations go: commands, aliases, flags, columns, output, errors
and exit codes, the traps included. Its surface is data (surface.json). It uses the standard library only, and little
of it, because it starts as often as the real one does.
"""
