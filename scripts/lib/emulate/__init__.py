"""An emulated Raspberry Pi: the real package in a real system, with everything around it."""
