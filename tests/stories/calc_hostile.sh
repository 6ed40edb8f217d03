# 10,000 lines for each calculator, good ones among odd and hostile ones: as many answers as lines, in
# order, each right or an error with its path, exit 65. BUILD=build/san asks the sanitizer build.
# Once: calc needs no database.
. "$(dirname "$0")/../support/story.sh"
story_begin

for calculator in price invoice credit_note proration periods dunning conversion mrr allocation; do
    run 0 "$calculator: ${CALC_HOSTILE:-10000} lines" -- \
        python3 tests/support/calc_hostile.py "$BUILD/billmill" "${CALC_SEED:-1}" "${CALC_HOSTILE:-10000}" $calculator
done
run 64 "a calculator that is none" -- "$BUILD/billmill" calc nonsense
stderr_has "is named, beside those there are" "nonsense"

# A first line that is cut, then lines: none is lost.
printf '{"currency":\n{"currency":"EUR","amount":1,"weights":[1]}\n\n{"currency":"EUR","amount":2,"weights":[1]}\n' \
    >"$STORY_DIR/cut.jsonl"
run 65 "a first line that is cut" -- "$BUILD/billmill" calc allocation "$STORY_DIR/cut.jsonl"
equal "has its answer, and so has every other line" "$(cut -c1-12 "$STORY_OUT" | tr '\n' ' ')" \
    '{"error":{"m {"parts":["1 {"parts":["2 '

story_end
