"""One Asterisk process in the root, with directories, ports and a configuration of its own."""

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from tests.ports import free_port

from .ami import Ami

MODULES = """
app_dial app_playback app_stack app_mixmonitor app_verbose app_echo app_exec app_cdr
app_senddtmf app_playtones app_originate app_read app_record app_milliwatt app_blind_transfer
app_userevent bridge_simple bridge_native_rtp bridge_softmix bridge_builtin_features
bridge_holding cdr_csv cdr_manager chan_pjsip codec_ulaw codec_alaw codec_resample codec_gsm
codec_a_mu format_wav format_gsm format_pcm format_sln func_callerid func_cdr func_channel
func_db func_env func_logic func_strings func_timeout func_uri func_global func_hangupcause
func_pjsip_endpoint func_config func_cut func_dialplan func_frame_drop pbx_config res_agi
res_musiconhold
res_rtp_asterisk res_sorcery_config res_sorcery_memory
res_sorcery_astdb res_timing_timerfd res_pjproject res_pjsip res_pjsip_acl
res_pjsip_authenticator_digest res_pjsip_caller_id res_pjsip_dtmf_info
res_pjsip_endpoint_identifier_ip res_pjsip_endpoint_identifier_user res_pjsip_header_funcs
res_pjsip_logger res_pjsip_outbound_authenticator_digest res_pjsip_refer res_pjsip_registrar
res_pjsip_sdp_rtp res_pjsip_session res_pjsip_pubsub res_speech res_pjsip_rfc3326
app_queue res_parking app_disa app_directed_pickup
"""

EMPTY_FILES = """
features musiconhold acl udptl codecs cel ccss stasis sorcery extconfig pjproject cli
extensions
"""

INDICATIONS = """[general]
country=us
[us]
description=North America
ringcadence=2000,4000
ring=440+480/2000,0/4000
busy=480+620/500,0/500
"""

SECRET = "only-for-tests"


class Instance:
    """Start with :meth:`start`; configuration files are written by the caller into :attr:`etc`."""

    def __init__(self, root: Path, name: str, rtp_start: int) -> None:
        self.root = root
        self.name = name
        self.home = root / "tmp" / f"callmark-tests-{os.getpid()}" / name
        self.etc = self.home / "etc"
        self.log = self.home / "log" / "full.log"
        self.cdr_csv = self.home / "log" / "cdr-csv" / "Master.csv"
        self.sounds = self.home / "data" / "sounds" / "en"
        self.sip_port = free_port(socket.SOCK_DGRAM)
        self.ami_port = free_port(socket.SOCK_STREAM)
        self._rtp_start = rtp_start
        self._process: subprocess.Popen[bytes] | None = None
        self._make_directories()
        self._write_common_files()

    def inside(self, path: Path) -> str:
        """A path as Asterisk sees it, from within its root."""
        return "/" + str(path.relative_to(self.root))

    def write(self, name: str, text: str) -> None:
        """Write a file of the configuration."""
        (self.etc / name).write_text(text)

    def start(self) -> Ami:
        """Start Asterisk and wait until it takes calls; returns a manager connection."""
        self._launch()
        ami = self._connect()
        ami.wait_for(lambda e: e.get("Event") == "FullyBooted", what="Asterisk to boot", timeout=60)
        return ami

    def start_without_manager(self) -> None:
        """The same for one whose manager.conf lets nobody in."""
        self._launch()
        config = self.inside(self.etc / "asterisk.conf")
        asked = ["chroot", str(self.root), "/usr/sbin/asterisk", "-C", config]
        deadline = time.monotonic() + 60
        while subprocess.run(
            [*asked, "-rx", "core waitfullybooted"], capture_output=True, check=False
        ).returncode:
            if time.monotonic() > deadline:
                raise TimeoutError("Asterisk did not boot")
            time.sleep(0.2)

    def _launch(self) -> None:
        config = self.inside(self.etc / "asterisk.conf")
        self._process = subprocess.Popen(
            ["chroot", str(self.root), "/usr/sbin/asterisk", "-f", "-C", config],
            stdin=subprocess.DEVNULL,
            stdout=(self.home / "stdout.log").open("wb"),
            stderr=subprocess.STDOUT,
        )

    def log_since(self, position: int) -> str:
        """What was logged from there on; all of it is megabytes after a while."""
        with self.log.open("rb") as log:
            log.seek(position)
            return log.read().decode(errors="replace")

    @property
    def pid(self) -> int:
        """Of the running process."""
        assert self._process is not None
        return self._process.pid

    def stop(self) -> None:
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def remove(self) -> None:
        if "CALLMARK_KEEP_ASTERISK" in os.environ:
            return
        shutil.rmtree(self.home, ignore_errors=True)

    def _connect(self) -> Ami:
        deadline = time.monotonic() + 60
        while True:
            try:
                return Ami(self.ami_port, SECRET)
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def _make_directories(self) -> None:
        for name in ("etc", "run", "db", "spool/monitor", "log/cdr-csv", "lib", "data/sounds/en"):
            (self.home / name).mkdir(parents=True)
        for stock in ("documentation", "agi-bin", "moh", "static-http", "keys"):
            (self.home / "data" / stock).symlink_to(f"/usr/share/asterisk/{stock}")
        stock_sounds = self.root / "usr/share/asterisk/sounds/en_US_f_Allison"
        for sound in stock_sounds.iterdir():
            (self.sounds / sound.name).symlink_to(f"/usr/share/asterisk/sounds/en/{sound.name}")

    def _write_common_files(self) -> None:
        at = {name: self.inside(self.home / name) for name in ("etc", "run", "db", "spool", "log")}
        data, lib = self.inside(self.home / "data"), self.inside(self.home / "lib")
        modules = self.inside(next(self.root.glob("usr/lib/*/asterisk/modules")))
        self.write(
            "asterisk.conf",
            f"[directories]\nastetcdir={at['etc']}\nastmoddir={modules}\nastvarlibdir={lib}\n"
            f"astdbdir={at['db']}\nastkeydir={lib}\nastdatadir={data}\nastagidir={data}/agi-bin\n"
            f"astspooldir={at['spool']}\nastrundir={at['run']}\nastlogdir={at['log']}\n"
            f"astsbindir=/usr/sbin\n[options]\nsystemname={self.name}\nhighpriority=no\n",
        )
        loads = "\n".join(f"load={name}.so" for name in MODULES.split())
        self.write("modules.conf", f"[modules]\nautoload=no\n{loads}\n")
        self.write(
            "logger.conf",
            "[general]\ndateformat=%F %T.%3q\n[logfiles]\n"
            "full.log => notice,warning,error,verbose(3)\n",
        )
        self.write(
            "rtp.conf",
            f"[general]\nrtpstart={self._rtp_start}\n"
            f"rtpend={self._rtp_start + 398}\nicesupport=no\n",
        )
        self.write(
            "manager.conf",
            f"[general]\nenabled=yes\nbindaddr=127.0.0.1\nport={self.ami_port}\n"
            f"[test]\nsecret={SECRET}\nread=system,call,cdr,dialplan,user,dtmf,agi\nwrite=all\n",
        )
        self.write(
            "cdr.conf",
            "[general]\nenable=yes\nunanswered=yes\ncongestion=yes\n"
            "[csv]\nusegmtime=yes\nloguniqueid=yes\nloguserfield=yes\n"
            "newcdrcolumns=yes\n",
        )
        self.write("cdr_manager.conf", "[general]\nenabled=yes\n")
        self.write("indications.conf", INDICATIONS)
        for empty in EMPTY_FILES.split():
            self.write(f"{empty}.conf", "")
