#!/bin/sh
# A rollback for real, inside the lab: `make demo`, or `examples/lab/lab exec -- examples/demo/demo.sh`.
# Shows a check, a rollback that ends well, and one after which the application stays down. Exits with 0 when both went
# as they should, else with 1.
set -u
cd "$(dirname "$0")/../.." || exit 1
: "${LAB_CONTROL:?this runs inside the lab: examples/lab/lab exec -- examples/demo/demo.sh}"

store=$(mktemp -d) || exit 1
trap 'rm -rf "$store"' EXIT
export RUNBOOK_STORE="$store"
wrong=0

heading() {
    printf '\n== %s\n   %s\n\n' "$1" "$2"
}

state() { # what is broken, whether the application is healthy, and its newest deployments
    lab status | grep -E '^(broken|health|deployment)' | head -n 4
    printf '\n'
}

told() { # what happened, what was wanted, what it means
    if [ "$1" -eq "$2" ]; then
        printf '\n   exit %s: %s\n' "$1" "$3"
    else
        printf '\n   exit %s, and %s was expected (%s)\n' "$1" "$2" "$3"
        wrong=1
    fi
}

heading "1. Comprobar los runbooks" "Check the runbooks: nothing is run"
runbook check -v runbooks
told $? 0 "nothing is wrong / todo en orden"

heading "2. Un despliegue malo, y la vuelta atrás" "A bad deployment, and the rollback"
lab break deploy >/dev/null && state
runbook run runbooks/rollback-app.yml --yes
told $? 0 "succeeded / la app está sana otra vez"
lab mend all >/dev/null
state

heading "3. La app sigue caída después del rollback" "The application stays down after the rollback: undo, and a call for help"
lab break deploy health-after-rollback >/dev/null && state
runbook run runbooks/rollback-app.yml --yes
told $? 5 "escalated / se deshizo y se avisó"
lab mend all >/dev/null

heading "4. Lo que quedó escrito" "What is in the journal"
runbook runs
printf '\n'
runbook show last || wrong=1

if [ "$wrong" -eq 0 ]; then
    printf '\nTodo salió como debía.  All went as it should.\n'
else
    printf '\nAlgo salió mal.  Something went wrong.\n'
fi
exit "$wrong"
