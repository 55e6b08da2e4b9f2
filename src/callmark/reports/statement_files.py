"""Statements as PDF, made of our own HTML by WeasyPrint (an optional extra), and as one ZIP."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile

from django.template.loader import render_to_string

from callmark.accounts.refused import Refused
from callmark.reports.statements import Statement
from callmark.zip_pipe import ZipPipe

_STYLE = Path(__file__).parent / "templates" / "reports" / "statement.css"


@cache
def pdf_is_possible() -> bool:
    """Whether WeasyPrint is installed, and Pango that it draws with."""
    try:
        import weasyprint  # noqa: F401, PLC0415
    except (ImportError, OSError):
        return False
    return True


def pdf(statement: Statement) -> bytes:
    """The statement as PDF. Raises :class:`Refused` where that is not possible here."""
    if not pdf_is_possible():
        raise Refused(
            "PDF files cannot be made on this installation: print the page instead, or ask your "
            "operator to install callmark[pdf].",
            code="no_pdf",
        )
    from weasyprint import HTML  # noqa: PLC0415 (half a second, and it may not be there)

    style = _STYLE.read_text(encoding="utf-8")
    context = {"statement": statement, "style": style}
    document = HTML(string=render_to_string("reports/statement_pdf.html", context), url_fetcher=_no)
    made = document.write_pdf()
    assert isinstance(made, bytes)
    return made


def _no(url: str, *_: object, **__: object) -> dict[str, object]:
    """Nothing is fetched: whatever a name holds, the page is all there is."""
    raise ValueError(f"a statement refers to nothing outside: {url[:20]}")


def file_name(statement: Statement) -> str:
    """A name that any system can keep, without the code's digits."""
    name = re.sub(r"[^\w.-]+", "-", statement.matter.name).strip("-.")[:60] or "statement"
    return f"{statement.month.first:%Y-%m}-{name}.pdf"


def zipped(statements: Iterable[Statement]) -> Iterator[bytes]:
    """The statements as one ZIP, sent as it is made; no two files have one name."""
    out = ZipPipe()
    names: set[str] = set()
    # PDFs are compressed already.
    with ZipFile(out, "w", ZIP_STORED) as archive:
        for one in statements:
            name = file_name(one)
            if name.casefold() in names:
                name = f"{name.removesuffix('.pdf')}-{len(names) + 1}.pdf"
            names.add(name.casefold())
            archive.writestr(name, pdf(one))
            yield out.taken()
    yield out.taken()
