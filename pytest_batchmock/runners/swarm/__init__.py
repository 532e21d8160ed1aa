"""Containers as services of a Docker Swarm: `runner` begins. What needs no swarm: `runners.docker`."""
