"""The console script `dcmlint`, and `python -m dcmlint`."""

from __future__ import annotations

import gc
import os
import sys

__all__ = ["main"]

_OBJECTS = 100_000
"""Containers made between two garbage collections: starting makes many, and none of them dies."""


def main() -> None:
    """Run the command line and exit: 0 clean, 1 findings, 2 the job could not be done.

    What goes wrong is one line on standard error; DCMLINT_DEBUG=1 shows the traceback instead.
    """
    from dcmlint.errors import UsageError

    gc.set_threshold(_OBJECTS)
    try:
        from dcmlint.cli import app

        app()
    except UsageError as error:
        _fail(error.message, error.hint)
    except BrokenPipeError:
        _hush()
        sys.exit(1)
    except KeyboardInterrupt:
        _fail("interrupted", status=130)
    except Exception as error:
        if os.environ.get("DCMLINT_DEBUG"):
            raise
        _fail(_described(error), "Set DCMLINT_DEBUG=1 to see where.")
    finally:
        gc.freeze()  # what is left ends with the process: Python need not look through it once more


def _described(error: Exception) -> str:
    """Return what failed without the text of an unexpected error, which may hold values."""
    from dcmlint.plugins import culprit

    plugin = culprit(error)
    if plugin:
        return f"plugin {plugin!r} failed ({type(error).__name__})"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return f"internal error ({type(error).__name__})"


def _fail(message: str, hint: str = "", status: int = 2) -> None:
    print(f"dcmlint: error: {message}", file=sys.stderr)
    if hint:
        print(f"  {hint}", file=sys.stderr)
    sys.exit(status)


def _hush() -> None:
    """Let the interpreter flush standard output into nothing when its reader is gone."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
