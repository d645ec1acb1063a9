"""The command line: every way an operator, a script or a drill starts something."""

from __future__ import annotations

import signal

if __name__ == "__main__":
    # While we are still being loaded there is nothing to clean up: Ctrl-C simply ends us, without a stack trace.
    signal.signal(signal.SIGINT, signal.SIG_DFL)

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from service.command_line import FAILED, Config, Json, run_commands, settings_of, show, store_of
from service.vendor_commands import sheet, wechat

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Fallback: orders go on when the platform is down, and every one of them is given back with a proof.",
)
app.add_typer(wechat, name="wechat")
app.add_typer(sheet, name="sheet")


@app.command()
def run(
    config: Config = None,
    announce: Annotated[
        bool, typer.Option("--announce", help="Print one JSON line with the port once pages are served.")
    ] = False,
) -> None:
    """Runs the service until it is told to stop."""
    from service.interpreter import without

    # structlog dresses tracebacks in rich where it finds it: 6 MB for what a service never shows.
    with without("rich", "greenlet"):
        from service.running import run_service

    asyncio.run(run_service(settings_of(config), announces=announce))


@app.command()
def demo(
    once: Annotated[
        bool, typer.Option(help="End by itself; exit 0 only if nothing was lost, doubled or oversold.")
    ] = False,
    as_json: Json = False,
    seed: Annotated[int, typer.Option(help="Who orders what, and when.")] = 7,
    orders: Annotated[int, typer.Option(min=1, max=2000, help="How many orders the lunch brings.")] = 120,
    language: Annotated[str, typer.Option("--lang", help="zh or en; default: what LANG says, else zh.")] = "",
    channel: Annotated[
        str, typer.Option(help="Where students write: local (our own web chat), telegram or wechat (pretend ones).")
    ] = "local",
) -> None:
    """Plays one whole outage on this machine, with a pretend platform and pretend students."""
    from drills.demo import run_demo
    from drills.demo_venues import VENUES

    if channel not in VENUES:
        raise typer.BadParameter(f"write {' or '.join(VENUES)}", param_hint="--channel")
    raise typer.Exit(run_demo(once=once, as_json=as_json, seed=seed, orders=orders, language=language, channel=channel))


@app.command()
def check(config: Config = None, as_json: Json = False) -> None:
    """Tries every configured integration; says what is missing and how to fix it."""
    from service.checking import check_everything

    findings = asyncio.run(check_everything(settings_of(config)))
    report = [{"what": f.what, "ok": f.is_ok, "found": f.found, "hint": f.hint} for f in findings]
    show(report, as_json, "\n".join(f.line for f in findings))
    raise typer.Exit(0 if all(f.is_ok for f in findings) else FAILED)


@app.command()
def status(config: Config = None, as_json: Json = False) -> None:
    """Mode, epoch, incident, snapshot age, waiting rows, last sync of the running service."""
    from service.remote import Remote

    report = Remote(settings_of(config)).status()
    show(report, as_json, "\n".join(f"{name}: {value}" for name, value in report.items()))


