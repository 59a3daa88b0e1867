"""Workspaces, their dimensions and rules, generated strings and propagation jobs."""
