"""A motor axon in any ions, with or without a stimulus, as the classroom's page shows it."""

from excitability.experiments._demonstration import firing, options, report

from excitability import Report, Run, experiment, run_as_script


@experiment(
    title="What one motor axon does",
    question="What does a motor axon do when its ions change, beside one whose ions stay normal?",
    models=["motor_axon"],
    options=options("cell", "motor_axon"),
    quick={"watch": 0.2},
    sources=["Garrison2020"],
)
def one_axon(run: Run) -> Report:
    """The settings of the run, beside normal ones."""
    made: Report = report(
        run, "cell", "motor_axon", firing("motor axon"), "in normal ions it is silent without a stimulus"
    )
    return made


if __name__ == "__main__":
    run_as_script(one_axon)
