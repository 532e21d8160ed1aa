"""What the mock says is what the service model allows, over every transport alike."""
