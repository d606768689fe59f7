"""The lab: PYMERP's production in small, on loopback, with every part breakable."""
