"""The drivers' loop and the ports through which it reaches the world."""
