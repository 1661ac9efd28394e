"""Reading bits from bytes, from either end; what lies behind the last byte is zero."""

from __future__ import annotations

__all__ = ["HighFirst", "LowFirst"]


class LowFirst:
    """Bits of each byte from the least significant on, as JPEG XL has them (ISO/IEC 18181-1)."""

    __slots__ = ("_number", "_position")

    def __init__(self, content: bytes) -> None:
        self._number = int.from_bytes(content, "little")
        self._position = 0

    def take(self, count: int) -> int:
        """Return the next `count` bits as a number."""
        value = self._number >> self._position & ((1 << count) - 1)
        self._position += count
        return value

    def choice(self, *ways: tuple[int, int]) -> int:
        """Return a number in one of four ways, (bits to read, what to add), by two bits before it."""
        bits, least = ways[self.take(2)]
        return least + self.take(bits)


class HighFirst:
    """Bits of each byte from the most significant on, as MPEG has them."""

    __slots__ = ("_left", "_number")

    def __init__(self, content: bytes) -> None:
        self._number = int.from_bytes(content, "big")
        self._left = 8 * len(content)

    @property
    def exhausted(self) -> bool:
        """Tell whether more was taken than there was."""
        return self._left < 0

    def take(self, count: int) -> int:
        """Return the next `count` bits as a number."""
        self._left -= count
        if self._left < 0:
            return 0
        return self._number >> self._left & ((1 << count) - 1)

    def golomb(self) -> int:
        """Return an unsigned Exp-Golomb number (ITU-T H.264 9.1)."""
        zeros = 0
        while zeros < 32 and not self.take(1):
            zeros += 1
        return (1 << zeros) - 1 + self.take(zeros)
