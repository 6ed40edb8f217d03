#!/bin/bash
# Broken lines among good ones, JSON Lines and CSV: each is refused with its place and a reason, what is right is loaded
# with --skip-bad and nothing without. BUILD=build/san asks the sanitizer build; FUZZ_SEED, FUZZ_FILES, FUZZ_LINES ask more.
. "$(dirname "$0")/../support/story.sh"
story_begin
story_config
BILLMILL_DATABASE=$(database_new fuzz)
export BILLMILL_DATABASE

jq -c 'select(.catalog) | .catalog' tests/fixtures/reading/hostile.jsonl >"$STORY_DIR/catalog.jsonl"
run 0 "the database is made" -- billmill init
run 0 "its catalogue is imported" -- billmill import "$STORY_DIR/catalog.jsonl"
run 0 "broken lines are refused, good ones are loaded" -- python3 tests/support/import_fuzz.py "$BUILD/billmill" \
    "$STORY_DIR/config/billmill.yaml" "$BILLMILL_DATABASE" "$STORY_DIR/fuzz" "${FUZZ_SEED:-1}" "${FUZZ_FILES:-4}" "${FUZZ_LINES:-300}"
stdout_has "and nothing differs" " refused, 0 differences"
run 0 "what was loaded is dumped" -- billmill dump --quiet
keep_dump loaded "$STORY_OUT"
story_end
