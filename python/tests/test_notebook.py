"""The example notebook runs, and shows what it has stored; bars appear in notebooks (PYPKG-4, PYPKG-6)."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import nbformat
import pytest
from nbclient import NotebookClient

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


@pytest.fixture(scope="module")
def execute() -> ModuleType:
    spec = importlib.util.spec_from_file_location("execute", EXAMPLES / "execute.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def texts(notebook: nbformat.NotebookNode) -> list[tuple[int, str]]:
    """Every text that a cell shows, but those of pictures."""
    shown = []
    for place, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            assert output.output_type != "error", output
            if output.output_type == "stream":
                shown.append((place, output.text))
            elif "image/png" not in output.data:
                shown.append((place, output.data["text/plain"]))
    return shown


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.ipynb")), ids=lambda path: path.stem)
def test_notebooks_show_what_they_have_stored(execute: ModuleType, path: Path) -> None:
    stored = nbformat.read(path, as_version=4)
    assert texts(stored) and texts(execute.executed(path)) == texts(stored)
    pictures = [output for cell in stored.cells for output in cell.get("outputs", []) if "image/png" in output.get("data", {})]
    assert len(pictures) >= 3
    # What people get stands before what the price does.
    sources = [cell.source for cell in stored.cells]
    first = next(place for place, cell in enumerate(stored.cells) if any("image/png" in o.get("data", {}) for o in cell.get("outputs", [])))
    assert "outcome_0" in sources[first]


BAR = """
import ratchet, ratchet._progress as inside
seen, show = [], inside._Bar.show
inside._Bar.show = lambda bar, content: (seen.append(content), show(bar, content))[1]
result = ratchet.simulate("panic", runs=3, progress=True)
assert inside.in_notebook() and seen[0].startswith("<progress value='0' max='3'>") and seen[-1] == "", seen
result
"""


def test_a_bar_in_a_notebook() -> None:
    """PYPKG-4: a bar that goes away; PYPKG-6: the result as HTML, people first."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(BAR)])
    NotebookClient(notebook, kernel_name="python3").execute()
    [bar, result] = notebook.cells[0].outputs
    assert bar.data["text/html"] == ""
    assert result.data["text/html"].startswith("<div><p>Panic: 365 days, 3 runs")
