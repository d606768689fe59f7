"""Writes the list of built-in functions that surely only read, from a server's catalogue.

    psql -X -d postgres -Atc "$(python scripts/sql_functions.py --query)" | python scripts/sql_functions.py > FILE

with FILE = runbook_lang/surfaces/data/sql_functions.json. A function is on the list when every overload in
pg_catalog is immutable or stable, plus the volatile ones named here that change nothing. Functions
that only the server calls (operators, type input, aggregates' parts) are left out to keep it readable.
"""

from __future__ import annotations

import json
import sys


def words(text: str) -> list[str]:
    return text.split()


QUERY = """
select proname from pg_proc p join pg_namespace n on n.oid = pronamespace
where nspname = 'pg_catalog'
group by proname
having bool_and(provolatile in ('i', 's') and prokind in ('f', 'a', 'w'))
  and bool_and(prorettype not in ('internal'::regtype, 'cstring'::regtype, 'trigger'::regtype, 'event_trigger'::regtype))
  and bool_and(not ('internal'::regtype = any (proargtypes) or 'cstring'::regtype = any (proargtypes)))
  and not bool_and(exists (select from pg_operator where oprcode = p.oid) or exists (select from pg_amproc where amproc = p.oid)
    or exists (select from pg_aggregate where p.oid in (aggtransfn, aggfinalfn, aggmtransfn, aggminvtransfn, aggmfinalfn, aggcombinefn)))
order by proname
"""

# Stable by their flags, but they assign a transaction id or belong to triggers.
LEFT_OUT = {"txid_current", "pg_current_xact_id"}
VOLATILE_READS = words("""
 clock_timestamp current_query currval gen_random_uuid lastval pg_blocking_pids pg_control_checkpoint pg_control_init pg_control_recovery
 pg_control_system pg_current_logfile pg_current_wal_flush_lsn pg_current_wal_insert_lsn pg_current_wal_lsn pg_database_size
 pg_get_wal_replay_pause_state pg_hba_file_rules pg_indexes_size pg_is_in_recovery pg_is_wal_replay_paused pg_jit_available
 pg_last_committed_xact pg_last_wal_receive_lsn pg_last_wal_replay_lsn pg_last_xact_replay_timestamp pg_lock_status
 pg_notification_queue_usage pg_partition_ancestors pg_partition_tree pg_relation_size pg_safe_snapshot_blocking_pids
 pg_sequence_last_value pg_show_all_file_settings pg_sleep pg_sleep_for pg_sleep_until pg_table_size pg_tablespace_size
 pg_total_relation_size pg_xact_commit_timestamp pg_xact_status random timeofday txid_status
""")
# Written like functions, but part of the grammar.
SYNTAX = words("""
 any_value cast coalesce collation current_date current_time current_timestamp extract greatest grouping json_array json_arrayagg
 json_exists json_object json_objectagg json_query json_scalar json_serialize json_table json_value least localtime localtimestamp
 normalize nullif overlay position row substring treat trim xmlconcat xmlelement xmlexists xmlforest xmlparse xmlpi xmlroot xmlserialize
 xmltable
""")


def main() -> None:
    """`--query` prints the query; otherwise reads its answer on stdin and writes the file."""
    if sys.argv[1:] == ["--query"]:
        print(" ".join(QUERY.split()))
        return
    names = {name for name in sys.stdin.read().split() if not name.startswith(("binary_upgrade", "pg_event_trigger"))}
    found = sorted((names - LEFT_OUT) | set(VOLATILE_READS) | set(SYNTAX))
    source = "pg_catalog of PostgreSQL 15, immutable and stable functions and chosen volatile ones, by scripts/sql_functions.py"
    print(json.dumps({"source": source, "functions": " ".join(found)}, indent=1))


if __name__ == "__main__":
    main()
