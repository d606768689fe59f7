"""A stand-in for the part of DigitalOcean's API that PYMERP's operations use, with state."""
