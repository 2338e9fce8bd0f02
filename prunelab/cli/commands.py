"""What each command does."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from typing import TYPE_CHECKING

from prunelab.cli.labs import existing_lab, no_runs, print_notice, run_json, run_of
from prunelab.errors import UsageError
from prunelab.user_files.paths import exists, user_path

if TYPE_CHECKING:
    from prunelab.lab import Lab, Run

__all__ = ["compare", "dashboard", "metrics", "plan", "rescue", "runs", "stop", "train"]


def dashboard(args: Namespace) -> int:
    """Serves the dashboard until it is ended."""
    from prunelab.lab import Lab
    from prunelab.server import dashboard_notebook, listen, serve

    # First, so that a port in use leaves no empty lab behind.
    sockets = listen(args.host, args.port)
    lab = Lab(args.lab)
    lab.close()
    serve(
        dashboard_notebook(),
        sockets,
        open_browser=not args.no_browser,
        kernel_env={"PRUNELAB_LAB": str(lab.folder.resolve())},
        models=lab.folder.resolve() / "models",
        max_pages=args.max_pages,
        allowed_hosts=args.allow_host,
        base_url=args.base_url,
    )
    return 0


def train(args: Namespace) -> int:
    """Starts a run and follows it."""
    from prunelab.cli.arguments.from_options import run_config
    from prunelab.cli.follow import follow
    from prunelab.cli.plan_report import findings_text, refusal
    from prunelab.cli.tables.terminal_text import printable
    from prunelab.lab import MODELS, Lab, start
    from prunelab.plan import blocking, diagnose

    config = run_config(args)
    if not args.force and (found := blocking(config.plan)) is not None:
        raise UsageError(refusal(args, config.plan, found))
    lab = Lab(args.lab)
    # A model file comes with its weights, so pruning it from the first step on is no mistake.
    findings = diagnose(config.plan, trained=config.model not in MODELS)
    # Notes hold labels and columns of a file, and the run a name that was typed: any text.
    lines = [f"note: {printable(note)}" for note in config.notes]
    lines.append(findings_text(args, config.plan, findings))
    print("\n".join(lines), file=sys.stderr if args.json else sys.stdout, flush=True)
    number = start(lab, config)
    if args.detach:
        run = lab.run(number)
        line = f"run {number}: {printable(run.name)}"
        print(json.dumps(run_json(lab, run)) if args.json else line)
        return 0
    return follow(lab, number, as_json=args.json)


def plan(args: Namespace) -> int:
    """Prints what a schedule will do to a run."""
    from prunelab.cli.arguments.from_options import chosen_plan
    from prunelab.cli.plan_report import findings_json, findings_text
    from prunelab.plan import diagnose

    laid = chosen_plan(args)
    found = diagnose(laid, jump=args.jump, trained=args.trained)
    if args.json:
        print(json.dumps(findings_json(args, laid, found), indent=2))
    else:
        print(findings_text(args, laid, found))
    return int(any(one.severity != "note" for one in found))


def runs(args: Namespace) -> int:
    """Lists the runs."""
    from prunelab.cli.tables.layout import fitted, terminal_width
    from prunelab.cli.tables.run_columns import runs_columns

    lab, found = _found(args.lab)
    if args.json:
        print(json.dumps([run_json(lab, run) for run in found] if lab else [], indent=2))
    elif found:
        print(fitted(runs_columns(found), terminal_width()))
    else:
        print(no_runs(args.lab))
    return 0


def metrics(args: Namespace) -> int:
    """Prints the metrics of a run."""
    from prunelab.cli.metrics import print_metrics

    print_metrics(args)
    return 0


def stop(args: Namespace) -> int:
    """Asks a run to stop."""
    lab, before = run_of(args)
    run = lab.stop(before.id) if before.active else before
    if run.active:
        print(f"run {run.id}: stopping at its next batch")
    elif before.state == "queued" and run.state == "stopped":
        print(f"run {run.id}: taken out of the queue")
    else:
        print(f"run {run.id}: already {run.state}, nothing to stop")
    return 0


def rescue(args: Namespace) -> int:
    """Copies what can be read of a damaged lab into a new one."""
    from prunelab.lab import default_lab
    from prunelab.lab.store.rescue import rescue as copy_what_can_be_read

    folder = user_path(args.lab) if args.lab is not None else default_lab()
    if not exists(folder / "lab.sqlite"):
        raise UsageError(no_runs(args.lab))
    into = user_path(args.folder)
    numbers = copy_what_can_be_read(folder, into)
    print(f"{len(numbers)} runs of lab {folder} are in lab {into} now; see them with --lab {into}")
    return 0


def compare(args: Namespace) -> int:
    """Compares the finished runs."""
    from prunelab.cli.metrics import json_rows
    from prunelab.cli.tables.layout import fitted, terminal_width
    from prunelab.cli.tables.run_columns import compare_columns
    from prunelab.lab import compare as side_by_side

    _, found = _found(args.lab)
    table = side_by_side(found)
    if args.json:
        print(json.dumps(json_rows(table)))
    elif args.csv:
        print(table.to_csv(index=False).rstrip("\n"))
    elif not len(table):
        print(no_runs(args.lab, "finished "))
    elif args.html:
        from prunelab.cli.report import write_report

        write_report(user_path(args.html), found, table)
        print(f"wrote {args.html}")
    else:
        print(fitted(compare_columns(table, found), terminal_width()))
    return 0


def _found(folder: str | None) -> tuple[Lab | None, list[Run]]:
    """The lab, if there is one, and its runs."""
    lab = existing_lab(folder)
    if lab is None:
        return None, []
    runs = lab.runs()
    print_notice(lab)
    return lab, runs
