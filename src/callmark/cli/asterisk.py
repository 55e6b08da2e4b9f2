"""``callmark asterisk ...``: configuration, prompts and checks for an Asterisk."""

import typer

from callmark.cli import app

asterisk = typer.Typer(no_args_is_help=True, help="Connect an Asterisk.")
app.add_typer(asterisk, name="asterisk")
