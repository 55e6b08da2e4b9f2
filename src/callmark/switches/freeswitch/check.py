"""``callmark freeswitch check``: what a switch's configuration lacks, and where digits leak."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from callmark.policy.prompts import PromptLanguage
from callmark.switches.alone.account import AccountDialplan, version_of
from callmark.switches.alone.findings import Finding
from callmark.switches.freeswitch.cdr.reading import TEMPLATE_NAME, template_text
from callmark.switches.freeswitch.conf_files import Element, Tree
from callmark.switches.freeswitch.dialplan import CONTEXTS_FILE, INBOUND_FILE, hook_file
from callmark.switches.freeswitch.dialplan.names import own_context
from callmark.switches.freeswitch.dialplan.settings import LOOPBACK
from callmark.switches.freeswitch.prompts import folder_of, missing_prompts

FOLDER = "callmark"
KNOWN_PASSWORD = "ClueCon"  # noqa: S105 (the switch's own, for everybody to read)
_AGAIN = "Run 'callmark freeswitch config --write' again, then 'reloadxml'"
_YES = {"true", "yes", "on", "1", "enabled"}
_DEBUG = {"debug", "debug1", "all", "console"}
_TAKES_ANYTHING = re.compile(r"\((?:\.[*+]|\^?\.[*+]\$?)\)")


def check_configuration(
    conf: Path, accounts: Sequence[AccountDialplan] = (), folder: Path | None = None
) -> list[Finding]:
    """Check a configuration such as ``/etc/freeswitch`` against the accounts as they are now.

    ``folder`` is where ``config --write`` wrote. Raises ``OSError``.
    """
    tree = Tree(conf)
    written = folder or conf / FOLDER
    return [
        *_unreadable(tree),
        *_written(written, accounts),
        *_included(tree, written, accounts),
        *_routes(tree),
        *_own_sensitive_dtmf(tree),
        *_event_socket(tree),
        *_logs(tree),
        *_cdr(tree),
        *_profiles(tree),
        *_star_codes(tree, accounts),
        *_prompts(written),
    ]


def _unreadable(tree: Tree) -> Iterator[Finding]:
    for path in tree.problems:
        what = "it is not well-formed XML, or cannot be read: nothing in it was looked at"
        yield Finding(path, what, "Mend it, and run this again")


def _written(folder: Path, accounts: Sequence[AccountDialplan]) -> Iterator[Finding]:
    if not accounts:
        return
    wanted = version_of(accounts)
    for name in (CONTEXTS_FILE, INBOUND_FILE, *(hook_file(one) for one in accounts)):
        path = folder / name
        if not path.is_file():
            yield Finding(str(path), "there is no such file", _AGAIN)
        elif f"version {wanted}." not in path.read_text(errors="replace")[:500]:
            yield Finding(
                str(path),
                "it was written for other accounts, extensions or settings than there are now, so "
                "the fail policy and emergency numbers may be old",
                _AGAIN,
            )


def _included(tree: Tree, folder: Path, accounts: Sequence[AccountDialplan]) -> Iterator[Finding]:
    # Written is not included: the file itself does not count.
    ours = str(folder / CONTEXTS_FILE)
    contexts = {one.get("name") for one in tree.all("context") if one.where != ours}
    for account in accounts:
        if own_context(account) not in contexts:
            yield Finding(
                str(tree.root / "dialplan"),
                f"the context {own_context(account)!r} is not there, so every question fails",
                f"ln -s {folder / CONTEXTS_FILE} {tree.root / 'dialplan/callmark.xml'}",
            )
        yield from _hook_is_first(tree, account, folder)


def _hook_is_first(tree: Tree, account: AccountDialplan, folder: Path) -> Iterator[Finding]:
    line = f'<X-PRE-PROCESS cmd="include" data="{folder / hook_file(account)}"/>'
    own = own_context(account)
    for context in tree.all("context"):
        extensions = context.children("extension")
        places = [n for n, one in enumerate(extensions) if _asks(one, own)]
        if not places or context.get("name") == own:
            continue
        before = [
            one
            for one in extensions[: places[0]]
            if not (one.get("name").startswith("callmark-") or one.get("continue") == "true")
        ]
        if before:
            yield Finding(
                before[0].where,
                f"the extension {before[0].get('name')!r} stands before Callmark's in the context "
                f"{context.get('name')!r}: what it takes is not asked about, and comes before "
                "emergency calls",
                "Include Callmark's file before every other extension",
            )
        return
    yield Finding(
        str(tree.root / "dialplan"),
        f"no context includes {hook_file(account)}, so no call of {account.slug} is ever asked "
        "for a code",
        f"Put {line} first into the context of its phones",
    )


def _asks(extension: Element, own: str) -> bool:
    return any(action.get("data").endswith(f" XML {own}") for action in extension.all("action"))


def _routes(tree: Tree) -> Iterator[Finding]:
    """Bridges of what a phone sent, where that may be anything at all."""
    for extension in tree.all("extension"):
        for condition in extension.all("condition"):
            anything = _TAKES_ANYTHING.search(condition.get("expression"))
            for action in condition.children("action") if anything else ():
                if action.get("application") == "bridge" and "$1" in action.get("data"):
                    yield Finding(
                        extension.where,
                        f"{extension.get('name')!r} bridges to $1 of a pattern that takes "
                        "anything: a comma, | or @host in what a phone sends is obeyed",
                        "Bridge to ${callmark_number}, or take digits only",
                    )


def _own_sensitive_dtmf(tree: Tree) -> Iterator[Finding]:
    """Ours is taken back on answer; one that an operator's route sets is not, or takes it early."""
    for extension in tree.all("extension"):
        if extension.get("name").startswith("callmark-"):
            continue
        for action in extension.all("action"):
            if re.search(r"\bsensitive_dtmf\b", action.get("data")):
                yield Finding(
                    action.where,
                    f"{extension.get('name')!r} sets sensitive_dtmf, which Callmark sets, too: "
                    "left on, no digit reaches the called party; taken back early, digits typed "
                    "while it rings do",
                    "Leave it to Callmark, or look whether the call ends before",
                )
                break


