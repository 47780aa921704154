"""How long a test waits for what must come. A slow machine is no fault: CI's has stood still for half a minute."""

PATIENCE = 120  # seconds
