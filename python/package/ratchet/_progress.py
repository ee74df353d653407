"""How far a long piece of work is: a bar in a notebook or terminal, or news for a function."""

from __future__ import annotations

import contextlib
import dataclasses
import html
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any, TextIO, Union

from ._results import picked

PATIENCE = 1.0
"""Work shorter than this many seconds shows nothing."""

WORDS = {
    "reading": "读取",
    "running": "运行",
    "settling": "结算",
    "writing": "写出",
    "generating": "生成",
    "simulating": "模拟",
}


@dataclasses.dataclass(frozen=True)
class Progress:
    """News of a long piece of work, at most ten times a second and at the end of each phase.

    Functions take ``progress=``: nothing for a bar where there is a notebook or a terminal, ``True`` for a bar in any
    case, ``False`` for none, or a function that is called with a ``Progress``. An exception in it stops the work.
    """

    phase: str
    """``reading``, ``running``, ``settling``, ``simulating`` or ``writing``."""
    done: int
    """How much is done."""
    total: int
    """Of how much; 0 if that is not known."""
    seconds: float
    """Since the phase began."""

    @property
    def remaining(self) -> float | None:
        """Seconds that are left, if the rest takes as long as what is done."""
        if not self.done or not self.total:
            return None
        return self.seconds * (self.total - self.done) / self.done

    def __str__(self) -> str:
        word = picked(WORDS[self.phase], self.phase, None)
        if not self.total:
            return f"{word} {clock(self.seconds)}"
        share = 100 * self.done // self.total
        left = "" if self.remaining is None else f" {clock(self.remaining)}"
        return f"{word} {share} %{left}"


Watcher = Union[bool, Callable[[Progress], object], None]
Tell = Callable[[str, int, int], None]


def clock(seconds: float) -> str:
    """``1:02:03`` or ``2:03``."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def in_notebook() -> bool:
    """Whether this runs in a kernel that shows HTML."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell is not None and getattr(shell, "kernel", None) is not None


class _Bar:
    """Shows the news in one place and removes it at the end."""

    def __init__(self, stream: TextIO, always: bool) -> None:
        self.stream = stream
        self.shows_at = time.monotonic() + (0 if always else PATIENCE)
        self.handle: Any = None
        self.width = 0
        self.notebook = in_notebook()

    def __call__(self, progress: Progress) -> None:
        if time.monotonic() < self.shows_at:
            return
        if self.notebook:
            self.show(
                f"<progress value='{progress.done}' max='{progress.total}'></progress> {html.escape(str(progress))}"
                if progress.total
                else html.escape(str(progress))
            )
        else:
            line = str(progress)
            self.stream.write("\r" + line.ljust(self.width))
            self.stream.flush()
            self.width = len(line)

    def show(self, content: str) -> None:
        from IPython.display import HTML, display

        if self.handle is None:
            self.handle = display(HTML(content), display_id=True)
        else:
            self.handle.update(HTML(content))

    def close(self) -> None:
        if self.handle is not None:
            self.show("")
        elif self.width:
            self.stream.write("\r" + " " * self.width + "\r")
            self.stream.flush()


@contextlib.contextmanager
def watching(watcher: Watcher) -> Iterator[Tell | None]:
    """What to give to the work: a function of phase, done and total; None if nobody looks."""
    bar: _Bar | None = None
    look: Callable[[Progress], object]
    if callable(watcher):
        look = watcher
    elif watcher or (watcher is None and (in_notebook() or sys.stderr.isatty())):
        look = bar = _Bar(sys.stderr, always=watcher is True)
    else:
        yield None
        return
    began: dict[str, float] = {}

    def tell(phase: str, done: int, total: int) -> None:
        now = time.monotonic()
        look(Progress(phase, done, total, now - began.setdefault(phase, now)))

    try:
        yield tell
    finally:
        if bar is not None:
            bar.close()
