"""A real Odoo 19, unpacked into a cache folder of its own: nothing of it is installed.

The steps of other-ats.md 8.2. The package comes from wherever this machine takes its own packages,
the libraries from wherever its pip does. A second run finds everything there already.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import IO, Any

LIBRARIES = """
asn1crypto Babel cbor2 chardet cryptography python-dateutil docutils geoip2 gevent greenlet idna
Jinja2 libsass lxml lxml_html_clean MarkupSafe num2words ofxparse openpyxl pyOpenSSL Pillow
polib psutil psycopg2-binary pypdf pytz qrcode reportlab>=4.0.4 requests rjsmin pyserial
python-stdnum urllib3 pyusb vobject werkzeug<4 xlrd XlsxWriter xlwt zeep freezegun python-magic
passlib
"""
LEFT_OUT = ("*.po", "*.pot", "*/addons/l10n_*")
"""Translations and accounting rules: three quarters of the size, and nothing here needs them."""
MODULES = "hr_recruitment,hr_recruitment_survey,calendar,base_automation"
MODEL = "model"
"""The database that every run copies."""
USERS = """
import json
groups = env['ir.model.data']._xmlid_to_res_id
internal = groups('base.group_user')
officer = groups('hr_recruitment.group_hr_recruitment_user')
keys = {}
for name, held in (('service', [internal, officer]), ('outsider', [internal])):
    user = env['res.users'].create({'name': f'Afterword {name}', 'login': name,
        'email': f'{name}@example.org', 'group_ids': [(6, 0, held)]})
    keys[name] = env['res.users.apikeys'].with_user(user.id).sudo()._generate('rpc', name, None)
keys['admin'] = env['res.users.apikeys'].with_user(2).sudo()._generate('rpc', 'admin', None)
env.cr.commit()
print('KEYS', json.dumps(keys))
"""
"""Keys cannot be made through the API; everything else of the proof goes through it."""


class CannotInstall(RuntimeError):
    """One sentence: which step, and what it said last."""


def default_cache() -> Path:
    """``ODOO_PROOF_CACHE``, or a folder that a database server's own account can walk into."""
    told = os.environ.get("ODOO_PROOF_CACHE")
    if told:
        return Path(told)
    below = Path("/var/cache") if os.geteuid() == 0 else Path.home() / ".cache"
    return below / "afterword-odoo"


