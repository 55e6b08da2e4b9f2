"""``callmark asterisk check``: what a switch's configuration still lacks, and where digits leak."""

import grp
import pwd
import re
from collections.abc import Iterator
from pathlib import Path

from callmark.policy.prompts import PromptLanguage
from callmark.switches.alone.findings import Finding
from callmark.switches.asterisk.access import SECRET_FILE
from callmark.switches.asterisk.check_dialplan import dials, included, star_codes, written_before
from callmark.switches.asterisk.conf_files import ConfFile, Section
from callmark.switches.asterisk.freepbx import is_freepbx
from callmark.switches.asterisk.sounds import folder_of, missing_prompts
from callmark.switches.asterisk.written import taken_port

NEEDED_MODULES = {
    "pbx_config": "reads the dialplan",
    "res_agi": "asks the gate",
    "app_stack": "runs the Gosub",
    "app_playback": "says why a call is refused",
    "app_originate": "lets digits pass again after an accepted code",
    "app_playtones": "plays the splash tone",
    "func_callerid": "gives the gate the caller's number for the record",
    "func_config": "shows the gate the shared secret, if there is one",
    "func_cdr": "marks calls made while the gate is down",
    "func_channel": "reports the end of calls and tags them",
    "func_cut": "reads emergency numbers in every form",
    "func_env": "reports the end of calls at the least cost",
    "func_frame_drop": "keeps digits after an accepted code from the called party",
    "func_logic": "is used throughout",
    "func_strings": "judges numbers while the gate is down",
    "func_timeout": "takes a call back from a gate that hangs",
    "func_uri": "passes the dialed number safely",
}

_LOOPBACK = {"127.0.0.1", "::1", "[::1]", "localhost"}
_YES = {"yes", "true", "y", "t", "1", "on"}
_LEAKING_COMMANDS = re.compile(r"(agi set debug|core set debug|rtp set debug|pjsip set logger)")


def check_configuration(etc: Path, sounds: Path | None = None) -> list[Finding]:
    """Check a configuration directory such as ``/etc/asterisk``, and a folder of sounds."""
    checks = (
        included,
        written_before,
        dials,
        star_codes,
        _modules,
        _secret,
        _logger,
        _startup,
        _events,
        _cdr,
        _manager,
        _http,
        _endpoints,
        taken_port,
    )
    findings = [finding for check in checks for finding in check(etc)]
    if sounds is not None:
        findings += _prompts(sounds, etc)
    return findings


def _modules(etc: Path) -> Iterator[Finding]:
    conf = ConfFile(etc / "modules.conf", etc)
    stated: dict[str, str] = {}
    for one in conf.settings():
        stated[one.value.removesuffix(".so")] = one.name
    autoload = conf.value("modules", "autoload", "yes").lower() in _YES
    for module, purpose in NEEDED_MODULES.items():
        state = stated.get(module, "load" if autoload else "noload")
        if state == "noload":
            yield Finding(
                str(conf.path),
                f"{module}.so is not loaded; it {purpose}",
                f"Write load = {module}.so there and restart Asterisk",
            )


def _secret(etc: Path) -> Iterator[Finding]:
    path = etc / "callmark" / SECRET_FILE
    do = "Run 'callmark asterisk config', and let Asterisk's user read the file"
    try:
        value = ConfFile(path, etc).value("gate", "secret") if path.exists() else None
    except PermissionError:
        value = ""
    if value is None:
        yield Finding(str(path), "there is no such file, so a gate with a secret refuses calls", do)
    elif not value or not _may_read(path, etc):
        yield Finding(str(path), "Asterisk finds no secret in it or may not read it", do)


def _may_read(path: Path, etc: Path) -> bool:
    """Whether the user that Asterisk runs as may; True where nothing says which one that is."""
    options = ConfFile(etc / "asterisk.conf", etc)
    user, group = options.value("options", "runuser"), options.value("options", "rungroup")
    try:
        uid = pwd.getpwnam(user).pw_uid if user else None
        gid = grp.getgrnam(group).gr_gid if group else None
    except KeyError:
        return True
    if uid in {None, 0}:
        return True
    found = path.stat()
    # Into a folder it must get, too.
    wanted = 0o5 if path.is_dir() else 0o4
    shift = 6 if found.st_uid == uid else 3 if found.st_gid == gid else 0
    return found.st_mode >> shift & wanted == wanted


def _logger(etc: Path) -> Iterator[Finding]:
    conf = ConfFile(etc / "logger.conf", etc)
    for section in conf.named("logfiles"):
        for one in section.settings:
            levels = {re.sub(r"\(.*\)|\[.*\]", "", level).strip() for level in _levels(one.value)}
            found = sorted(levels & {"dtmf", "debug", "*"})
            if found:
                yield Finding(
                    f"{one.path}:{one.line}",
                    f"the log {one.name!r} has the level {', '.join(found)}, which writes every "
                    "digit that callers type",
                    "Take it out and run 'logger reload'",
                    leak=True,
                )


def _levels(value: str) -> list[str]:
    # verbose(3) may hold no comma, but a format such as [json] stands in front.
    return re.sub(r"^\[[^]]*\]", "", value.strip().lower()).split(",")


