"""What all tests share."""

pytest_plugins = ["tests.conftest_processes"]
