from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from hypothesis import settings

from excitability import InputError

settings.register_profile("unit", deadline=None, derandomize=True)
settings.load_profile("unit")


@contextmanager
def _refused(*words: str) -> Iterator[None]:
    with pytest.raises(InputError) as caught:
        yield
    message = str(caught.value)
    assert len(message.splitlines()) == 1, "a refusal is one line"
    for word in words:
        assert word in message


@pytest.fixture(scope="session")
def refused() -> Callable[..., AbstractContextManager[None]]:
    """Context in which an InputError must come up: one line that holds all the given words."""
    return _refused