@app.command()
def emergency(
    switch: Annotated[str, typer.Argument(help="on or off")],
    reason: Annotated[str, typer.Option(help="Why; it is journalled and told.")],
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Flips the mode of the running service, on the same path as an admin in the chat."""
    from service.remote import Remote

    if switch not in ("on", "off"):
        raise typer.BadParameter("write on or off")
    remote = Remote(settings_of(config))
    report = remote.enter_emergency(reason) if switch == "on" else remote.hand_back(reason)
    show(report, as_json, f"{report['mode']}, epoch {report['epoch']}")


@app.command("hand-back")
def hand_back(
    config: Config = None,
    reason: Annotated[str, typer.Option(help="Why; it is journalled and told.")] = "hand-back from the shell",
    as_json: Json = False,
) -> None:
    """Starts or resumes the hand-back and follows it to its proof."""
    from service.remote import Remote, follow_hand_back

    report = follow_hand_back(Remote(settings_of(config)), reason, shows=not as_json)
    show(report, as_json, f"{report['mode']}; proof: {report.get('proof') or 'none'}")
    raise typer.Exit(0 if report["mode"] == "normal" else FAILED)


@app.command()
def verify(
    proof: Annotated[Path, typer.Argument(help="A proof file written by a hand-back.")],
    store: Annotated[Path | None, typer.Option(help="Also compare it with this store file.")] = None,
    as_json: Json = False,
) -> None:
    """Recomputes a reconciliation proof with none of the code that made it.

    Exits with 0 when both books are equal, 1 when something is wrong, 3 when they differ only about accepted orders.
    """
    from sync import proof_check

    findings = proof_check.check_proof(proof, store)
    accepted = [] if findings else proof_check.accepted_differences(proof)
    words = findings or [proof_check.conclusion(accepted), *accepted]
    report = {"proof": str(proof), "findings": findings, "accepted": accepted}
    show(report, as_json, "\n".join(words))
    raise typer.Exit(proof_check.exit_code(findings, accepted))


@app.command()
def backup(
    to: Annotated[Path, typer.Argument(help="Where the copy goes; it holds names and rooms.")],
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Copies the store as of this moment, the service running or not, and reads the copy through."""
    from fallback_store.backup import copy

    made = copy(store_of(config), to)
    report = {"copy": str(made.path), "orders": made.orders, "unsettled": made.unsettled}
    show(report, as_json, f"{made.path}: {made.orders} orders, {made.unsettled} events not handed over yet")


@app.command()
def restore(
    copied: Annotated[Path, typer.Argument(metavar="COPY", help="A file that `backup` wrote.")],
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Makes a store of a copy where there is none; what happened after the copy is not in it."""
    from fallback_store import backup as backups
    from watch.system_clock import SystemClock

    store = store_of(config)
    made = backups.restore(copied, store, reason=f"restored from {copied.name}", now=SystemClock().now())
    report = {"store": str(store), "orders": made.orders, "unsettled": made.unsettled}
    show(report, as_json, f"{store}: {made.orders} orders, {made.unsettled} events not handed over yet")


@app.command()
def parse(
    catalog: Annotated[Path, typer.Option(help="Catalog file, YAML or JSON.")],
    building: Annotated[str, typer.Option(help="The group's own building.")] = "",
) -> None:
    """Reads chat messages: JSONL {"id", "text"} in, JSONL readings out, one line for each."""
    from core.reading.menu_index import MenuIndex
    from core.reading.wire import parse_stream
    from service.catalog_file import read_catalog

    menu = MenuIndex(read_catalog(catalog))
    lines = (line.decode("utf-8", "replace") for line in sys.stdin.buffer)
    for answer in parse_stream(lines, menu, building):
        sys.stdout.write(answer + "\n")


@app.command()
def watch(
    replay: Annotated[Path, typer.Option(help="Recorded metrics, JSONL, one line a second.")],
    config: Config = None,
) -> None:
    """Replays recorded metrics through the rules: JSONL mode decisions out."""
    from watch.replay import replay as decide

    rules = settings_of(config).watch
    with replay.open(encoding="utf-8", errors="replace") as lines:
        for decision in decide(lines, rules.health_rules, rules.mode_rules):
            typer.echo(decision)


@app.command()
def calibrate(
    traces: Annotated[
        Path | None, typer.Argument(help="Folder of traces with truth.json; default: what the service recorded.")
    ] = None,
    svg: Annotated[Path | None, typer.Option(help="Also draw the chart into this file.")] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Tries the rules on recorded figures: seconds to find an outage, against flips that nobody needed."""
    from watch import calibration, calibration_report

    settings = settings_of(config)
    records = (
        calibration.records_of_store(settings.store.path) if traces is None else calibration.records_of_traces(traces)
    )
    paces = calibration.calibrate(records, settings.watch.health_rules, settings.watch.mode_rules)
    if svg is not None:
        svg.write_text(calibration_report.chart(paces), encoding="utf-8")
    show(calibration.report(paces), as_json, calibration_report.table(paces))


@app.command()
def bench(
    names: Annotated[list[str] | None, typer.Argument(help="Which figures; default: all.")] = None,
    as_json: Json = False,
) -> None:
    """Measures the figures the design promises, as ratios of interleaved runs."""
    from drills.bench import run_bench
    from service.interpreter import look_for_garbage_less_often

    look_for_garbage_less_often()  # as the service does
    raise typer.Exit(run_bench(names or [], as_json))


@app.command()
def crash(
    kills: Annotated[int, typer.Option(help="How many SIGKILLs.")] = 200,
    seed: Annotated[int, typer.Option(help="When and whom.")] = 7,
    chat: Annotated[
        str,
        typer.Option(help="Where people write: local, telegram (updates are asked for), telegram-webhook or wechat."),
    ] = "local",
    as_json: Json = False,
) -> None:
    """Kills the service at random moments and counts what was lost, doubled or oversold."""
    from drills.crash import run_crash

    raise typer.Exit(run_crash(kills, seed, as_json, chat))


if __name__ == "__main__":
    run_commands(app)
