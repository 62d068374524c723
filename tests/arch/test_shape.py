"""The shape of the house: no cycle, no hidden import, no room that grew past reading."""

import ast
import graphlib
import re
import statistics

MOST_LINES = 385
"""Docstrings aside: what a public thing has to say must not compete with the code for room."""
EXCEPTIONS: dict[str, str] = {}
"""Files allowed to be longer, each with the reason. Empty, and meant to stay so."""

LONGEST_USUAL_FUNCTION = 35
USUAL_FUNCTION = 8


def sources(package):
    """Every source file, by its path inside the package."""
    return {path.relative_to(package).as_posix(): path for path in package.rglob("*.py")}


def rooms(layers):
    """The names in the layers of a contract, from the outermost, without the marks that import-linter reads."""
    return [re.findall(r"\w+", layer) for layer in layers]


def documentation(tree):
    """How many lines of a module are docstrings."""
    owners = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    first = [
        node.body[0] for node in ast.walk(tree) if isinstance(node, owners) and ast.get_docstring(node) is not None
    ]
    return sum(node.end_lineno - node.lineno + 1 for node in first)


def length(path):
    """The lines of a file that are no docstrings."""
    text = path.read_text()
    return len(text.splitlines()) - documentation(ast.parse(text))


def outermost(module):
    """The room that a module belongs to: its first name below the package."""
    return module.split(".")[1]


def test_no_module_imports_itself_by_a_detour(graph):
    """Modules can be put in an order in which each imports only earlier ones, counting every kind of import."""
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}

    order = tuple(graphlib.TopologicalSorter(imports).static_order())

    assert set(order) == graph.modules


def test_no_file_is_too_long(package):
    """Past this a room is missing beside the file."""
    lengths = {name: length(path) for name, path in sources(package).items()}

    assert {name for name, lines in lengths.items() if lines > MOST_LINES} == set(EXCEPTIONS)


def test_docstrings_alone_are_left_out_of_the_count(tmp_path):
    """Other lines count: comments, texts and empty ones."""
    (tmp_path / "one.py").write_text(
        '"""What\n\nit is."""\n\n# why\nTEXT = """a\nb"""\n\n\ndef f():\n    """What."""\n'
    )

    assert length(tmp_path / "one.py") == 7


def test_functions_are_short(package):
    """Half of the functions fit into a few lines, and nineteen of twenty on a screen."""
    lengths = sorted(
        node.end_lineno - node.lineno + 1
        for path in sources(package).values()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )

    assert statistics.median(lengths) <= USUAL_FUNCTION
    assert lengths[int(len(lengths) * 0.95)] <= LONGEST_USUAL_FUNCTION


IMPORTS_LATE = {"testing/plugin.py": "pytest loads it in every run of an environment that has this library"}


def test_own_modules_are_imported_at_the_top(package):
    """An import of our own inside a function hides a cycle or a room in the wrong place."""
    hidden = [
        f"{name}:{node.lineno}"
        for name, path in sources(package).items()
        if name not in IMPORTS_LATE
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if (isinstance(node, ast.ImportFrom) and (node.level or (node.module or "").startswith("dynamorm_async")))
        or (isinstance(node, ast.Import) and any(alias.name.startswith("dynamorm_async") for alias in node.names))
    ]

    assert hidden == []


def test_every_room_below_the_protocols_is_kept_pure(graph, contracts):
    """A room that joins the lower layers joins the contract that keeps loop, socket, clock and dice out of them."""
    layers = rooms(contracts["layers"]["layers"])
    below = {name for layer in layers[layers.index(["abc"]) + 1 :] for name in layer}
    there = {module for module in graph.modules if module.count(".") == 1 and outermost(module) in below}

    assert there == set(contracts["pure"]["source_modules"])


def test_every_outer_room_is_kept_from_the_root(graph, contracts):
    """A room above the session joins the contract that keeps the package root light."""
    layers = rooms(contracts["layers"]["layers"])
    above = {name for layer in layers[: layers.index(["_session"])] for name in layer} - {"__main__"}
    there = {module for module in graph.modules if module.count(".") == 1 and outermost(module) in above}

    assert there == set(contracts["root"]["forbidden_modules"])
