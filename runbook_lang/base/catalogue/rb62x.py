"""RB620 to RB699: keys, checkpoints, the list of runs, anchors, proofs, reports."""

from __future__ import annotations

from . import Entry

CODES: dict[str, Entry] = {
    "RB620": Entry(
        "The folder of keys is damaged",
        "Which keys' signatures count stands in `trusted.json` in the folder of keys, and that file, or the name of the key that "
        "signs, can't be read. Nothing is guessed: without it no signature counts, and no run that should be signed starts. "
        "Restore the folder from a backup.",
    ),
    "RB621": Entry(
        "There is no such key",
        "The command needs a key, by its name or for signing, and the folder of keys has none that fits. `runbook key list` shows "
        "them. Make one with `runbook key new`; let another's count with `runbook key trust`.",
        good="runbook key new ops",
    ),
    "RB622": Entry(
        "A private key can't be opened",
        "The key that should sign is there, and can't be used: its file is missing, readable by others, damaged, of another key, or "
        "encrypted and the passphrase is missing or wrong. A run that should be signed doesn't start unsigned. Put it right, or "
        "make another key the active one with `runbook key rotate`.",
        good="RUNBOOK_KEY_PASSPHRASE=… runbook run deploy.yml",
    ),
    "RB623": Entry(
        "The key that should sign is expired or revoked",
        "What it signed now would fail every audit. Make a new one with `runbook key rotate` or `runbook key new`, and give its "
        "verifier key to whoever audits.",
    ),
    "RB624": Entry(
        "A key can't be made or trusted",
        "The name is taken or can't be a key's name (no white space, plus or slash), the key is known already, or the folder of keys "
        "can't be written. Choose another name: an old one is still needed for the signatures that were made under it.",
        bad="runbook key new 'my key'",
        good="runbook key new my-key",
    ),
    "RB625": Entry(
        "This is no verifier key",
        "A verifier key is `name+id+base64`, as `runbook key list` prints it: the public half of an Ed25519 key in the form of C2SP's "
        "signed notes. The id is a digest of the rest, so a part that was lost or changed shows. Copy the whole line, in quotes.",
        good="runbook key trust 'ops+2fadf64c+AS4Uhl4+GkLAkOWNoPGp1DzTMaY6UtfK9g6GtZKBo6lb'",
    ),
    "RB626": Entry(
        "A journal isn't signed on",
        "Before a run goes on with a key, its last checkpoint is verified: a signature over lines that somebody changed meanwhile would "
        "make them true. It doesn't fit, is by a key that doesn't count, or is missing; or the list of runs knows more lines, so that the "
        "folder was put back to an earlier state, and what was done since would be done again. See `runbook audit verify`, and decide: "
        "restore the journal, or start a new run.",
    ),
    "RB627": Entry(
        "The ssh-agent can't sign",
        "The active key is one that an ssh-agent holds, and the agent isn't there, is locked, or hasn't got it. Start it, add the key, "
        "and try again. Only Ed25519 keys can be used.",
        good="ssh-add ~/.ssh/id_ed25519",
    ),
    "RB630": Entry(
        "The list of runs can't be used",
        "`runs.log` in the store tells of every signed run, and of all that was held, redacted or pruned. It can't be read or written, or "
        "one of its lines was changed, or it doesn't fit `runs.checkpoint`, which signs it. Nothing is added to a list that was changed, since "
        "a new signature would hide that, nor to a signed one without a key. See `runbook audit verify`, and restore both files from a "
        "backup; where a colleague's key signed it, `runbook key trust` lets that count.",
    ),
    "RB631": Entry(
        "The seal of a run can't be read or written",
        "`seal` in a run's folder is the signed checkpoint over its whole journal. The run itself isn't concerned. Look at the reason in "
        "the message; `runbook audit seal` writes it again.",
    ),
    "RB632": Entry(
        "A run isn't sealed",
        "Sealing after the fact vouches for the journal as it is, so it is verified first: its lines must form one chain, and tell only "
        "what the runbook allowed. They don't, or the run goes on just now. Look at `runbook audit verify`.",
    ),
    "RB633": Entry(
        "An anchor can't be told",
        "A checkpoint is told to a file, a git note, a webhook or a time-stamping authority outside of the store. The place can't be reached or written; the message "
        "says why. Nothing else was changed. Try again, or choose another place.",
        good="runbook audit anchor last --git .",
    ),
    "RB634": Entry(
        "An anchor can't be asked",
        "To compare, the place that a checkpoint was told to is read again, and that failed: the file is gone, or git doesn't know the "
        "note. Fetch the notes (`git fetch origin refs/notes/runbook:refs/notes/runbook`), or give the checkpoints that you kept with `--anchor`.",
    ),
    "RB635": Entry(
        "There is no output to redact",
        "`runbook audit redact` removes files of long output that are kept beside the journal. This step has none, they are gone already, or "
        "another step wrote the very same bytes. Short output stands in the journal's lines, which are never changed.",
    ),
    "RB636": Entry(
        "The run is on hold, or isn't",
        "A legal hold keeps a run's files from `prune` and `redact`. The command would break one, set one twice, or end one that isn't "
        "there. `runbook audit release` ends a hold, and says in runs.log who did.",
    ),
    "RB637": Entry(
        "There is nothing to prove, or no proof",
        "A proof needs a line of the journal and a signed checkpoint that covers it. The step or line isn't there, the run was never signed, "
        "or the file with the proof can't be read.",
        good="runbook audit proof last deploy",
    ),
    "RB645": Entry(
        "Time stamps aren't available",
        "Asking an authority for a time stamp (RFC 3161), and verifying one, is done by the package rfc3161-client, which is an extra. It "
        "isn't installed here. Anchors in files, git notes and webhooks don't want it.",
        good="pip install 'runbook-lang[timestamp]'",
    ),
    "RB650": Entry(
        "A report's template can't be rendered",
        "The template isn't there, isn't Jinja2, names something that the report hasn't got, or does what the sandbox forbids. The message says "
        "where. The keys of a report are listed in docs/reference/audit.md; `--format json` shows those of a run.",
        bad="{{ runn }}",
        good="{{ run }}",
    ),
    "RB651": Entry(
        "A report can't be written",
        "The file that `-o` names can't be written: its folder is missing, or the permissions or the disk forbid it. Nothing else was "
        "changed. Name another file.",
    ),
}