def _event_socket(tree: Tree) -> Iterator[Finding]:
    settings = tree.parameters("event_socket.conf")
    if not settings:
        return
    where = settings["password"].where if "password" in settings else str(tree.root)
    if settings.get("password", Element.nothing()).get("value") in {"", KNOWN_PASSWORD}:
        yield Finding(
            where,
            "the event socket has FreeSWITCH's well-known password: anyone who reaches it rules "
            "the switch",
            "Set another, and CALLMARK_FREESWITCH_PASSWORD to the same",
        )
    address = settings.get("listen-ip", Element.nothing()).get("value")
    if not LOOPBACK.fullmatch(f"{address}:1"):
        yield Finding(
            where,
            f"the event socket listens on {address or 'every address'}",
            "Set listen-ip to 127.0.0.1",
        )


def _logs(tree: Tree) -> Iterator[Finding]:
    """At the level debug each digit is logged as it comes, but for our own questions."""
    for one in tree.configuration("logfile.conf"):
        for mapping in one.all("map"):
            levels = {level.strip() for level in mapping.get("value").split(",")}
            if levels & _DEBUG - {"console"}:
                yield Finding(
                    mapping.where,
                    "the log takes the level debug, which writes digits that are typed outside "
                    "Callmark's questions, such as a calling card's",
                    "Take debug out of the list and run 'fsctl loglevel notice'",
                    leak=True,
                )
                return


def _cdr(tree: Tree) -> Iterator[Finding]:
    modules = {one.get("module") for one in tree.all("load")}
    if not modules & {"mod_json_cdr", "mod_cdr_csv"}:
        if modules:
            yield Finding(
                str(tree.root),
                "neither mod_json_cdr nor mod_cdr_csv is loaded, so calls made while the gate is "
                "down are in no history",
                "Load mod_json_cdr, and let 'callmark freeswitch follow-cdr' read its folder",
            )
        return
    if "mod_json_cdr" in modules:
        yield from _json_cdr(tree)
    if "mod_cdr_csv" in modules:
        yield from _csv(tree, alone="mod_json_cdr" not in modules)


