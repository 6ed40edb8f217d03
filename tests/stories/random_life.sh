# Random lives of subscriptions, known in random months, some withdrawn later, billed month by month, in other rhythms, with redos, and by
# one run at the end: every price of every subscription comes to the same, whatever parts of periods are measured in.
# SEEDS sets how many (4).
. "$(dirname "$0")/../support/story.sh"
. tests/fault/fault.sh
story_begin
months="2026-09 2026-10 2026-11 2026-12 2027-01 2027-02 2027-03"
random_life() {
    python3 tests/support/random_life.py "$@"
}

bases=(day second fixed30 none)

begin() { # ROUND
    round_new "$1"
    sed -i "s/^  proration: .*/  proration: $basis/" "$1/config/billmill.yaml"
    mill "$1" init >/dev/null 2>&1
    run 0 "$(basename "$1"): the catalog is imported" -- mill "$1" import --quiet "$facts/catalog.jsonl"
}
closed() { # NAME ROUND MONTH: nothing is parked
    run 0 "$1: $3 is closed" -- mill "$2" close --future --period "$3"
}
books() { # ROUND
    mill "$1" dump >"$STORY_DIR/books.jsonl"
    random_life books "$STORY_DIR/books.jsonl"
}

for seed in $(seq 1 "${SEEDS:-4}"); do
    facts=$STORY_DIR/facts-$seed
    basis=${bases[(seed - 1) % ${#bases[@]}]}
    mkdir -p "$facts"
    # shellcheck disable=SC2086
    random_life facts "$seed" "$facts" $months
    steps=$STORY_DIR/steps-$seed
    seldom=$STORY_DIR/seldom-$seed
    whole=$STORY_DIR/whole-$seed
    for round in "$steps" "$seldom" "$whole"; do begin "$round"; done
    for month in $months; do
        run 0 "seed $seed: what becomes known in $month" -- mill "$steps" import --quiet "$facts/$month.jsonl"
        closed steps "$steps" "$month"
        mill "$seldom" import --quiet "$facts/$month.jsonl" >/dev/null 2>&1
        case $month in
        2026-10 | 2027-01) run 0 "seldom: $month is closed" -- mill "$seldom" close --period "$month" ;;
        2026-11) run 0 "seldom: October once more" -- mill "$seldom" redo close --period 2026-10 --reason "to be sure" ;;
        esac
        mill "$whole" import --quiet "$facts/$month.jsonl" >/dev/null 2>&1
    done
    closed seldom "$seldom" "2027-03"
    closed whole "$whole" "2027-03"
    books "$whole" >"$STORY_DIR/whole.txt"
    between "seed $seed: there is something to compare" "$(wc -l <"$STORY_DIR/whole.txt")" 60 400
    books "$steps" >"$STORY_DIR/steps.txt"
    same_file "seed $seed: month by month comes to the same" "$STORY_DIR/steps.txt" "$STORY_DIR/whole.txt"
    books "$seldom" >"$STORY_DIR/seldom.txt"
    same_file "seed $seed: so do two runs and a redo" "$STORY_DIR/seldom.txt" "$STORY_DIR/whole.txt"
    run 0 "seed $seed: March redone" -- mill "$steps" redo close --period 2027-03 --reason "to be sure"
    books "$steps" >"$STORY_DIR/again.txt"
    same_file "seed $seed: adds nothing" "$STORY_DIR/again.txt" "$STORY_DIR/steps.txt"
    mill "$steps" dump >"$STORY_DIR/steps.jsonl"
    keep_dump "steps-$seed" "$STORY_DIR/steps.jsonl"
    wrong=0
    for number in $(jq -r 'select(.record == "invoice" or .record == "credit_note") | .number // empty' "$STORY_DIR/steps.jsonl" | shuf -n 25 --random-source=tests/support/random_life.py); do
        mill "$steps" explain "$number" >"$STORY_DIR/explained.txt" 2>&1 || {
            wrong=$((wrong + 1))
            not_ok "seed $seed: explain $number" "$(cat "$STORY_DIR/explained.txt")"
        }
    done
    equal "seed $seed: explain agrees with a sample of the documents" "$wrong" 0
done

story_end
