# Random facts about many small customers, known in random order between the closes of months: what each billing period
# comes to is computed from the facts alone, and the documents sum to it (tests/support/random_facts.py says by which
# rule). The same closes in chunks of one customer give the same dump. SEED is the first of ROUNDS runs; FAMILIES says
# what worlds there are (else HOLD of tests/support/facts_worlds.py); ONLY, the names of some worlds, leaves the others out.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
story_begin
if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null; then
    ok "skipped: there is no python3"
    story_end
fi
random_facts() {
    python3 tests/support/random_facts.py "$@"
}

begin() { # ROUND CHUNK_SIZE: without documents, which are no figures
    CHUNK_SIZE=$2 round_new "$1"
    sed -i 's/, invoice-render//' "$1/config/jobs/close.yaml"
    mill "$1" init >/dev/null 2>&1
    mill "$1" import --quiet "$facts/catalog.jsonl" >"$STORY_OUT" 2>"$STORY_ERR" || not_ok "seed $seed: the catalog is imported" "$(cat "$STORY_ERR")"
}
step() { # ROUND STEP MONTH: what becomes known, and the close after it; only decisions are refused
    local code=0
    mill "$1" import --quiet "$facts/$2.jsonl" "$facts/decisions.jsonl" >"$STORY_OUT" 2>"$STORY_ERR" || not_ok "seed $seed: the facts before $3 are imported" "$(cat "$STORY_ERR")"
    mill "$1" close --quiet --future --period "$3" >"$STORY_OUT" 2>"$STORY_ERR" || code=$?
    [ "$code" = 0 ] || [ "$code" = 3 ] || not_ok "seed $seed: $3 is closed" "exit $code: $(tail -n 5 "$STORY_ERR")"
    [ "$code" = 0 ] || equal "seed $seed: $3 parks decisions only" \
        "$(mill "$1" parked --json | jq -r '.items[] | select(.job != "corrections") | [.job, .item, .reason] | join(" ")')" ""
}

for seed in $(seq "$SEED" $((SEED + ${ROUNDS:-1} - 1))); do
    facts=$STORY_DIR/facts-$seed
    mkdir -p "$facts"
    # shellcheck disable=SC2086
    random_facts facts "$seed" "$facts" ${FAMILIES:-}
    wide=$STORY_DIR/wide-$seed
    narrow=$STORY_DIR/narrow-$seed
    begin "$wide" 5000
    on_postgres || begin "$narrow" 1
    at=0
    for month in 2026-08 2026-09 2026-10 2026-11 2026-12; do
        mill "$wide" dump --record invoice,credit_note,correction >"$STORY_DIR/before.jsonl"
        random_facts decide $at "$facts" "$STORY_DIR/before.jsonl" >"$facts/decisions.jsonl"
        step "$wide" $at $month
        on_postgres || step "$narrow" $at $month
        at=$((at + 1))
    done
    mill "$wide" dump >"$STORY_DIR/wide.jsonl"
    if ! on_postgres; then # whose dump is compared with that of SQLite
        mill "$narrow" dump >"$STORY_DIR/narrow.jsonl"
        same_file "seed $seed: the size of chunks changes nothing" "$STORY_DIR/narrow.jsonl" "$STORY_DIR/wide.jsonl"
    fi
    keep_dump "wide-$seed" "$STORY_DIR/wide.jsonl"
    for number in $(random_facts open "$facts" "$STORY_DIR/wide.jsonl"); do
        mill "$wide" show invoice "$number" --json | jq -c '{number, left_to_pay}'
    done >"$STORY_DIR/shown.jsonl"
    run 0 "seed $seed: each period comes to what its facts say" -- random_facts check "$facts" "$STORY_DIR/wide.jsonl" "$STORY_DIR/shown.jsonl"
    echo "# $(tail -n 1 "$STORY_OUT")"
done

story_end
