"""For the whole test run: the plugin that runs pytest inside a test (it may be named here only)."""

pytest_plugins = ["pytester"]
