"""The server: what goes over the wire, and what keeps it standing."""
