"""`tpsbox forms`: lists the forms, prints their geometry, draws their blank sheets."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import msgspec

from tpsbox.errors import UsageError
from tpsbox.forms.drawing import write_page
from tpsbox.forms.election import load_election
from tpsbox.forms.library import form_names, load_form
from tpsbox.forms.model import Form


def add(commands: Any) -> None:
    """Add the command `forms` with its three parts."""
    parser = commands.add_parser("forms", help="the forms as data and as blank sheets")
    parts = parser.add_subparsers(required=True, metavar="PART")
    listing = parts.add_parser("list", help="names of the forms")
    listing.add_argument("--json", action="store_true", help="print JSON")
    listing.set_defaults(run=list_forms)
    show = parts.add_parser("show", help="fields, boxes and rules of a form, in mm")
    _which(show)
    show.add_argument("--json", action="store_true", help="print JSON")
    show.set_defaults(run=show_form)
    render = parts.add_parser("render", help="draw a blank sheet")
    _which(render)
    render.add_argument("--page", type=int, default=1, help="page, counted from 1")
    render.add_argument("--dpi", type=int, default=150, help="dots per inch, 20 to 600")
    render.add_argument("--out", type=Path, required=True, help="file to write, .png or .pdf")
    render.set_defaults(run=render_form)


def _which(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("form", metavar="FORM")
    parser.add_argument("--paslon", type=int, help="number of candidate pairs")
    parser.add_argument("--election", help="take candidates and labels from this election")


def _form(arguments: argparse.Namespace) -> tuple[Form, tuple[str, ...]]:
    """The form asked for, and the candidates' names where an election gives them."""
    if arguments.form not in form_names():
        raise UsageError(f"form {arguments.form!r} is unknown: one of {', '.join(form_names())}")
    if arguments.election is None:
        return load_form(arguments.form, paslon=arguments.paslon), ()
    if arguments.paslon is not None:
        raise UsageError("--paslon and --election: give one of them")
    election = load_election(arguments.election)
    for contest in election.contest:
        if contest.form == arguments.form:
            return election.form_of(contest.key), tuple(p.nama for p in contest.paslon)
    raise UsageError(f"election {election.name} has no form {arguments.form!r}")


def list_forms(arguments: argparse.Namespace) -> int:
    """Print the names, one a line, with pages and candidates."""
    forms = [load_form(name) for name in form_names()]
    if arguments.json:
        print(msgspec.json.encode([form.name for form in forms]).decode())
        return 0
    for form in forms:
        print(f"{form.name:20}  {len(form.pages)} pages  {form.title}  ({form.source})")
    return 0


def show_form(arguments: argparse.Namespace) -> int:
    """Print the geometry: all in mm, origin top left."""
    form, _ = _form(arguments)
    if arguments.json:
        print(msgspec.json.format(msgspec.json.encode(form), indent=1).decode())
        return 0
    width, height = form.sheet
    print(f"{form.name}: {form.title}, {width:g} x {height:g} mm, {form.paslon} paslon")
    print(f"source: {form.source}")
    for page in form.pages:
        tag = "no tag" if page.tag is None else f"tag {page.tag.id}"
        print(f"page {page.number} ({tag})")
        for field in page.fields:
            box = field.boxes[0]
            extra = " bubbles" if field.bubbles else ""
            print(f"  {field.name:30} {len(field.boxes)} boxes from {box.x:g}, {box.y:g}{extra}")
    for rule in form.rules:
        kind = "hard" if rule.hard else "soft"
        print(f"rule {rule.name} ({kind} {rule.relation}): {rule.total} <- {', '.join(rule.parts)}")
    return 0


def render_form(arguments: argparse.Namespace) -> int:
    """Draw the sheet to a file."""
    form, names = _form(arguments)
    if not any(page.number == arguments.page for page in form.pages):
        raise UsageError(f"form {form.name} has pages 1 to {len(form.pages)}")
    if not 20 <= arguments.dpi <= 600:
        raise UsageError(f"--dpi {arguments.dpi}: must lie between 20 and 600")
    if arguments.out.suffix.lower() not in (".png", ".pdf"):
        raise UsageError(f"--out {arguments.out}: a sheet is written as .png or .pdf")
    write_page(form, arguments.page, arguments.dpi, arguments.out, names=names)
    print(f"{arguments.out}: {form.name}, page {arguments.page}, {arguments.dpi} dpi")
    return 0
