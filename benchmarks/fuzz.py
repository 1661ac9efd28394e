"""Fuzzing: no input makes dcmlint raise, hang, or need much memory.

Byte mutations of real files and fixtures, files made by hypothesis, and hand-made attacks go through
the whole check and the JSON report. A check that fails inside (`internal/check-failed`) counts as an
exception.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import random
import signal
import sys
import time
import tracemalloc
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.corpus import find_corpus
from benchmarks.inputs import attacks, data_sets, mutated
from benchmarks.limits import Figures
from benchmarks.lint import report_rules
from benchmarks.process import high_water_mb, reset_high_water

__all__ = ["bases", "failure", "generated", "main", "memory_limit", "mutations"]

_MEMORY_MB = 64
_SECONDS = 2.0
_SECONDS_PER_MB = 3.0


def memory_limit(content: bytes) -> int:
    """Return the bytes that the check of this input may need."""
    return (_MEMORY_MB << 20) + 2 * len(content)


class _TooLong(BaseException):
    """Raised by the alarm: the input hangs."""


def _alarm(*_: Any) -> None:
    raise _TooLong


def failure(content: bytes, *, traced: bool = False, memory: bool = True) -> str:
    """Return how the check of this input fails, "" if it does not.

    Memory is what the process grew by at most, or what was allocated where it is traced.
    """
    before = reset_high_water()
    bound = _SECONDS + _SECONDS_PER_MB * len(content) / (1 << 20) * (6 if traced else 1)
    previous = signal.signal(signal.SIGPROF, _alarm)
    if traced:
        gc.collect()
        tracemalloc.start()
    try:
        # CPU time, so that other load does not count. Again and again: an exception out of a
        # destructor or a callback of the collector is lost.
        signal.setitimer(signal.ITIMER_PROF, bound, 0.5)
        rules = report_rules(content)
    except _TooLong:
        return f"takes more than {bound:.1f} s of CPU"
    except BaseException as error:
        return f"raises {type(error).__name__}"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, previous)
        peak = tracemalloc.get_traced_memory()[1] if traced else 0
        if traced:
            tracemalloc.stop()
    if "internal/check-failed" in rules:
        return "internal/check-failed"
    grown = 0 if traced else int(high_water_mb() - before) << 20
    if memory and max(peak, grown) > memory_limit(content):
        return f"needs {max(peak, grown) >> 20} MB for {len(content) / (1 << 20):.1f} MB"
    return ""


def bases() -> list[bytes]:
    """Return the contents that are mutated: the fixtures and the corpus."""
    from fixtures.generate import files

    return [content for _, content in files()] + [path.read_bytes() for path in find_corpus().files]


def mutations(count: int, seed: int, contents: Sequence[bytes] = ()) -> Iterator[bytes]:
    """Yield mutated contents, those of `bases` unless others are given; the same ones for the same seed."""
    source = random.Random(seed)
    contents = contents or bases()
    for content in itertools.islice(itertools.cycle(contents), count):
        yield mutated(source, content, contents)


def generated(count: int) -> Iterator[bytes]:
    """Yield files that hypothesis makes; the same ones every time."""
    from hypothesis import HealthCheck, Phase, given, settings

    made: list[bytes] = []

    @settings(
        max_examples=count,
        database=None,
        derandomize=True,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(data_sets())
    def collect(content: bytes) -> None:
        made.append(content)

    collect()
    return iter(made)


class _CountingInflater:
    """An inflater that adds up what comes out of it."""

    bytes = 0

    def __init__(self, inflater: Any) -> None:
        self._inflater = inflater

    def decompress(self, content: bytes, limit: int = 0) -> bytes:
        out: bytes = self._inflater.decompress(content, limit)
        _CountingInflater.bytes += len(out)
        return out

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inflater, name)


def _inflation() -> tuple[float, float, float]:
    """Return MB of a deflate bomb, MB that were inflated of it, and peak MB needed for that."""
    from unittest import mock

    from dcmlint.read.opener import read_instance

    deflater = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    body = b"".join(deflater.compress(bytes(1 << 24)) for _ in range(64)) + deflater.flush()
    meta = b"\x02\0\x10\0UI\x16\x001.2.840.10008.1.2.1.99"
    content = bytes(128) + b"DICM" + meta + body
    make = zlib.decompressobj
    tracemalloc.start()
    with mock.patch.object(zlib, "decompressobj", lambda wbits: _CountingInflater(make(wbits))):
        read_instance(content)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    mega = 1 << 20
    if not _CountingInflater.bytes:
        raise SystemExit("the inflater was not counted")
    return len(content) / mega, _CountingInflater.bytes / mega, peak / mega


def _try(
    kind: str, inputs: Iterator[tuple[str, bytes]], every: int, failures: Counter[str], keep: str
) -> tuple[int, float]:
    """Check inputs, tracing the memory of each `every`-th; return their number and the longest time.

    `every` below 0: memory is not judged.
    """
    count, longest = 0, 0.0
    for count, (name, content) in enumerate(inputs, 1):
        start = time.process_time()
        traced = every > 0 and count % every == 0
        reason = failure(content, traced=traced, memory=every >= 0)
        longest = max(longest, 0.0 if traced else time.process_time() - start)
        if reason:
            failures[f"{kind}: {reason}"] += 1
            print(f"  FAILED {kind} {name} ({len(content)} bytes): {reason}", flush=True)
            if keep:
                Path(keep, f"{kind}-{count}.dcm".replace(" ", "_")).write_bytes(content)
    return count, longest


def _named(contents: Iterator[bytes]) -> Iterator[tuple[str, bytes]]:
    return ((f"#{number}", content) for number, content in enumerate(contents, 1))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print how many inputs were survived; return 1 if one was not."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__)
    parser.add_argument("--reduced", action="store_true", help="3,000 inputs")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", default="", help="folder to write failing inputs to")
    options = parser.parse_args(arguments)
    mutants, made, scale = (2500, 500, 1) if options.reduced else (45_000, 6_000, 4)
    figures = Figures(reduced=options.reduced)
    failures: Counter[str] = Counter()
    kinds = {
        "mutation": (_named(mutations(mutants, options.seed)), 100),
        "generated": (_named(generated(made)), 50),
        f"attack of {scale} MB, for time": (attacks(scale), -1),
        "attack of 1 MB, for memory": (attacks(1), 1),
    }
    total = 0
    for kind, (inputs, every) in kinds.items():
        count, longest = _try(kind, inputs, every, failures, options.keep)
        total += count
        took = f", the longest took {longest * 1000:.0f} ms of CPU" if longest else ""
        print(f"  {count:6d} x {kind}{took}", flush=True)
    bomb, inflated, peak = _inflation()
    print(f"fuzz, {'reduced' if options.reduced else 'full'} size: {total} inputs")
    figures.add("fuzz failures", sum(failures.values()), f"of {total} inputs")
    figures.add("inflated", inflated, f"a bomb of {bomb:.1f} MB; peak memory for it {peak:.0f} MB")
    return figures.status()


if __name__ == "__main__":
    sys.exit(main())
