"""Single-line changes to a module that a reader of records must not survive. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

OPPOSITE: dict[type[ast.cmpop], str] = {
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.Lt: ">=",
    ast.LtE: ">",
    ast.Gt: "<=",
    ast.GtE: "<",
    ast.Is: "is not",
    ast.IsNot: "is",
    ast.In: "not in",
    ast.NotIn: "in",
}


@dataclass(frozen=True)
class Mutant:
    """One changed stretch of one line of a module."""

    path: str
    line: int
    """Counted from 1."""
    start: int
    end: int
    """Columns in characters, of the stretch that is replaced."""
    text: str
    what: str

    def applied(self, source: str) -> str:
        lines = source.splitlines(keepends=True)
        old = lines[self.line - 1]
        lines[self.line - 1] = old[: self.start] + self.text + old[self.end :]
        return "".join(lines)

    def change(self, source: str) -> tuple[str, str, str]:
        """The module, the line as it is and as changed, without the spaces around them."""
        before = source.splitlines()[self.line - 1].strip()
        after = self.applied(source).splitlines()[self.line - 1].strip()
        return self.path, before, after

    def diff(self, source: str) -> str:
        _, before, after = self.change(source)
        return f"{self.path}:{self.line} ({self.what})\n  - {before}\n  + {after}"


def mutants(path: str, source: str) -> list[Mutant]:
    """Every mutant of a module that is still Python and not the same program."""
    tree = ast.parse(source)
    same = ast.dump(tree)
    found = []
    for mutant in _Finder(path, source).of(tree):
        try:
            changed = ast.dump(ast.parse(mutant.applied(source)))
        except SyntaxError:
            continue
        if changed != same:
            found.append(mutant)
    return found


class _Finder:
    """Walks the code, past whatever no test can or need notice: types, sentences, docstrings."""

    def __init__(self, path: str, source: str) -> None:
        self._path = path
        self._lines = source.splitlines()

    def of(self, tree: ast.Module) -> Iterator[Mutant]:
        for statement in tree.body:
            # How much of something at once, how often, how long: a choice, and not what is read.
            choice = isinstance(statement, ast.Assign) and statement.targets
            for mutant in self._walk(statement):
                if not choice or mutant.what != "number changed":
                    yield mutant

    def _walk(self, node: ast.AST) -> Iterator[Mutant]:
        if isinstance(node, ast.Raise | ast.Import | ast.ImportFrom | ast.JoinedStr | ast.Assert):
            return
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return
        yield from self._changes(node)
        if isinstance(node, ast.FunctionDef):
            yield from self._swapped_fields(node)
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "decorator_list", "args") and not isinstance(
                node, ast.Call | ast.Lambda
            ):
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from self._walk(child)

    def _changes(self, node: ast.AST) -> Iterator[Mutant]:
        match node:
            case ast.Compare(left=left, ops=[operator], comparators=[right]):
                new = f"{self._text(left)} {OPPOSITE[type(operator)]} {self._text(right)}"
                yield from self._instead(node, new, "comparison negated")
            case ast.BoolOp(op=operator, values=values):
                word = " and " if isinstance(operator, ast.And) else " or "
                for dropped in range(len(values)):
                    rest = [self._text(v) for at, v in enumerate(values) if at != dropped]
                    yield from self._instead(node, word.join(rest), "condition dropped")
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                yield from self._instead(node, self._text(operand), "not dropped")
            case ast.IfExp(test=_, body=body, orelse=other):
                for branch in (body, other):
                    yield from self._instead(node, self._text(branch), "one branch only")
            case ast.If(test=test) | ast.While(test=test):
                yield from self._instead(test, "False", "branch never taken")
            case ast.comprehension(ifs=conditions):
                for each in conditions:
                    yield from self._instead(each, "True", "filter dropped")
            case ast.Return(value=ast.expr() as value):
                yield from self._instead(value, "None", "returns None")
            case ast.keyword(arg="repr") | ast.keyword(value=ast.Constant(value=None)):
                return
            case ast.keyword(arg=str(), value=ast.Constant(value=str(said))) if " " in said:
                return  # a sentence for people
            case ast.keyword(arg=str(), value=value):
                yield from self._instead(value, "None", "field left empty")
            case ast.Constant(value=bool(value)):
                yield from self._instead(node, str(not value), "flag flipped")
            case ast.Constant(value=int(value)):
                yield from self._instead(node, str(value + 1), "number changed")
            case ast.Constant(value=str(value)) if value and " " not in value:
                yield from self._instead(node, repr(value + "x"), "word changed")
            case ast.Attribute(value=ast.Name(id=enum), attr=member):
                yield from self._other_state(node, enum, member)

    def _other_state(self, node: ast.Attribute, enum: str, member: str) -> Iterator[Mutant]:
        states = {
            "ApplicationState": ("ACTIVE", "REJECTED"),
            "InterviewState": ("STANDING", "CANCELLED"),
            "Kind": ("INTERVIEW", "PERSON"),
        }
        for other in [each for each in states.get(enum, ()) if each != member][:1]:
            yield from self._instead(node, f"{enum}.{other}", "state changed")

    def _swapped_fields(self, function: ast.FunctionDef) -> Iterator[Mutant]:
        """One field of a record for another that the same function reads of it."""
        said = {
            id(node)
            for sentence in ast.walk(function)
            if isinstance(sentence, ast.JoinedStr | ast.Raise)
            for node in ast.walk(sentence)
        }
        read = [
            node
            for node in ast.walk(function)
            if isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and id(node) not in said
        ]
        calls = {
            id(node.func): node.func for node in ast.walk(function) if isinstance(node, ast.Call)
        }
        for node in read:
            name = node.value.id if isinstance(node.value, ast.Name) else ""
            others = sorted(
                {
                    each.attr
                    for each in read
                    if isinstance(each.value, ast.Name)
                    and each.value.id == name
                    and id(each) not in calls
                    and each.attr != node.attr
                }
            )
            if others and name[:1].islower() and name != "self" and id(node) not in calls:
                yield from self._instead(node, f"{name}.{others[0]}", "field swapped")

    def _instead(self, node: ast.AST, text: str, what: str) -> Iterator[Mutant]:
        assert isinstance(node, ast.expr)
        if node.lineno != node.end_lineno or "\n" in text:
            return
        line = self._lines[node.lineno - 1].encode()
        start = len(line[: node.col_offset].decode())
        end = len(line[: node.end_col_offset or 0].decode())
        yield Mutant(self._path, node.lineno, start, end, text, what)

    def _text(self, node: ast.expr) -> str:
        atom = isinstance(node, ast.Name | ast.Attribute | ast.Constant | ast.Call | ast.Compare)
        return ast.unparse(node) if atom else f"({ast.unparse(node)})"
