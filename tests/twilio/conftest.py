from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.twilio.stand_in import StandIn, standing_in


@pytest.fixture
def carrier() -> Iterator[StandIn]:
    """A stand-in for Twilio that listens."""
    with standing_in() as account:
        yield account