def _json_cdr(tree: Tree) -> Iterator[Finding]:
    settings = tree.parameters("json_cdr.conf")
    b_leg = settings.get("log-b-leg", Element.nothing())
    if b_leg.get("value").lower() not in _YES:
        yield Finding(
            b_leg.where or str(tree.root),
            "log-b-leg is not on, so nobody knows how long calls were talked on that were made "
            "while the gate was down",
            'Write <param name="log-b-leg" value="true"/> into json_cdr.conf.xml',
        )


def _csv(tree: Tree, *, alone: bool) -> Iterator[Finding]:
    settings = tree.parameters("cdr_csv.conf")
    where = str(tree.root / "autoload_configs/cdr_csv.conf.xml")
    if settings.get("master-file-only", Element.nothing()).get("value").lower() not in _YES:
        yield Finding(
            where,
            "mod_cdr_csv makes a file for each accountcode, and takes ../ in it for a folder",
            'Write <param name="master-file-only" value="true"/>',
        )
    if not alone:
        return
    ours = {one.get("name"): one.text for one in tree.all("template")}
    if settings.get("default-template", Element.nothing()).get("value") != TEMPLATE_NAME:
        do = f"Set default-template to {TEMPLATE_NAME}, and legs to ab"
        yield Finding(where, "its default template is not Callmark's, so no line is read", do)
    elif settings.get("legs", Element.nothing()).get("value") != "ab":
        yield Finding(where, "it writes no called legs, which know the seconds", "Set legs to ab")
    if ours.get(TEMPLATE_NAME) not in {None, template_text()}:
        yield Finding(
            where,
            f"the template {TEMPLATE_NAME!r} has other columns than Callmark reads",
            "Copy it from cdr_csv_template.xml anew",
        )


def _profiles(tree: Tree) -> Iterator[Finding]:
    for profile in tree.all("profile"):
        settings = {one.get("name"): one for one in profile.all("param")}
        calls = settings.get("auth-calls", Element.nothing()).get("value").lower()
        by_address = settings.get("apply-inbound-acl")
        public = settings.get("context", Element.nothing()).get("value") in {"", "public"}
        if calls == "false" and not public:
            yield Finding(
                profile.where,
                f"the profile {profile.get('name')!r} takes calls without a password into a "
                "context of phones: nobody knows who calls",
                "Set auth-calls to true, or its context to public",
            )
        if by_address is not None and calls in _YES and not public:
            yield Finding(
                by_address.where,
                f"the profile {profile.get('name')!r} admits phones by their address: they are "
                "callers unknown, under the strictest rules",
                "Set callmark_phone=user@domain in the directory entries of those phones",
            )


def _star_codes(tree: Tree, accounts: Sequence[AccountDialplan]) -> Iterator[Finding]:
    """Digit bindings of the operator's that fire before a star code of ours is complete."""
    codes = {account.star_code for account in accounts}
    for action in tree.all("action"):
        if action.get("application") not in {"bind_digit_action", "bind_meta_app"}:
            continue
        parts = re.sub(r"^\^\^(.)", "", action.get("data"))
        fields = re.split(r"[;,]", parts)
        bound = fields[1].strip("~") if len(fields) > 1 else ""
        for code in codes:
            if bound and bound != code and code.startswith(bound):
                yield Finding(
                    action.where,
                    f"the binding {bound} fires first when somebody dials {code}",
                    "Turn it off, or give the account another star code",
                )


def _prompts(folder: Path) -> Iterator[Finding]:
    for language in PromptLanguage:
        missing = missing_prompts(folder / "sounds", language)
        others = "tones" if language is PromptLanguage.ENGLISH else "English"
        if missing:
            yield Finding(
                str(folder_of(folder / "sounds", language)),
                f"{len(missing)} prompts are missing ({', '.join(missing[:3])}, ...); callers hear "
                f"{others} instead",
                _AGAIN,
            )
