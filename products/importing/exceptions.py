"""Why an import is refused or stops. What is wrong with single products is in its report instead."""

from core.problems import Conflict, InvalidInput, NotFound


class ImportNotFound(NotFound):
    """There is no such import."""

    code = "import_not_found"
    title = "There is no such import."


class ImportFileChanged(Conflict):
    """The file isn't the one that the import began with."""

    code = "import_file_changed"
    title = "The file has changed since the import began; import it anew."


class ImportTakenOver(Conflict):
    """Another process went on with the same import."""

    code = "import_taken_over"
    title = "Another process is doing this import."


class LocationUnknown(InvalidInput):
    """The location whose stock the file names isn't there."""

    code = "location_unknown"
    title = "The shop has no location of this code."
