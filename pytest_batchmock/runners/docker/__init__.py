"""Containers at one Docker engine: `runner` begins; Docker's SDK is imported with the first task."""
