"""Half the code: Streamer's store of connections on the library, and the same store on the bare SDK."""

from __future__ import annotations

import io
import tokenize
from pathlib import Path

from examples.streamer import connections, connections_raw


def test_the_store_has_at_most_half_the_lines():  # R8
    """Of code, without comments and docstrings; and still so if the model's declaration is counted against it."""
    model = _code(Path(connections.__file__).with_name("models.py"), of_class="Connection")
    with_library, without = (_code(Path(module.__file__)) for module in (connections, connections_raw))

    assert with_library <= without / 2, f"{with_library} and {without} lines"
    assert with_library + model <= without / 2, f"{with_library} + {model} and {without} lines"
    readme = Path(connections.__file__).with_name("README.md").read_text()
    assert f"{with_library} and {without} lines of code" in readme


def _code(path: Path, of_class: str | None = None) -> int:
    """How many lines of a file, or of one class in it, hold code: something else than comments and docstrings."""
    text = path.read_text()
    if of_class:
        text = f"class {of_class}(" + text.split(f"\nclass {of_class}(")[1].split("\n\n\n")[0]
    lines: set[int] = set()
    before = tokenize.NEWLINE
    blank = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        docstring = token.type == tokenize.STRING and before in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)
        if token.type not in (*blank, tokenize.ENDMARKER) and not docstring:
            lines.update(range(token.start[0], token.end[0] + 1))
        if token.type not in (tokenize.COMMENT, tokenize.NL):
            before = token.type
    return len(lines)


def test_the_lines_are_counted_as_they_should_be(tmp_path):
    """Blank lines, comments and docstrings are none; a call over three lines is three."""
    path = tmp_path / "sample.py"
    path.write_text('"""Doc."""\n\n# comment\n\ndef f():\n    """Doc\n    two."""\n    return g(\n        1,\n    )\n')

    assert 4 == _code(path)
