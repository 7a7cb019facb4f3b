"""A person on any diet, ill or well, and in the end a motoneuron, as the classroom's page shows it."""

from excitability.experiments._demonstration import living, options, report

from excitability import Report, Run, experiment, run_as_script


@experiment(
    title="What months of a diet do to one person",
    question="What do months of a diet or an illness make of the blood, and of a motoneuron in the end?",
    models=["body", "motoneuron"],
    options=options("person"),
    quick={"months": 2},
    sources=["Garrison2020"],
)
def one_person(run: Run) -> Report:
    """The settings of the run, beside normal ones."""
    made: Report = report(
        run,
        "person",
        None,
        living,
        "on a normal diet calcium and magnesium of the blood stay in their reference ranges",
    )
    return made


if __name__ == "__main__":
    run_as_script(one_person)
