# Whether the figures of other systems are compared at all: each of them made wrong is found out by the unit test of its
# case. tests/support/conformance_mutate.py names the few that are no answer of ours, and why.
# Once: it needs no database.
. "$(dirname "$0")/../support/story.sh"
story_begin
run 0 "every wrong figure is found" -- \
    python3 tests/support/conformance_mutate.py "$BUILD/billmill-tests" tests/fixtures/conformance.json "$STORY_DIR/cases.json"
stdout_has "of every case that passes" "figures of $(grep -cE '"[BS]C-[0-9]+", PASSES,' tests/core/billing/conformance_test.c) cases"
story_end
