# The rules twice: every figure of random questions to `billmill calc` beside tests/support/reference.py,
# which is written from the text of the rules, in another language and with exact fractions.
# CALC_RANDOM=100000 asks that many of each calculator, CALC_SEED others; `make check` asks a few thousand.
# Once: calc needs no database.
. "$(dirname "$0")/../support/story.sh"
story_begin

for calculator in price invoice credit_note proration periods dunning conversion mrr allocation; do
    run 0 "$calculator: ${CALC_RANDOM:-2000} random questions agree to the cent" -- \
        python3 tests/support/calc_random.py "$BUILD/billmill" "${CALC_SEED:-1}" "${CALC_RANDOM:-2000}" $calculator
done

# The comparison can fail: a billmill that says 0.01 more is found out.
wrong=$STORY_DIR/wrong
cat >"$wrong" <<END
#!/bin/sh
"$BUILD/billmill" "\$@" | sed 's/"total":"\([0-9]*\)\.00"/"total":"\1.01"/'
END
chmod +x "$wrong"
run 1 "a wrong figure is found" -- python3 tests/support/calc_random.py "$wrong" 1 500 mrr
stdout_has "and shown" "expected"

story_end
