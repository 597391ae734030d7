"""
What can be wrong with a file of records, and how far the harm goes.

MalformedMapping  the mapping itself cannot be used: names the key       -> nothing is read
FileFault         the file cannot be read as what it is said to be       -> nothing is written
RowFault          one row says something that cannot be recorded         -> that row is rejected, the rest goes in
"""

# ruff: noqa: N818 - these names are sentences to the people who read them; "Error" would add nothing


class ImportFault(Exception):
    """Everything the importer raises on purpose."""


class MalformedMapping(ImportFault, ValueError):
    """A mapping that cannot be used; the message starts with the key at fault."""


class FileFault(ImportFault):
    """The file as a whole cannot be imported. Nothing was written."""


class RowFault(ImportFault):
    """One row cannot be recorded. The others can."""
