"""Shows a calibration: a small table for the terminal and a chart as SVG, drawn by hand."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from core.calibration import Tally, quantile
from watch.calibration import Pace

_WIDTH, _HEIGHT, _LEFT, _TOP, _RIGHT, _BOTTOM = 640, 360, 60, 30, 20, 50


def table(paces: Sequence[Pace]) -> str:
    """One line per kind for the rules as they stand, one line per pace below."""
    standing = next((pace for pace in paces if pace.times == 1.0), paces[0])
    lines = [f"{'kind':22}{'trials':>7}{'found':>7}{'p50 s':>8}{'p95 s':>8}{'false 1':>9}{'false 2':>9}{'flips':>7}"]
    lines += [_row(kind, tally) for kind, tally in standing.by_kind.items()]
    lines += ["", f"{'pace of levels 1 and 2':22}{'p95 s':>8}{'false':>8}{'missed':>8}"]
    lines += [
        f"{'×' + format(pace.times, 'g'):22}{_shown(pace.seconds_p95):>8}{pace.false_flips:>8}{pace.missed:>8}"
        for pace in paces
    ]
    return "\n".join(lines)


def _row(kind: str, tally: Tally) -> str:
    seconds = [_shown(quantile(tally.seconds, share)) for share in (0.5, 0.95)]
    found = f"{tally.found}/{tally.outages}" if tally.outages else "-"
    return (
        f"{kind:22}{tally.trials:>7}{found:>7}{seconds[0]:>8}{seconds[1]:>8}"
        f"{tally.false_emergencies:>9}{tally.false_partials:>9}{tally.flips:>7}"
    )


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"


def chart(paces: Sequence[Pace]) -> str:
    """Seconds until an outage is found, to the right, against flips nobody needed, upwards: a point for each pace."""
    points = [(pace, pace.seconds_p95) for pace in paces]
    most_s = max([seconds for _, seconds in points if seconds is not None], default=1.0) * 1.1 or 1.0
    most_false = max(1, *(pace.false_flips for pace in paces)) * 1.1

    def place(seconds: float, false: float) -> tuple[float, float]:
        wide, high = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
        return _LEFT + seconds / most_s * wide, _TOP + (1 - false / most_false) * high

    drawn = [(pace, *place(seconds, pace.false_flips)) for pace, seconds in points if seconds is not None]
    line = " ".join(f"{x:.1f},{y:.1f}" for _, x, y in drawn)
    dots = "".join(_dot(pace, x, y) for pace, x, y in drawn)
    x_axis, y_axis = _axis(most_s, is_upright=False), _axis(most_false, is_upright=True)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img"'
        ' font-family="sans-serif" font-size="12">'
        "<title>Seconds to find an outage (95 of 100) against false flips, by pace of the rules</title>"
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>{x_axis}{y_axis}'
        f'<polyline points="{line}" fill="none" stroke="#1565c0" stroke-width="2"/>{dots}'
        f'<text x="{_WIDTH / 2}" y="{_HEIGHT - 10}" text-anchor="middle">seconds to find an outage, p95</text>'
        f'<text x="14" y="{_TOP - 12}">false flips</text></svg>\n'
    )


def _dot(pace: Pace, x: float, y: float) -> str:
    fill = "#c62828" if pace.times == 1.0 else "#1565c0"
    label = escape(f"×{pace.times:g}" + (f", {pace.missed} missed" if pace.missed else ""))
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{fill}"/><text x="{x + 8:.1f}" y="{y - 6:.1f}">{label}</text>'
    )


def _axis(most: float, *, is_upright: bool) -> str:
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    end = f'x2="{_LEFT}" y2="{_TOP}"' if is_upright else f'x2="{right}" y2="{bottom}"'
    parts = [f'<line x1="{_LEFT}" y1="{bottom}" {end} stroke="#444"/>']
    for step in range(5):
        value = most * step / 4
        if is_upright:
            y = bottom - (bottom - _TOP) * step / 4
            parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.0f}" text-anchor="end">{value:.1f}</text>')
        else:
            x = _LEFT + (right - _LEFT) * step / 4
            parts.append(f'<text x="{x:.0f}" y="{bottom + 18}" text-anchor="middle">{value:.0f}</text>')
    return "".join(parts)
