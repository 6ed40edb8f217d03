# Random contracts billed by random runs: months that are left out, redone, days of progressive invoices between them, facts
# and usage that become known early or late, invoices corrected and billed again, payers that change. The books are those
# of one run at the end, and both are those of a model of the rules in exact fractions: tests/support/random_contracts.py
# says how. SEEDS are those of the businesses: SEEDS="$(seq 100)" for many.
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
story_begin
if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null; then
    ok "skipped: there is no python3"
    story_end
fi
random_contracts() {
    python3 tests/support/random_contracts.py "$@"
}

begin() { # ROUND: without documents, which are no figures
    round_new "$1"
    sed -i 's/, invoice-render//' "$1"/config/jobs/{close,progressive}.yaml
    mill "$1" init >/dev/null 2>&1
    run 0 "$(basename "$1"): the catalog is imported" -- mill "$1" import --quiet "$facts/catalog.jsonl"
}
learn() { # ROUND FILE
    mill "$1" import --quiet "$2" >"$STORY_OUT" 2>"$STORY_ERR" || not_ok "$(basename "$1"): $(basename "$2") is imported" "$(cat "$STORY_ERR")"
}
bill() { # ROUND MONTH close|redo|progressive DAY: parked are only corrections, for a person to look at
    local code=0
    case $3 in
    redo) set -- "$1" redo close --period "$2" --reason "to be sure" ;;
    progressive) set -- "$1" run progressive --future --date "$4" ;;
    *) set -- "$1" close --future --period "$2" ;;
    esac
    mill "$@" >"$STORY_OUT" 2>"$STORY_ERR" || code=$?
    [ "$code" = 0 ] || [ "$code" = 3 ] || not_ok "$(basename "$1"): ${*:2}" "exit $code: $(tail -n 5 "$STORY_ERR")"
    [ "$code" = 0 ] || equal "$(basename "$1"): ${*:2} parks nothing else" \
        "$(mill "$1" parked --json | jq -r '.items[] | select(.job != "corrections") | [.job, .item, .reason] | join(" ")')" ""
}
documents_of_dump() { # DUMP
    jq -c 'select(.record == "invoice" or .record == "credit_note") | .number' "$1" | sort | md5sum
}

explain_sample() { # ROUND: those that settle a commitment more than once, some with commitments, and some others
    local number wrong=0
    for number in $(jq -r 'select(.record == "invoice" or .record == "credit_note") | select([.lines[] | select(.price == null) | [.contract, .phase]] | length > (unique | length)) | .number // empty' "$STORY_DIR/wild.jsonl") \
        $(jq -r 'select(.record == "invoice" or .record == "credit_note") | select([.lines[] | .price == null] | any) | .number // empty' "$STORY_DIR/wild.jsonl" |
        tail -n 15) $(jq -r 'select(.record == "invoice" or .record == "credit_note") | .number // empty' "$STORY_DIR/wild.jsonl" |
        shuf -n 10 --random-source=tests/support/random_life.py); do
        mill "$1" explain "$number" >"$STORY_DIR/explained.txt" 2>&1 || {
            wrong=$((wrong + 1))
            not_ok "$(basename "$1"): explain $number" "$(tail -n 5 "$STORY_DIR/explained.txt")"
        }
    done
    equal "$(basename "$1"): explain agrees with a sample of the documents" "$wrong" 0
}

for seed in ${SEEDS:-4 13 21}; do
    facts=$STORY_DIR/facts-$seed
    wild=$STORY_DIR/wild-$seed
    once=$STORY_DIR/once-$seed
    mkdir -p "$facts"
    random_contracts facts "$seed" "$facts"
    begin "$wild"
    begin "$once"
    while read -r place month what day; do
        learn "$wild" "$facts/$place.jsonl"
        learn "$once" "$facts/$place.jsonl"
        mill "$wild" dump >"$STORY_DIR/before.jsonl"
        random_contracts corrections "$seed-$place" "$STORY_DIR/before.jsonl" "$day" >"$facts/corrections.jsonl"
        learn "$wild" "$facts/corrections.jsonl"
        bill "$wild" "$month" "$what" "$day"
    done <"$facts/steps"
    run 0 "seed $seed: one run at the end" -- mill "$once" close --future --period 2027-03
    # what is missing to a commitment waits, where two payers are billed by the same run, for the next one
    mill "$wild" redo close --period 2027-03 --reason "what waits" >/dev/null 2>&1
    mill "$wild" dump >"$STORY_DIR/wild.jsonl"
    mill "$once" dump >"$STORY_DIR/once.jsonl"
    run 0 "seed $seed: the books are those of the model" -- random_contracts compare "$facts" "$STORY_DIR/once.jsonl" "$STORY_DIR/wild.jsonl"
    echo "# $(tail -n 2 "$STORY_OUT" | head -n 1)"
    keep_dump "wild-$seed" "$STORY_DIR/wild.jsonl"
    moved=$STORY_DIR/moved-$seed
    round_new "$moved"
    mill "$moved" init >/dev/null 2>&1
    run 0 "seed $seed: another database takes the dump" -- mill "$moved" import --quiet "$STORY_DIR/wild.jsonl"
    for round in "$wild" "$moved"; do
        explain_sample "$round"
    done
    mill "$wild" redo close --period 2027-03 --reason "to be sure" >/dev/null 2>&1
    mill "$wild" dump >"$STORY_DIR/again.jsonl"
    equal "seed $seed: a redo adds nothing" "$(documents_of_dump "$STORY_DIR/again.jsonl")" "$(documents_of_dump "$STORY_DIR/wild.jsonl")"
done

story_end
