"""An application whose libraries are not there."""

import no_such_library  # noqa: F401
