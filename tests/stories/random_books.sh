# Random businesses billed by random runs: months that are left out, come later or are redone, facts, usage and credits
# that become known early or late, invoices that are corrected and billed again. The books are those of one run at the
# end: tests/support/random_books.py says which figures. SEED is the first of ROUNDS businesses.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
story_begin
if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null; then
    ok "skipped: there is no python3"
    story_end
fi
random_books() {
    python3 tests/support/random_books.py "$@"
}

begin() { # ROUND: without documents, which are no figures; what runs often does it in small chunks
    round_new "$1"
    [ "$1" = "$once" ] || chunks_of "$1" $((2 + seed % 7))
    sed -i 's/, invoice-render//' "$1/config/jobs/close.yaml"
    mill "$1" init >/dev/null 2>&1
    run 0 "$(basename "$1"): the catalog is imported" -- mill "$1" import --quiet "$facts/catalog.jsonl"
}
learn() { # ROUND FILE
    mill "$1" import --quiet "$2" >"$STORY_OUT" 2>"$STORY_ERR" || not_ok "$(basename "$1"): $(basename "$2") is imported" "$(cat "$STORY_ERR")"
}
bill() { # ROUND MONTH close|redo: parked are only corrections, for a person to look at, and documents of customers on hold
    local code=0
    if [ "$3" = redo ]; then set -- "$1" "$2" redo close --reason "to be sure"; else set -- "$1" "$2" close --future; fi
    mill "$1" "${@:3}" --period "$2" >"$STORY_OUT" 2>"$STORY_ERR" || code=$?
    [ "$code" = 0 ] || [ "$code" = 3 ] || not_ok "$(basename "$1"): ${*:3} $2" "exit $code: $(tail -n 5 "$STORY_ERR")"
    [ "$code" = 0 ] || equal "$(basename "$1"): ${*:3} $2 parks nothing else" \
        "$(mill "$1" parked --json | jq -r '.items[] | select(.job != "corrections" and (.reason | endswith("is on hold") | not)) | [.job, .item, .reason] | join(" ")')" ""
}

for seed in $(seq "$SEED" $((SEED + ${ROUNDS:-1} - 1))); do
    facts=$STORY_DIR/facts-$seed
    wild=$STORY_DIR/wild-$seed
    once=$STORY_DIR/once-$seed
    mkdir -p "$facts"
    random_books facts "$seed" "$facts"
    begin "$wild"
    begin "$once"
    while read -r place month what day; do
        learn "$wild" "$facts/$place.jsonl"
        learn "$once" "$facts/$place.jsonl"
        mill "$wild" dump >"$STORY_DIR/before.jsonl"
        random_books corrections "$seed-$place" "$STORY_DIR/before.jsonl" "$day" >"$facts/corrections.jsonl"
        learn "$wild" "$facts/corrections.jsonl"
        bill "$wild" "$month" "$what"
    done <"$facts/steps"
    run 0 "seed $seed: one run at the end" -- mill "$once" close --future --period 2027-03
    # corrections that had to wait for other documents
    mill "$wild" redo close --period 2027-03 --reason "to be sure" >/dev/null 2>&1
    mill "$wild" dump >"$STORY_DIR/wild.jsonl"
    mill "$once" dump >"$STORY_DIR/once.jsonl"
    run 0 "seed $seed: the books are the same" -- random_books compare "$STORY_DIR/wild.jsonl" "$STORY_DIR/once.jsonl"
    echo "# $(tail -n 1 "$STORY_OUT")"
    KNOWN_LATE=1 ONE_RUN_A_DAY=0 computed "seed $seed: every line is what its days and its price come to" "$STORY_DIR/wild.jsonl"
    keep_dump "wild-$seed" "$STORY_DIR/wild.jsonl"
    run 0 "seed $seed: numbers have no gap" -- mill "$wild" verify numbers
    wrong=0
    for number in $(jq -r 'select(.record == "invoice" or .record == "credit_note") | .number // empty' "$STORY_DIR/wild.jsonl" | shuf -n 20 --random-source=tests/support/random_life.py); do
        mill "$wild" explain "$number" >"$STORY_DIR/explained.txt" 2>&1 || {
            wrong=$((wrong + 1))
            not_ok "seed $seed: explain $number" "$(tail -n 5 "$STORY_DIR/explained.txt")"
        }
    done
    equal "seed $seed: explain agrees with a sample of the documents" "$wrong" 0
    mill "$wild" redo close --period 2027-03 --reason "to be sure" >/dev/null 2>&1
    mill "$wild" dump >"$STORY_DIR/again.jsonl"
    equal "seed $seed: a redo adds nothing" "$(jq -c 'select(.record == "invoice" or .record == "credit_note") | .number' "$STORY_DIR/again.jsonl" | sort | md5sum)" \
        "$(jq -c 'select(.record == "invoice" or .record == "credit_note") | .number' "$STORY_DIR/wild.jsonl" | sort | md5sum)"
done

story_end
