"""Texts and their translations: find them, keep the catalogs complete, compile them.

    python -m scripts.messages update            after texts were added or changed
    python -m scripts.messages missing es        what has no translation yet, as a catalog
    python -m scripts.messages take es FILE ...  translations out of catalogs, for what has none
    python -m scripts.messages compile           make the .mo files that Django reads

A catalog has every text once, in the order of the alphabet and without places, so that two people
who translate at once do not get in each other's way; ``join A B`` is what git merges it with.
"""

import io
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import django
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

from callmark.policy.prompt_words import PromptLanguage

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "callmark"
_OTHERS = [one for one in PromptLanguage if one is not PromptLanguage.ENGLISH]
_NAMES = {one.value: one.name.capitalize() for one in _OTHERS}
_ONE_OR_MANY = {"es": "(n != 1)", "fr": "(n > 1)"}
TRANSLATED = tuple(_NAMES)

_FUNCTIONS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "Text": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
_SAYS_SOMETHING = re.compile(rb"gettext(?:_lazy|_noop)?\(|\bText\(")


def path_of(language: str) -> Path:
    """Where a language's catalog is."""
    return PACKAGE / "locale" / language / "LC_MESSAGES" / "django.po"


def texts() -> Catalog:
    """Every text of portal, mails, reports and policy, in English."""
    found = Catalog()
    for path in sorted(PACKAGE.rglob("*")):
        if path.suffix == ".py" and "migrations" not in path.parts:
            source = path.read_bytes()
        elif path.suffix in {".html", ".txt"} and "templates" in path.parts:
            source = _as_python(path)
        else:
            continue
        if not _SAYS_SOMETHING.search(source):
            continue
        for _, said, comments, context in extract(
            "python", io.BytesIO(source), _FUNCTIONS, ["Translators:"]
        ):
            _add(found, said, comments, context)
    return found


def _as_python(template: Path) -> bytes:
    """What a template says, as calls of gettext."""
    if not settings.configured:
        settings.configure(USE_I18N=True)
        django.setup()
    written = templatize(template.read_text(), origin=str(template))
    # In parentheses Python does not mind how lines begin.
    return ("(" + re.sub(r"(?<![\w])_\(", "gettext(", written) + ")").encode()


def _add(
    catalog: Catalog, said: str | tuple[str, ...], comments: list[str], context: str | None
) -> None:
    """Once; in one and in many where anybody says both."""
    known = catalog.get(said[0] if isinstance(said, tuple) else said, context)
    if known is not None and isinstance(known.id, tuple):
        said = known.id
    elif known is not None and isinstance(said, tuple):
        catalog.delete(said[0], context)
    catalog.add(said, auto_comments=comments, context=context)


def read(path: Path, language: str) -> Catalog:
    """A catalog; empty if there is none yet."""
    if not path.exists():
        return _catalog(language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def write(catalog: Catalog, path: Path) -> None:
    """Store a catalog, sorted."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog, width=0, no_location=True, sort_output=True, ignore_obsolete=True)


def _catalog(language: str) -> Catalog:
    head = f"{_NAMES[language]}. Kept by 'make messages'; docs/recipes/a-translation.md."
    made = Catalog(locale=language, header_comment=f"# {head}", fuzzy=False)
    # Git knows when: a date here would be in the way of every merge.
    # One and many, as people say it; that Spanish says "millones de" after a round million is left.
    made.mime_headers = [("Plural-Forms", f"nplurals=2; plural={_ONE_OR_MANY[language]};")]
    made.revision_date = made.creation_date = datetime(2026, 1, 1, tzinfo=UTC)
    return made


def joined(*catalogs: Catalog, language: str, only: Catalog | None = None) -> Catalog:
    """All their texts (or ``only`` these); the first translation of each counts."""
    made = _catalog(language)
    wanted = (
        _messages(only)
        if only is not None
        else (each for one in catalogs for each in _messages(one))
    )
    for message in wanted:
        if made.get(_key(message), message.context) is not None:
            continue
        given = next((said for one in catalogs if (said := _translation(one, message))), None)
        made.add(message.id, given, auto_comments=message.auto_comments, context=message.context)
    return made


def missing(catalog: Catalog, language: str) -> Catalog:
    """What has no translation yet."""
    made = _catalog(language)
    for message in _messages(catalog):
        if not _translation(catalog, message):
            made.add(message.id, auto_comments=message.auto_comments, context=message.context)
    return made


def _messages(catalog: Catalog) -> Iterator[Message]:
    return (message for message in catalog if message.id)


def _key(message: Message) -> str:
    return str(message.id[0] if isinstance(message.id, list | tuple) else message.id)


def _translation(catalog: Catalog, wanted: Message) -> str | list[str] | None:
    """What a catalog says for it: in one and in many if that is wanted, else nothing."""
    known = catalog.get(_key(wanted), wanted.context)
    if known is None or known.fuzzy or isinstance(known.id, str) != isinstance(wanted.id, str):
        return None
    said = known.string or ""
    return (said or None) if isinstance(said, str) else list(said) if all(said) else None


def update() -> None:
    """Bring every catalog up to what is said now; what nobody says any more goes."""
    said = texts()
    for language in TRANSLATED:
        path = path_of(language)
        made = joined(read(path, language), language=language, only=said)
        write(made, path)
        left = sum(1 for _ in _messages(missing(made, language)))
        print(f"{language}: {sum(1 for _ in _messages(made))} texts, {left} not translated")


def take(language: str, *files: str) -> None:
    """Take translations from catalogs for what has none; say what they name that nobody says."""
    path = path_of(language)
    own = read(path, language)
    given = [read(Path(one), language) for one in files]
    write(joined(own, *given, language=language, only=own), path)
    for one in given:
        for message in _messages(one):
            if own.get(_key(message), message.context) is None:
                print(f"Nobody says: {_key(message)!r}")


def compile_all() -> None:
    """Make what Django reads."""
    for language in TRANSLATED:
        path = path_of(language)
        with path.with_suffix(".mo").open("wb") as file:
            write_mo(file, read(path, language))


def main(command: str = "", *arguments: str) -> None:
    """Do what the command line says."""
    match command, arguments:
        case "update", ():
            update()
        case "missing", (language,):
            path = path_of(language)
            write_po(sys.stdout.buffer, missing(read(path, language), language), width=0)
        case "take", (language, *files):
            take(language, *files)
        case "compile", ():
            compile_all()
        case "join", (ours, theirs):
            language = "fr" if "Language: fr" in Path(ours).read_text() else "es"
            both = joined(
                read(Path(ours), language), read(Path(theirs), language), language=language
            )
            write(both, Path(ours))
        case _:
            sys.exit(str(__doc__))


if __name__ == "__main__":
    main(*sys.argv[1:])