class Installation:
    """What lies in the cache. Each step is done once, and only a finished one counts."""

    def __init__(self, cache: Path, say: Callable[[str], None]) -> None:
        self.cache, self._say = cache, say
        self.tree, self.venv = cache / "odoo", cache / "venv"
        self.state = cache / "state"
        """Odoo's own data folder."""
        self._server: Any = None
        cache.mkdir(parents=True, exist_ok=True)

    def prepare(self) -> None:
        """Raises CannotInstall."""
        self._once("package", self._unpack)
        self._once("venv", self._libraries)
        self._once("database", self._database)

    def keys(self) -> Mapping[str, str]:
        """API keys of ``service`` (recruitment officer), ``outsider`` and ``admin``."""
        keys: Mapping[str, str] = json.loads((self.cache / "keys.json").read_text())
        return keys

    def version(self) -> str:
        """The package's version, as its file says it."""
        return next(self.cache.glob("odoo-19_*.deb")).name.split("_")[1]

    @contextmanager
    def postgres(self) -> Iterator[Path]:
        """The folder of the running server's socket; the server stops with the block."""
        runtime = self.cache / "runtime"  # the wheel warns without one of its own
        runtime.mkdir(mode=0o700, exist_ok=True)
        os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
        pgserver: Any = import_module("pgserver")  # not before: it looks for that folder at once
        server = pgserver.get_server(self.cache / "postgres", cleanup_mode="stop")
        try:
            self._server = server
            if "odoo" not in self.sql("SELECT rolname FROM pg_roles"):
                self.sql("CREATE ROLE odoo SUPERUSER LOGIN")  # it refuses the usual one
            yield Path(server.get_uri().partition("?host=")[2])
        finally:
            server.cleanup()

    def sql(self, statement: str) -> str:
        """One statement, while the server runs."""
        return str(self._server.psql(statement))

    def command(self, socket: Path, database: str, *more: str, sub: str = "") -> list[str]:
        """The command line of Odoo over this database."""
        addons = self.tree / "usr/lib/python3/dist-packages/odoo/addons"
        return [
            str(self.venv / "bin/python"),
            str(self.tree / "usr/bin/odoo"),
            *([sub] if sub else []),
            f"--db_host={socket}",
            "--db_user=odoo",
            f"--database={database}",
            f"--db-filter=^{database}$",
            f"--data-dir={self.state}",
            f"--addons-path={addons}",
            "--max-cron-threads=0",
            "--smtp=127.0.0.1",  # nothing listens there: no mail of Odoo's own can leave
            "--smtp-port=9",
            *more,
        ]

    def environment(self) -> dict[str, str]:
        packages = self.tree / "usr/lib/python3/dist-packages"
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("PG")},
            "PYTHONPATH": str(packages),
            "PYTHONDONTWRITEBYTECODE": "1",
            "HOME": str(self.cache),
        }

    def _once(self, name: str, step: Callable[[], None]) -> None:
        done = self.cache / f"{name}.done"
        if not done.exists():
            step()
            done.touch()

    def _unpack(self) -> None:
        self._say("fetching Odoo 19's package")
        apt = self.cache / "apt"
        for folder in ("lists/partial", "cache/archives/partial"):
            (apt / folder).mkdir(parents=True, exist_ok=True)
        (apt / "sources.list").write_text(f"deb {self._mirror()} sid main\n")
        options = [
            f"-oDir::Etc::sourcelist={apt}/sources.list",
            "-oDir::Etc::sourceparts=-",
            f"-oDir::State::lists={apt}/lists",
            f"-oDir::Cache={apt}/cache",
        ]
        self._run(["apt-get", *options, "update"])
        self._run(["apt-get", *options, "download", "odoo-19"])
        package = next(self.cache.glob("odoo-19_*.deb"))
        shutil.rmtree(self.tree, ignore_errors=True)
        self.tree.mkdir()
        left_out = [f"--exclude={pattern}" for pattern in LEFT_OUT]
        with subprocess.Popen(
            ["dpkg-deb", "--fsys-tarfile", str(package)], stdout=subprocess.PIPE
        ) as files:
            self._run(["tar", "-x", "-C", str(self.tree), *left_out], stdin=files.stdout)

    def _mirror(self) -> str:
        """Where this machine takes Debian from."""
        told = self._run(
            ["apt-get", "indextargets", "--format", "$(REPO_URI) $(LABEL) $(COMPONENT)"]
        )
        for line in told.splitlines():
            address, *rest = line.split()
            if rest == ["Debian", "main"]:
                return address
        raise CannotInstall("No Debian mirror is set up here. Run `apt-get update` once.")

    def _libraries(self) -> None:
        self._say("installing the libraries it needs")
        shutil.rmtree(self.venv, ignore_errors=True)
        self._run([sys.executable, "-m", "venv", str(self.venv)])
        self._run([str(self.venv / "bin/pip"), "install", "--quiet", *LIBRARIES.split()])

    def _database(self) -> None:
        self._say("making its database with the recruitment modules")
        shutil.rmtree(self.cache / "postgres", ignore_errors=True)
        shutil.rmtree(self.state, ignore_errors=True)
        with self.postgres() as socket:
            self._odoo(socket, "-i", MODULES, "--stop-after-init", "--no-http")
            told = self._odoo(socket, "--no-http", sub="shell", given=USERS)
        line = next(line for line in told.splitlines() if line.startswith("KEYS "))
        (self.cache / "keys.json").write_text(line.removeprefix("KEYS "))

    def _odoo(self, socket: Path, *more: str, sub: str = "", given: str = "") -> str:
        command = self.command(socket, MODEL, *more, sub=sub)
        return self._run(command, given=given, environment=self.environment())

    def _run(
        self,
        command: list[str],
        *,
        given: str | None = None,
        environment: Mapping[str, str] | None = None,
        stdin: IO[bytes] | None = None,
    ) -> str:
        try:
            done = subprocess.run(
                command,
                cwd=self.cache,
                env=environment,
                text=True,
                capture_output=True,
                check=True,
                timeout=500,
                **({"stdin": stdin} if given is None else {"input": given}),
            )
        except FileNotFoundError:
            raise CannotInstall(f"{command[0]} is not on this machine.") from None
        except subprocess.CalledProcessError as error:
            last = "\n".join(str(error.stderr or error.stdout).splitlines()[-15:])
            raise CannotInstall(f"{Path(command[0]).name} failed:\n{last}") from None
        return str(done.stdout)
