"""The command as somebody else types it: `-m tests.runbooks.as_person USER WORDS…`. Everything but the name of the account is as ever."""

from __future__ import annotations

import pwd
import sys


def main() -> None:
    user, *words = sys.argv[1:]
    real = pwd.getpwuid
    fields = list(real(0))

    def getpwuid(uid: int) -> pwd.struct_passwd:
        del uid
        return pwd.struct_passwd([user, *fields[1:]])

    pwd.getpwuid = getpwuid
    sys.argv = ["runbook", *words]
    from runbook_lang.cli.main import entry

    entry()


main()
