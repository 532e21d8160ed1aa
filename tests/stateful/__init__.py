"""Random mixes of calls and of the passing of time, and what must hold after every one of them."""