def _startup(etc: Path) -> Iterator[Finding]:
    conf = ConfFile(etc / "cli.conf", etc)
    for section in conf.named("startup_commands"):
        for one in section.settings:
            if _LEAKING_COMMANDS.search(one.name) and one.value.lower() in _YES:
                yield Finding(
                    f"{one.path}:{one.line}",
                    f"{one.name!r} runs at every start and shows the digits that callers type",
                    "Take the line out",
                    leak=True,
                )
    conf = ConfFile(etc / "asterisk.conf", etc)
    if conf.value("options", "debug", "0").lower() not in {"0", "no", "off", "false"}:
        yield Finding(
            str(conf.path),
            "debug is on, which writes digits to whatever takes the debug level",
            "Set debug = 0 under [options]",
            leak=True,
        )


def _events(etc: Path) -> Iterator[Finding]:
    conf = ConfFile(etc / "cel.conf", etc)
    events = {event.strip().upper() for event in conf.value("general", "events").split(",")}
    if conf.value("general", "enable").lower() in _YES and events & {"ALL", "DTMF"}:
        yield Finding(
            str(conf.path),
            "channel event logging takes DTMF events, which are the digits that callers type",
            "Name the wanted events instead, without DTMF",
            leak=True,
        )


def _cdr(etc: Path) -> Iterator[Finding]:
    conf = ConfFile(etc / "cdr.conf", etc)
    wanted = ("loguniqueid", "loguserfield", "newcdrcolumns", "usegmtime")
    lacking = [name for name in wanted if conf.value("csv", name).lower() not in _YES]
    if is_freepbx(etc):
        lacking = []  # its records are in a database, with every column
    if lacking:
        yield Finding(
            str(conf.path),
            f"{', '.join(lacking)} is not on, so calls made while the gate is down cannot be added "
            "to the history",
            f"Write {', '.join(f'{name} = yes' for name in lacking)} under [csv]",
        )
    if conf.value("general", "unanswered", "no").lower() not in _YES:
        yield Finding(
            str(conf.path),
            "unanswered is not on, so calls that are refused while the gate is down leave no trace",
            "Write unanswered = yes under [general]"
            + (" (cdr_general_custom.conf)" if is_freepbx(etc) else ""),
        )


def _manager(etc: Path) -> Iterator[Finding]:
    conf = ConfFile(etc / "manager.conf", etc)
    if conf.value("general", "enabled").lower() not in _YES:
        return
    if conf.value("general", "bindaddr", "0.0.0.0") not in _LOOPBACK:  # noqa: S104 (its default)
        yield _open_to_the_network(conf, "the manager interface", "bindaddr = 127.0.0.1")
    for section in conf.sections:
        reads = {item.strip().lower() for item in section.value("read").split(",")}
        if section.name != "general" and reads & {"all", "dtmf"}:
            yield Finding(
                str(conf.path),
                f"the manager user {section.name!r} may read DTMF events: everybody's digits",
                "List what it needs in 'read', without dtmf and all",
                leak=True,
            )


def _http(etc: Path) -> Iterator[Finding]:
    conf = ConfFile(etc / "http.conf", etc)
    enabled = conf.value("general", "enabled").lower() in _YES
    address = conf.value("general", "bindaddr", "127.0.0.1")
    ari = ConfFile(etc / "ari.conf", etc).value("general", "enabled", "no").lower() in _YES
    if enabled and ari and address not in _LOOPBACK:
        yield _open_to_the_network(conf, "ARI without TLS", "bindaddr = 127.0.0.1, or use TLS")


def _open_to_the_network(conf: ConfFile, what: str, do: str) -> Finding:
    return Finding(
        str(conf.path),
        f"{what} can be reached from the network; anyone who signs in there rules the switch",
        f"Set {do}",
    )


def _endpoints(etc: Path) -> Iterator[Finding]:
    conf = ConfFile(etc / "pjsip.conf", etc)
    by_address = {
        section.value("endpoint") for section in conf.sections if _type(section) == "identify"
    }
    for section in conf.sections:
        if _type(section) != "endpoint" or section.is_template:
            continue
        if not section.value("auth") and section.name not in by_address:
            yield Finding(
                str(conf.path),
                f"the endpoint {section.name!r} has neither auth nor an identify section: anybody "
                "who writes its name in From calls as its user",
                f"Give it auth={section.name} and a section of type=auth",
            )


def _type(section: Section) -> str:
    return section.value("type").lower()


def _prompts(sounds: Path, etc: Path) -> Iterator[Finding]:
    for language in PromptLanguage:
        yield from _prompts_in(language, sounds, etc)


def _prompts_in(language: PromptLanguage, sounds: Path, etc: Path) -> Iterator[Finding]:
    missing = missing_prompts(sounds, language)
    folder = folder_of(sounds, language)
    others = "English" if language is not PromptLanguage.ENGLISH else "Asterisk's own sounds"
    if missing:
        yield Finding(
            str(folder),
            f"{len(missing)} prompts are missing ({', '.join(missing[:3])}, ...); callers hear "
            f"{others} instead",
            "Run 'callmark asterisk prompts'",
        )
    hidden = [path for path in (folder, *folder.glob("*")) if not _may_read(path, etc)]
    if folder.is_dir() and hidden:
        yield Finding(
            str(hidden[0]),
            f"Asterisk's user may not read {len(hidden)} of the prompts; callers hear "
            f"{others} instead",
            f"chmod -R a+rX {folder}",
        )
