"""Fail on a query of one account's data that does not say whose: the first wall between accounts.

A query of a model below must name an account, or a user or call of it, in its filter. Where every
account is meant (the gate, key rotation), a comment ``every account: why`` stands on the line or
the line above.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

TENANT_MODELS = frozenset(
    {
        "AccountCode",
        "AccountCodeSettings",
        "AuditEntry",
        "Call",
        "CallAttempt",
        "HttpCall",
        "ControlledTagging",
        "Delivery",
        "Extension",
        "LockoutLift",
        "PhoneNumber",
        "PolicyRevision",
        "User",
        "UserCodeSettings",
        "WebhookEndpoint",
    }
)
SCOPES = ("account", "account_id", "user", "user_id", "call", "call_id", "endpoint", "delivery")
EXCUSE = "every account:"
CREATING = frozenset({"create", "bulk_create", "bulk_update", "none", "normalize_email"})


def unscoped_queries(path: Path) -> Iterator[tuple[int, str]]:
    """Line and model of each query in a file that names no account and gives no reason."""
    source = path.read_text()
    lines = source.splitlines()
    tree = ast.parse(source)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Attribute) and node.attr == "objects"):
            continue
        if not (isinstance(node.value, ast.Name) and node.value.id in TENANT_MODELS):
            continue
        methods, keywords = _chain(node, parents)
        if CREATING & set(methods) or any(_is_scope(keyword) for keyword in keywords):
            continue
        nearby = lines[max(0, node.lineno - 2) : node.lineno]
        if not any(EXCUSE in line for line in nearby):
            yield node.lineno, node.value.id


def _chain(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> tuple[list[str], list[str]]:
    """The methods called on a manager, and every keyword given to them, also within ``Q(...)``."""
    methods: list[str] = []
    keywords: list[str] = []
    while True:
        above = parents.get(node)
        if isinstance(above, ast.Attribute):
            methods.append(above.attr)
        elif isinstance(above, ast.Call) and above.func is node:
            found = (one for one in ast.walk(above) if isinstance(one, ast.keyword))
            keywords += [one.arg for one in found if one.arg]
        else:
            return methods, keywords
        node = above


def _is_scope(keyword: str) -> bool:
    return keyword.partition("__")[0] in SCOPES


def main() -> int:
    """Check the whole package; the number of faults is printed and makes it fail."""
    root = Path(__file__).parent.parent / "src" / "callmark"
    faults = 0
    for path in sorted(root.rglob("*.py")):
        if "migrations" in path.parts:
            continue
        for line, model in unscoped_queries(path):
            faults += 1
            where = path.relative_to(root.parent.parent)
            print(f"{where}:{line}: the query of {model} names no account")
    if faults:
        print(f"{faults} unscoped queries: filter by account, or say why '# {EXCUSE} ...'")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
