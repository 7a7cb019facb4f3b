"""A motoneuron in any ions with any drive, as the classroom's page shows it."""

from excitability.experiments._demonstration import firing, options, report

from excitability import Report, Run, experiment, run_as_script


@experiment(
    title="What one motoneuron does",
    question="What does a motoneuron do in these ions, with this drive, beside one in normal ions?",
    models=["motoneuron"],
    options=options("cell", "motoneuron"),
    quick={"watch": 5.0},
    sources=["Garrison2020"],
)
def one_motoneuron(run: Run) -> Report:
    """The settings of the run, beside normal ones."""
    made: Report = report(
        run, "cell", "motoneuron", firing("motoneuron"), "in normal ions it is silent without a drive"
    )
    return made


if __name__ == "__main__":
    run_as_script(one_motoneuron)
