#!/bin/sh
# An incident from its symptom to its report, inside the lab: `make demo`, or `examples/lab/lab exec -- examples/demo/demo.sh`.
# Nobody has to be there: what a person would type is typed, and shown. Exits with 0 when all went as it should, else with 1.
set -u
cd "$(dirname "$0")/../.." || exit 1
: "${LAB_CONTROL:?this runs inside the lab: examples/lab/lab exec -- examples/demo/demo.sh}"

store=$(mktemp -d) || exit 1
reports=${DEMO_REPORTS:-$PWD/.cache/demo}
mkdir -p "$reports" || exit 1
trap 'rm -rf "$store"' EXIT
export RUNBOOK_STORE="$store"
wrong=0

# Here one person starts and approves, and people are told on this terminal. The policy of the library wouldn't let the one, and wants a
# webhook and a key for the other: this copy of it does without.
cp -R runbooks "$store/runbooks" || exit 1
cd "$store" || exit 1
sed -i 's/^approvals:$/approvals:\n  four_eyes: false/; s/- slack: /- console: /; s/- pager: /- console: /' runbooks/policy.yml

heading() {
    printf '\n== %s\n   %s\n\n' "$1" "$2"
}

state() { # what is broken, whether the application is healthy, and its newest deployments
    lab status | grep -E '^(broken|health|deployment)' | head -n "${1:-4}"
    printf '\n'
}

type() { # shows a command as it is typed, and runs it
    printf '$ %s\n' "$*"
    "$@"
}

told() { # what happened, what was wanted, what it means
    if [ "$1" -eq "$2" ]; then
        printf '\n   exit %s: %s\n' "$1" "$3"
    else
        printf '\n   exit %s, and %s was expected (%s)\n' "$1" "$2" "$3"
        wrong=1
    fi
}

here() { # whether all these servers run in the lab
    for part in "$@"; do
        case ",$LAB_PARTS," in *",$part,"*) ;; *) return 1 ;; esac
    done
}

waits_at() { # the step at which the last run waits for a person
    runbook status last --format json | grep -m 1 '"step"' | cut -d '"' -f 4
}

open_page() { # shows a page to a person who has a screen; elsewhere says where it is
    printf '   %s\n' "$1"
    if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] && command -v xdg-open >/dev/null; then
        xdg-open "$1" >/dev/null 2>&1 &
    fi
}

heading "1. Comprobar los runbooks" "Check the library: nothing is run"
type runbook check runbooks
told $? 0 "nothing is wrong / todo en orden"

if here pg redis s3; then
    heading "2. «El sitio devuelve 502»" "A symptom: the app ran out of memory. One entrance, a diagnosis, a change that waits for a person"
    lab break oom >/dev/null && state 2
    type runbook run runbooks/incident.yml --yes --input level=P2 --input symptom=sitio-502 --input "what=el sitio no abre"
    told $? 8 "it waits for a person / espera una aprobación"

    heading "3. Aprobar, y seguir" "Somebody looks at the change and approves it; the run goes on where it stood"
    step=$(waits_at)
    type runbook approve last "$step"
    type runbook resume last
    told $? 0 "succeeded / la app está sana otra vez"
    state 2

    heading "4. Lo que quedó escrito" "The journal is verified; the report is the page to begin the post-mortem with"
    type runbook audit verify last
    told $? 0 "nothing was changed / nada fue alterado"
    type runbook report last --format html --audit -o "$reports/incident.html"
    told $? 0 "the report / el informe"
    open_page "$reports/incident.html"
    lab reset >/dev/null

    heading "5. P1: un despliegue malo" "A P1: Tier 2 is told, and the rollback is immediate"
    lab break crash >/dev/null && state
    type runbook run runbooks/incident.yml --yes --quiet --input level=P1 --input symptom=sitio-502 --input "what=caído tras el despliegue"
    told $? 0 "succeeded / se volvió atrás y la app está sana"
    full=true
else
    heading "2. Un despliegue malo, y la vuelta atrás" "A bad deployment, and the rollback. Without PostgreSQL, Redis and the storage (lab doctor) nothing else is shown"
    # The rollback alone needs none of these; they only have to be set.
    export POSTGRES_HOST=none POSTGRES_USER=none POSTGRES_DB=none POSTGRES_PASSWORD=not-here REDIS_HOST=none REDIS_PASSWORD=not-here
    export AWS_ACCESS_KEY_ID=not-here AWS_SECRET_ACCESS_KEY=not-here
    lab break deploy >/dev/null && state
    type runbook run runbooks/rollback-app.yml --yes --input full_check=false
    told $? 0 "succeeded / la app está sana otra vez"
    full=false
fi
lab reset >/dev/null
state

heading "6. La app sigue caída después del rollback" "The application stays down after the rollback: undo, and a call for help (45 s of patience)"
lab break deploy health-after-rollback >/dev/null && state
type runbook run runbooks/rollback-app.yml --yes --quiet --input full_check=$full
told $? 5 "escalated / se deshizo y se avisó"
lab reset >/dev/null

heading "7. Las ejecuciones" "What is in the store"
type runbook runs || wrong=1

if [ "$wrong" -eq 0 ]; then
    printf '\nTodo salió como debía.  All went as it should.\n'
else
    printf '\nAlgo salió mal.  Something went wrong.\n'
fi
exit "$wrong"
