import os

import pytest


@pytest.fixture(scope="session", autouse=True)
def builds_of_their_own(tmp_path_factory):
    """Tests share builds with each other, across processes too, and never touch the user's."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    before = os.environ.get("EXCITABILITY_CACHE")
    os.environ["EXCITABILITY_CACHE"] = str(shared / "builds")
    yield
    if before is None:
        del os.environ["EXCITABILITY_CACHE"]
    else:
        os.environ["EXCITABILITY_CACHE"] = before
