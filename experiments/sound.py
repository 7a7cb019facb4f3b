"""What does a cramp sound like, through a loudspeaker at the electromyograph?

The electromyogram of the chain in `cramp`, in normal ions and at low magnesium, as two sound files in one loudness.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np

from excitability import (
    Findings,
    Ions,
    Option,
    Report,
    Run,
    Table,
    Train,
    experiment,
    figures,
    motor_unit,
    run_as_script,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

CA_MM, MG_MM = 1.2, 0.55
RATE_HZ = 44100
NORMAL, LOW = CONDITIONS = ("normal", "low_magnesium")
LABELS = {NORMAL: "normal magnesium", LOW: "low magnesium"}
FADE_S = 0.01  # at both ends, lest they click
FULL = 0.9  # of the largest number a sound file holds
WINDOW_S = 0.25  # over which loudness is taken
QUIET = 0.1  # of the loudness in the train: below it the muscle is silent
COLUMNS = ("condition", "ca_mM", "mg_mM", "emg_rms_uV", "peak_uV", "sounds_s", "median_frequency_hz", "file", "seed")


@experiment(
    title="A cramp to listen to",
    question="What does the electromyogram of a cramp sound like?",
    models=["motoneuron", "motor_axon", "muscle_fibre"],
    options={
        "mg": Option(0.25, "mM", 0, 10, "low ionised magnesium, at the cord and in plasma", ion="mg"),
        "rate": Option(20.0, "Hz", 0.5, 100, "rate of the afferent volleys"),
        "duration": Option(2.0, "s", 0.1, 10, "of the train"),
        "watch": Option(13.5, "s", 1, 60, "after the train"),
    },
    quick={"watch": 3.5},
    sources=["Minetto2009", "NandedkarStalberg1983", "FarinaMerletti2001", "Garrison2020"],
)
def sound(run: Run) -> Report:
    """Ten motor units in two conditions; their electromyograms as sound."""
    from scipy.io import wavfile

    o = run.options
    train = Train(rate=o.rate, duration=o.duration, start=0.5)
    units = motor_unit.simulate(
        ions=Ions(ca=[CA_MM, CA_MM], mg=[MG_MM, o.mg]),
        protocol=train,
        watch=o.watch,
        parameters=run.parameters,
        seed=run.seed,
        simulate=run.simulate,
    )
    heard = [1e3 * units.electromyogram(c, rate=RATE_HZ) for c in range(len(CONDITIONS))]
    loudest = max(float(np.abs(emg).max()) for emg in heard)
    rows, files = [], {}
    for c, (name, emg) in enumerate(zip(CONDITIONS, heard, strict=True)):
        stream = io.BytesIO()
        wavfile.write(stream, RATE_HZ, as_sound(emg, loudest))
        files[f"{name}.wav"] = stream.getvalue()
        ions = units.fibres.condition(units.cell(c, 0))
        rows.append(
            {
                "condition": name,
                "ca_mM": ions["ca_mM"],
                "mg_mM": ions["mg_mM"],
                **_measured(emg, heard[0], train),
                "file": f"{name}.wav",
                "seed": run.seed,
            }
        )
    identify = [{"condition": CONDITIONS[c], "unit": unit.name} for c in range(2) for unit in units.pool]
    return Report(
        tables={"table": Table(rows, COLUMNS, units.fibres.without_traces(), identify)},
        findings=findings(rows, train, o.watch),
        draw=lambda: draw(heard, rows, train),
        limits=[
            "Ten units sound here, those of a muscle are hundreds; electrode noise is left out.",
            f"A model, not advice. {figures.NO_BENEFIT}",
        ],
        files=files,
    )


def as_sound(emg: NDArray[np.float64], loudest: float) -> NDArray[np.int16]:
    """An electromyogram as 16-bit samples, `loudest` at 90 % of what they hold, faded in and out."""
    fade = np.minimum(1.0, np.arange(len(emg)) / (FADE_S * RATE_HZ))
    scale = FULL * np.iinfo(np.int16).max / loudest if loudest > 0 else 0.0
    samples: NDArray[np.int16] = np.round(emg * fade * fade[::-1] * scale).astype(np.int16)
    return samples


def _loudness(emg: NDArray[np.float64]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Root mean square over stretches of `WINDOW_S`, and the ends of these, s."""
    each = round(WINDOW_S * RATE_HZ)
    parts = emg[: len(emg) // each * each].reshape(-1, each)
    return np.asarray(np.sqrt((parts**2).mean(axis=1))), WINDOW_S * np.arange(1, len(parts) + 1)


def _measured(emg: NDArray[np.float64], normal: NDArray[np.float64], train: Train) -> dict[str, Any]:
    """Loudness, how long it sounds after the train, and the frequency that halves its power."""
    loud, ends = _loudness(emg)
    level = QUIET * _loudness(normal)[0][(ends > train.start) & (ends <= train.end)].mean()
    after = (ends > train.end + WINDOW_S) & (loud < level)
    silent = float(ends[after][0] - WINDOW_S) if after.any() else len(emg) / RATE_HZ
    power = np.abs(np.fft.rfft(emg)) ** 2
    below = np.cumsum(power)
    middle = np.searchsorted(below, below[-1] / 2) * RATE_HZ / len(emg) if below[-1] > 0 else None
    return {
        "emg_rms_uV": float(np.sqrt((emg**2).mean())),
        "peak_uV": float(np.abs(emg).max()),
        "sounds_s": max(0.0, silent - train.end - WINDOW_S),
        "median_frequency_hz": None if middle is None else float(middle),
    }


def findings(rows: list[dict[str, Any]], train: Train, watch: float) -> Findings:
    """What is heard."""
    found = Findings()
    normal, low = rows
    found.add(
        "cramp_is_heard",
        "s",
        "sound goes on after the drive at low magnesium, and not at normal",
        "model",
        (
            f"After the drive the muscle sounds on for {normal['sounds_s']:.1f} s at normal magnesium and for "
            f"{'at least ' if low['sounds_s'] > watch - 2 * WINDOW_S else ''}{low['sounds_s']:.1f} s at {low['mg_mM']:g} mM.",
            low["sounds_s"],
            normal["sounds_s"] <= 2 * WINDOW_S < low["sounds_s"],
        ),
    )
    found.add(
        "spectrum",
        "Hz",
        "surface electromyograms have half of their power below 50 to 150 Hz (remembered)",
        "assumption",
        (
            f"Half of the power lies below {low['median_frequency_hz']:.0f} Hz.",
            low["median_frequency_hz"],
            50 <= low["median_frequency_hz"] <= 150,
        )
        if low["median_frequency_hz"] is not None
        else None,
    )
    return found


def draw(heard: list[NDArray[np.float64]], rows: list[dict[str, Any]], train: Train) -> Figure:
    """Both electromyograms on one scale."""
    from matplotlib.figure import Figure

    figure = Figure()
    low = rows[1]
    figure.suptitle(
        f"At low magnesium the muscle sounds on for {low['sounds_s']:.0f} s after the drive"
        if low["sounds_s"] > 2 * WINDOW_S
        else "At low magnesium, too, the muscle falls silent after the drive",
        fontweight="bold",
    )
    panels: Any = figure.subplots(2, 1, sharex=True, sharey=True)
    for ax, emg, row, (color, _, _) in zip(panels, heard, rows, figures.SERIES, strict=False):
        ax.plot(np.arange(len(emg)) / RATE_HZ, emg, color=color, lw=0.5)
        figures.shade(ax, train.start, train.end, "drive")
        ax.set_ylabel("EMG (µV)")
        ax.set_title(f"{LABELS[row['condition']]}, {row['mg_mM']:g} mM: {row['file']}", fontsize="medium")
    panels[0].legend(fontsize="small", loc="upper right")
    panels[-1].set_xlabel("time (s)")
    figures.footnote(figure, f"A model of ten motor units, not advice. {figures.NO_BENEFIT}")
    return figure


if __name__ == "__main__":
    run_as_script(sound)
