"""What a motoneuron and a motor axon make of the ions in the rows of a table: shared by the experiments of the body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from excitability import Ions, assays, body

if TYPE_CHECKING:
    from collections.abc import Sequence

    from excitability import Run


def fill_in(run: Run, rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> None:
    """Fill in those of threshold_hz, rheobase_ratio and axon_state that are asked for; the rows hold the ions.

    Parameters set for motoneuron and axon reach them through the run.
    """
    answers = assays.nerve(
        plasma=Ions(ca=[r["ca_mM"] for r in rows], mg=[r["mg_mM"] for r in rows]),
        cord=Ions(ca=[r["ca_cord_mM"] for r in rows], mg=[r["mg_cord_mM"] for r in rows]),
        reference=body.reference(run.parameters.get("body", {})),
        simulate=run.simulate,
    )
    for k, row in enumerate(rows):
        threshold, ratio = float(answers.threshold[k]), float(answers.rheobase_ratio[k])
        found = {
            "threshold_hz": None if np.isnan(threshold) else threshold,
            "rheobase_ratio": None if np.isnan(ratio) else ratio,
            "axon_state": str(answers.axon_state[k]),
        }
        row |= {name: found[name] for name in columns}
