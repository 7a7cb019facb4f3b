"""A muscle fibre with its junction, stimulated by its nerve in any ions, as the classroom's page shows it."""

from excitability.experiments._demonstration import options, pulling, report

from excitability import Report, Run, experiment, run_as_script


@experiment(
    title="What one muscle fibre does",
    question="What do the nerve's impulses make of a muscle fibre in these ions, beside normal ones?",
    models=["muscle_fibre"],
    options=options("chain"),
    quick={"train": 0.2},
    sources=["Garrison2020"],
)
def one_fibre(run: Run) -> Report:
    """The settings of the run, beside normal ones."""
    made: Report = report(run, "chain", None, pulling, "in normal ions every impulse of the nerve passes")
    return made


if __name__ == "__main__":
    run_as_script(one_fibre)
