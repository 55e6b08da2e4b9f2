"""FreePBX's table ``asteriskcdrdb.cdr`` in MySQL or MariaDB, as another source of rows.

A row is inserted when a call ends and sorted by when it began, so new rows stand among old ones.
A follower reads some time again; what was read before is not new to the journal. The table
has no columns for answer and end, and its times are the switch's local time.
"""

from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from callmark.policy.values import value_class
from callmark.switches.asterisk.cdr.reading import Source, dial_of
from callmark.switches.asterisk.cdr.rows import ANSWERED, CdrRow, marks_of

if TYPE_CHECKING:
    from pymysql.connections import Connection
    from pymysql.cursors import DictCursor

PAGE = 1000

_COLUMNS = (
    "calldate, src, channel, dstchannel, lastapp, lastdata, duration, billsec, disposition, "
    "uniqueid, userfield, linkedid, sequence"
)
# NULLs are possible in a table that was upgraded from an old version.
_SEQUENCE = "coalesce(sequence, 0)"
_QUERY = (
    f"select {_COLUMNS} from cdr where calldate >= %(day)s "  # noqa: S608 (our own words)
    f"and (calldate, uniqueid, {_SEQUENCE}) > (%(day)s, %(id)s, %(sequence)s) "
    f"order by calldate, uniqueid, {_SEQUENCE} limit %(page)s"
)


class BadUrl(ValueError):
    """The address of the database is not one."""


class NoClient(Exception):
    """The optional library is not installed."""


@value_class
class CdrDatabase:
    """Where the table is. ``tls``: encrypted, with the server's certificate checked."""

    host: str
    port: int
    user: str
    password: str
    name: str
    socket: str = ""
    tls: bool = False

    @classmethod
    def parse(cls, url: str) -> "CdrDatabase":
        """``mysql://user:password@host:port/asteriskcdrdb``, or ``mysql:///name?socket=/path``.

        ``?tls=1`` asks for encryption. Raises :class:`BadUrl`, without the password in it.
        """
        try:
            parts = urlsplit(url)
            options = dict(one.partition("=")[::2] for one in parts.query.split("&") if one)
            port = parts.port or 3306
        except ValueError:
            raise BadUrl("the database's address has a bad host or port") from None
        name = unquote(parts.path.lstrip("/"))
        if (
            parts.scheme not in {"mysql", "mariadb"}
            or not name
            or options.keys()
            - {
                "socket",
                "tls",
            }
        ):
            raise BadUrl("the database's address is not mysql://user:password@host/asteriskcdrdb")
        return cls(
            host=parts.hostname or "127.0.0.1",
            port=port,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            name=name,
            socket=unquote(options.get("socket", "")),
            tls=options.get("tls") == "1",
        )

    def __repr__(self) -> str:
        return f"CdrDatabase({self.host}:{self.port}/{self.name})"

    def rows_since(self, moment: datetime, source: Source) -> Iterator[CdrRow]:
        """Rows of calls that began then (UTC) or later, by their begin.

        Raises ``OSError`` when the database cannot be asked, :class:`NoClient`.
        """
        try:
            import pymysql  # noqa: PLC0415 (optional)
        except ImportError:
            raise NoClient(
                "reading FreePBX's table needs PyMySQL: pip install 'callmark[freepbx]'"
            ) from None
        local = moment.astimezone(source.zone).replace(tzinfo=None)
        place: tuple[datetime, str, int] = (local, "", -1)
        try:
            with closing(self._connect()) as connection:
                while True:
                    page = _page(connection, place)
                    yield from (_row(one, source) for one in page if one["calldate"])
                    if len(page) < PAGE:
                        return
                    last = page[-1]
                    place = (last["calldate"], last["uniqueid"], last["sequence"] or 0)
        except pymysql.MySQLError as problem:
            number = problem.args[0] if problem.args else "?"
            raise OSError(f"the database of the CDR cannot be asked (error {number})") from None

    def _connect(self) -> "Connection[DictCursor]":
        import pymysql  # noqa: PLC0415
        from pymysql.cursors import DictCursor  # noqa: PLC0415

        return pymysql.connect(
            host=self.host,
            port=self.port,
            user=self.user,
            password=self.password,
            database=self.name,
            unix_socket=self.socket or None,
            charset="utf8mb4",
            connect_timeout=10,
            read_timeout=60,
            ssl_verify_cert=True if self.tls else None,
            ssl_verify_identity=True if self.tls else None,
            cursorclass=DictCursor,
        )


def _page(
    connection: "Connection[DictCursor]", place: tuple[datetime, str, int]
) -> list[dict[str, Any]]:
    day, call_id, sequence = place
    values = {"day": day, "id": call_id, "sequence": sequence, "page": PAGE}
    with connection.cursor() as cursor:
        cursor.execute(_QUERY, values)
        found: list[dict[str, Any]] = list(cursor.fetchall())
    connection.rollback()  # what is committed meanwhile belongs to the next page
    return found


def _row(values: Mapping[str, Any], source: Source) -> CdrRow:
    began = _utc(values["calldate"], source.zone)
    duration, seconds = int(values["duration"] or 0), int(values["billsec"] or 0)
    disposition = values["disposition"] or ""
    ended = began + timedelta(seconds=duration)
    call_id = values["uniqueid"] or ""
    application, data = values["lastapp"] or "", values["lastdata"] or ""
    return CdrRow(
        source=values["src"] or "",
        channel=values["channel"] or "",
        far_channel=values["dstchannel"] or "",
        dial=dial_of(application.encode(), data.encode(), source.key),
        started_at=began,
        answered_at=ended - timedelta(seconds=seconds) if disposition == ANSWERED else None,
        ended_at=ended,
        seconds=seconds,
        disposition=disposition,
        call_id=call_id,
        linked_id=values["linkedid"] or call_id,
        marks=marks_of(values["userfield"] or ""),
        sequence=-1 if values["sequence"] is None else int(values["sequence"]),
    )


def _utc(local: datetime, zone: tzinfo) -> datetime:
    return local.replace(tzinfo=zone).astimezone(UTC)
