"""
What can be wrong with a file of records, and how far the harm goes.

MalformedMapping  the mapping itself cannot be used: names the key       -> nothing is read
FileFault         the file cannot be read as what it is said to be       -> nothing is written
FileChanged       the file is not what was checked any more              -> the import stops; what is recorded stays
RowFault          one row says something that cannot be recorded         -> that row is rejected, the rest goes in
"""

# ruff: noqa: N818 - these names are sentences to the people who read them; "Error" would add nothing


class ImportFault(Exception):
    """Everything the importer raises on purpose."""


class MalformedMapping(ImportFault, ValueError):
    """A mapping that cannot be used; the message starts with the key at fault."""


class FileFault(ImportFault):
    """The file as a whole cannot be imported. Nothing was written."""


class FileChanged(ImportFault):
    """The file broke while it was imported, though it was whole when checked. Run again: nothing comes twice."""


class RowFault(ImportFault):
    """One row cannot be recorded. The others can."""
