# Renewal and invoice as engines do it that wait for one statement after the other, on PostgreSQL: the
# program bill_awaited on the tables of the plain script. Sourced by run.sh.
# shellcheck shell=bash disable=SC2154,SC2034 # set by run.sh; used by report.sh

AWAITED_MOST=2000 # subscriptions: it is about a rate, and slow

awaited_rounds() {
    [ "$engine" = postgres ] || return 0
    awaited_count=$((subscriptions < AWAITED_MOST ? subscriptions : AWAITED_MOST))
    local address
    address=$(psql_address baseline)
    for round in $(seq "$ROUNDS"); do
        echo "$engine, size $size, statement after statement, round $round of $ROUNDS" >&2
        (cd "$files" && psql --quiet --no-psqlrc --dbname "$address" --file "$HERE/postgres/awaited_tables.sql" >/dev/null 2>&1)
        timed awaited "$BUILD/bill_awaited" "$address" "$awaited_count"
        same "the invoices of bill_awaited" \
            "$(server_sql baseline "SELECT count(*), sum(total_minor) FROM awaited_invoice")" \
            "$(server_sql baseline "SELECT count(*), sum(total_minor) FROM invoice WHERE subscription_id <= $awaited_count")"
    done
}
