"""Operations procedures as code: checked, rehearsed, run, resumed and audited."""

__version__ = "0.1.0"
