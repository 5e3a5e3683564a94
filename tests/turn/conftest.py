from __future__ import annotations

import pytest

from tests.gateway.conftest import FakeRasa


@pytest.fixture
def rasa() -> FakeRasa:
    """The stand-in for Rasa."""
    return FakeRasa()
